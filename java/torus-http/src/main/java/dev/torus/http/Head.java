package dev.torus.http;

import dev.torus.http.HttpException.Reason;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;

/**
 * Reads heads with Jetty's incremental parser and adds what it is lenient about: every line ends with CRLF, the number of fields has a
 * limit, and only one thing can be meant by the fields that say how long the body is (RFC 9112, sections 2.2 and 6.3).
 */
final class Head implements HttpParser.RequestHandler, HttpParser.ResponseHandler {
    /** Digits of a length that fits into a long. */
    private static final int MAX_LENGTH_DIGITS = 18;
    /** Of a connection whose heads are all different only the first few of so many are remembered. */
    private static final int STRANGERS_BETWEEN = 256;

    private static final int STRANGERS_REMEMBERED = 4;
    private static final int EXPECTED_FIELDS = 8;

    private final HttpParser parser;
    private final HttpLimits limits;
    private HttpException failure;
    private boolean complete;
    private byte before;

    /** Of a request; null in a response. */
    String method;

    String target;
    /** Of a response. */
    int status;

    String reasonPhrase;
    int minorVersion;
    HttpHeaders headers;
    boolean keepAlive;
    boolean chunked;
    /** -1 without the field. */
    long contentLength;

    boolean expectsContinue;
    private boolean hasTransferCoding;
    private boolean saysClose;
    private boolean saysKeepAlive;

    /** Of a server's requests; null for responses. */
    private final HeadMemory memory;
    /** What the next head is compared with before it is parsed, or null. */
    private RememberedHead known;
    /** Heads in a row that were not like it. */
    private int strangers;

    private Head(boolean request, HttpLimits limits, HeadMemory memory) {
        this.limits = limits;
        this.memory = memory;
        this.parser = request
                ? new HttpParser((HttpParser.RequestHandler) this, limits.maxHeadBytes(), HttpCompliance.RFC7230)
                : new HttpParser((HttpParser.ResponseHandler) this, limits.maxHeadBytes(), HttpCompliance.RFC7230);
        // the parser's cache of a connection's own fields would cost tens of kilobytes for each
        parser.setHeaderCacheSize(0);
    }

    static Head ofRequests(HttpLimits limits, HeadMemory memory) {
        return new Head(true, limits, memory);
    }

    static Head ofResponses(HttpLimits limits) {
        return new Head(false, limits, null);
    }

    /** Whether nothing of a head has been read yet. */
    boolean isAtStart() {
        return parser.isStart();
    }

    /** Makes ready for the next head. */
    void reset() {
        parser.reset();
        complete = false;
        before = 0;
        method = null;
        headers = null;
    }

    /**
     * Reads on; true once the head is complete, and then nothing behind it has been taken.
     *
     * @throws HttpException if it is none, or too large
     */
    boolean read(ByteBuffer data) throws HttpException {
        if (memory == null || before != 0 || !parser.isStart()) {
            return parse(data);
        }
        int from = data.position();
        if (known != null && (isKnown(data) || parseBeforeKnownFields(data))) {
            strangers = 0;
            return true;
        }
        if (parse(data) && strangers++ % STRANGERS_BETWEEN < STRANGERS_REMEMBERED) {
            known = memory.remember(this, data, from, data.position());
        }
        return complete;
    }

    private boolean parse(ByteBuffer data) throws HttpException {
        int from = data.position();
        int limit = data.limit();
        parser.parseNext(data);
        if (failure != null) {
            throw failure;
        }
        checkLineEnds(data, from, complete ? data.position() : limit);
        return complete;
    }

    /** A head that is the same to the last byte says the same. */
    private boolean isKnown(ByteBuffer data) {
        if (!known.isWholeAt(data)) {
            return false;
        }
        method = known.method();
        target = known.target();
        minorVersion = known.minorVersion();
        takeKnownFields();
        return true;
    }

    /** So do fields that are, behind a first line of the same version, which is parsed; what was parsed stays so if they are not. */
    private boolean parseBeforeKnownFields(ByteBuffer data) throws HttpException {
        int from = data.position();
        int fields = RememberedHead.endOfLine(data);
        if (fields < 0 || !known.areFieldsAt(data, fields)) {
            return false;
        }
        int limit = data.limit();
        data.limit(fields);
        try {
            parse(data);
        } finally {
            data.limit(limit);
        }
        int end = fields + known.fieldBytes();
        boolean sameMeaning = headers != null && data.position() == fields && minorVersion == known.minorVersion();
        if (!sameMeaning || end - from > limits.maxHeadBytes()) {
            return false;
        }
        data.position(end);
        takeKnownFields();
        return true;
    }

    private void takeKnownFields() {
        headers = known.headers();
        contentLength = known.contentLength();
        chunked = known.chunked();
        expectsContinue = known.expectsContinue();
        keepAlive = known.keepAlive();
        complete = true;
    }

    private void checkLineEnds(ByteBuffer data, int from, int to) throws HttpException {
        for (int i = from; i < to; ) {
            if (to - i >= Long.BYTES && !hasLineFeed(data.getLong(i))) {
                i += Long.BYTES;
                continue;
            }
            for (int end = Math.min(to, i + Long.BYTES); i < end; i++) {
                if (data.get(i) == '\n' && (i > from ? data.get(i - 1) : before) != '\r') {
                    throw new HttpException(Reason.BAD_MESSAGE, "a line that does not end with CR LF");
                }
            }
        }
        if (to > from) {
            before = data.get(to - 1);
        }
    }

    /** Whether one of eight bytes is LF: a byte is zero if subtracting one borrows from its upper bit, which was not set before. */
    private static boolean hasLineFeed(long eight) {
        long zeroWhereLineFeed = eight ^ 0x0a0a0a0a0a0a0a0aL;
        return (zeroWhereLineFeed - 0x0101010101010101L & ~zeroWhereLineFeed & 0x8080808080808080L) != 0;
    }

    // ---- what the parser tells
    // ---------------------------------------------------------------------------------------

    private void begin(HttpVersion version) {
        minorVersion = version == HttpVersion.HTTP_1_0 ? 0 : 1;
        if (version != HttpVersion.HTTP_1_0 && version != HttpVersion.HTTP_1_1) {
            fail(Reason.UNKNOWN_VERSION, "version " + version);
        }
        headers = new HttpHeaders(EXPECTED_FIELDS);
        contentLength = -1;
        chunked = false;
        hasTransferCoding = false;
        expectsContinue = false;
        saysClose = false;
        saysKeepAlive = false;
    }

    @Override
    public void startRequest(String requestMethod, String uri, HttpVersion version) {
        begin(version);
        method = requestMethod;
        target = uri;
    }

    @Override
    public void startResponse(HttpVersion version, int responseStatus, String reason) {
        begin(version);
        status = responseStatus;
        reasonPhrase = reason == null ? "" : reason;
    }

    @Override
    public void parsedHeader(HttpField field) {
        String value = field.getValue() == null ? "" : field.getValue();
        HttpHeader known = field.getHeader();
        if (headers.size() == limits.maxHeaders()) {
            fail(Reason.HEADERS_TOO_LARGE, "more than " + limits.maxHeaders() + " fields");
            return;
        }
        headers.append(field.getName(), value);
        if (known == null) {
            return;
        }
        switch (known) {
            case CONTENT_LENGTH -> length(value);
            case TRANSFER_ENCODING -> transferCoding(value);
            case CONNECTION -> connection(value);
            case EXPECT -> expectation(value);
            default -> {
                // says nothing about framing
            }
        }
    }

    private void length(String value) {
        boolean digits = !value.isEmpty() && value.length() <= MAX_LENGTH_DIGITS;
        for (int i = 0; digits && i < value.length(); i++) {
            digits = value.charAt(i) >= '0' && value.charAt(i) <= '9';
        }
        if (!digits || contentLength >= 0) {
            fail(Reason.BAD_MESSAGE, "Content-Length is no single number");
            return;
        }
        contentLength = Long.parseLong(value);
    }

    private void transferCoding(String value) {
        if (!value.equalsIgnoreCase("chunked")) {
            fail(Reason.NOT_IMPLEMENTED, "transfer coding other than chunked");
        } else if (hasTransferCoding) {
            fail(Reason.BAD_MESSAGE, "Transfer-Encoding twice");
        }
        hasTransferCoding = true;
        chunked = true;
    }

    private void connection(String value) {
        for (String option : value.split(",", -1)) {
            saysClose |= option.strip().equalsIgnoreCase("close");
            saysKeepAlive |= option.strip().equalsIgnoreCase("keep-alive");
        }
    }

    private void expectation(String value) {
        if (value.equalsIgnoreCase("100-continue")) {
            expectsContinue = true;
        } else {
            fail(Reason.UNKNOWN_EXPECTATION, "Expect: " + value);
        }
    }

    @Override
    public boolean headerComplete() {
        if (chunked && contentLength >= 0) {
            fail(Reason.BAD_MESSAGE, "Transfer-Encoding and Content-Length");
        } else if (chunked && minorVersion == 0) {
            fail(Reason.BAD_MESSAGE, "Transfer-Encoding in HTTP/1.0");
        }
        keepAlive = !saysClose && (minorVersion > 0 || saysKeepAlive);
        complete = true;
        return true;
    }

    @Override
    public void badMessage(org.eclipse.jetty.http.HttpException bad) {
        if (failure == null) {
            String reason = String.valueOf(bad.getReason());
            // there is no status for the head of an answer that is too large; the parser gives the answer's own
            int code = method == null && reason.endsWith("Too Large") ? 431 : bad.getCode();
            failure = new HttpException(Reason.ofStatus(code), reason);
        }
    }

    private void fail(Reason reason, String message) {
        if (failure == null) {
            failure = new HttpException(reason, message);
        }
    }

    @Override
    public void earlyEOF() {
        fail(Reason.CONNECTION_LOST, "ended within a head");
    }

    // The body is read by Body: the parser is reset after each head.

    @Override
    public boolean content(ByteBuffer item) {
        return true;
    }

    @Override
    public boolean contentComplete() {
        return true;
    }

    @Override
    public boolean messageComplete() {
        return true;
    }
}
