package dev.torus.tools.server;

/**
 * Reads one HTTP/1 request head out of a byte array, strictly as RFC 9112 has it: CRLF only, no folded lines, no blank
 * before a colon, one Host, no doubt about the length of the body. Reused for every request; allocates nothing.
 */
final class HttpRequestHead {
    /** Largest head in bytes, request line and empty line included. */
    static final int MAX_BYTES = 8192;
    /** Most fields of a head. */
    static final int MAX_FIELDS = 100;

    /** {@link #parse}: the head is not complete yet. */
    static final int INCOMPLETE = 0;
    /** {@link #parse}: a well-formed head; its fields are set. */
    static final int OK = 200;

    enum Method {
        GET,
        HEAD,
        OTHER
    }

    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte[] HOST = ascii("host");
    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] EXPECT = ascii("expect");
    private static final byte[] CLOSE = ascii("close");
    private static final byte[] KEEP_ALIVE = ascii("keep-alive");
    private static final byte[] VERSION = ascii("HTTP/1.");

    // Classes of bytes; bits of CLASSES.
    private static final int TOKEN = 1;
    private static final int TARGET = 2;
    private static final int VALUE = 4;
    private static final byte[] CLASSES = classes();

    private byte[] bytes;
    private int end;

    Method method;
    int targetFrom;
    int targetTo;
    int minorVersion;
    boolean keepAlive;
    boolean expects;
    boolean hasTransferEncoding;
    long contentLength;
    /** Index behind the head. */
    int next;

    private boolean closes;
    private int hosts;
    private int fields;

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int b = 0x21; b < 0x7f; b++) {
            classes[b] = TARGET | VALUE;
            if (Character.isLetterOrDigit(b) || "!#$%&'*+-.^_`|~".indexOf(b) >= 0) {
                classes[b] |= TOKEN;
            }
        }
        classes[' '] = VALUE;
        classes['\t'] = VALUE;
        for (int b = 0x80; b <= 0xff; b++) {
            classes[b] = VALUE;
        }
        return classes;
    }

    /**
     * Reads the head that begins at {@code from}.
     *
     * @return {@link #OK}, {@link #INCOMPLETE}, or the status of the error answer: 400, 431, 501 or 505
     */
    int parse(byte[] source, int from, int to) {
        bytes = source;
        end = Math.min(to, from + MAX_BYTES);
        hosts = 0;
        fields = 0;
        contentLength = -1;
        hasTransferEncoding = false;
        expects = false;
        closes = false;
        int status = requestLine(from);
        while (status == OK && !atEmptyLine()) {
            status = next >= end ? INCOMPLETE : field(next);
        }
        if (status == INCOMPLETE) {
            return to - from >= MAX_BYTES ? 431 : INCOMPLETE;
        }
        keepAlive &= !closes;
        return status == OK ? check() : status;
    }

    private boolean atEmptyLine() {
        if (next + 1 < end && bytes[next] == CR && bytes[next + 1] == LF) {
            next += 2;
            return true;
        }
        return false;
    }

    private int check() {
        if (minorVersion > 0 && hosts != 1 || hosts > 1) {
            return 400;
        }
        if (hasTransferEncoding) {
            // with a length too it is an attempt at smuggling
            return contentLength >= 0 ? 400 : 501;
        }
        return OK;
    }

    // ---- request line
    // ------------------------------------------------------------------------------------------------

    private int requestLine(int from) {
        int at = skip(from, TOKEN);
        if (at == end) {
            return INCOMPLETE;
        }
        if (at == from || bytes[at] != ' ') {
            return 400;
        }
        method = methodOf(from, at);
        targetFrom = at + 1;
        targetTo = skip(targetFrom, TARGET);
        if (targetTo == end) {
            return INCOMPLETE;
        }
        if (targetTo == targetFrom || bytes[targetTo] != ' ') {
            return 400;
        }
        return version(targetTo + 1);
    }

    private Method methodOf(int from, int to) {
        if (to - from == 3 && bytes[from] == 'G' && bytes[from + 1] == 'E' && bytes[from + 2] == 'T') {
            return Method.GET;
        }
        boolean head = to - from == 4
                && bytes[from] == 'H'
                && bytes[from + 1] == 'E'
                && bytes[from + 2] == 'A'
                && bytes[from + 3] == 'D';
        return head ? Method.HEAD : Method.OTHER;
    }

    private int version(int from) {
        int known = Math.min(VERSION.length, end - from);
        for (int i = 0; i < known; i++) {
            if (bytes[from + i] != VERSION[i]) {
                // HTTP/ and another major version is well-formed
                boolean otherMajor = i == 5 && bytes[from + i] >= '0' && bytes[from + i] <= '9';
                return otherMajor ? 505 : 400;
            }
        }
        int minor = from + VERSION.length;
        if (minor < end && (bytes[minor] < '0' || bytes[minor] > '9')
                || minor + 1 < end && bytes[minor + 1] != CR
                || minor + 2 < end && bytes[minor + 2] != LF) {
            return 400;
        }
        if (minor + 2 >= end) {
            return INCOMPLETE;
        }
        minorVersion = bytes[minor] - '0';
        keepAlive = minorVersion > 0;
        next = minor + 3;
        return OK;
    }

    // ---- fields
    // ------------------------------------------------------------------------------------------------------

    private int field(int from) {
        int colon = skip(from, TOKEN);
        if (colon == end) {
            return INCOMPLETE;
        }
        if (colon == from && bytes[from] == CR) {
            return from + 1 < end ? 400 : INCOMPLETE;
        }
        if (colon == from || bytes[colon] != ':') {
            return 400;
        }
        int valueEnd = skip(colon + 1, VALUE);
        if (valueEnd + 1 >= end) {
            return valueEnd < end && bytes[valueEnd] != CR ? 400 : INCOMPLETE;
        }
        if (bytes[valueEnd] != CR || bytes[valueEnd + 1] != LF) {
            return 400;
        }
        if (++fields > MAX_FIELDS) {
            return 431;
        }
        next = valueEnd + 2;
        int valueFrom = colon + 1;
        while (valueFrom < valueEnd && isBlank(bytes[valueFrom])) {
            valueFrom++;
        }
        while (valueEnd > valueFrom && isBlank(bytes[valueEnd - 1])) {
            valueEnd--;
        }
        return known(from, colon, valueFrom, valueEnd);
    }

    private int known(int nameFrom, int nameTo, int from, int to) {
        switch (nameTo - nameFrom) {
            case 4 -> hosts += is(HOST, nameFrom, nameTo) ? 1 : 0;
            case 6 -> expects |= is(EXPECT, nameFrom, nameTo);
            case 10 -> {
                if (is(CONNECTION, nameFrom, nameTo)) {
                    connectionOptions(from, to);
                }
            }
            case 14 -> {
                if (is(CONTENT_LENGTH, nameFrom, nameTo)) {
                    return length(from, to);
                }
            }
            case 17 -> hasTransferEncoding |= is(TRANSFER_ENCODING, nameFrom, nameTo);
            default -> {
                // a field that does not matter here
            }
        }
        return OK;
    }

    private int length(int from, int to) {
        if (from == to) {
            return 400;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return 400;
            }
            // saturates far above any limit
            value = Math.min(value * 10 + digit, Integer.MAX_VALUE * 10L);
        }
        if (contentLength >= 0 && contentLength != value) {
            return 400;
        }
        contentLength = value;
        return OK;
    }

    private void connectionOptions(int from, int to) {
        int at = from;
        while (at < to) {
            int optionEnd = at;
            while (optionEnd < to && bytes[optionEnd] != ',') {
                optionEnd++;
            }
            int last = optionEnd;
            while (last > at && isBlank(bytes[last - 1])) {
                last--;
            }
            closes |= is(CLOSE, at, last);
            keepAlive |= is(KEEP_ALIVE, at, last);
            at = optionEnd + 1;
            while (at < to && isBlank(bytes[at])) {
                at++;
            }
        }
    }

    /** Whether the bytes are this lower-case word, in any case. */
    private boolean is(byte[] word, int from, int to) {
        if (to - from != word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            int b = bytes[from + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != word[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** Index of the first byte from {@code at} on that is not of the class, or {@code end}. */
    private int skip(int at, int wanted) {
        byte[] source = bytes;
        int stop = end;
        int i = at;
        while (i < stop && (CLASSES[source[i] & 0xff] & wanted) != 0) {
            i++;
        }
        return Math.min(i, stop);
    }
}
