package dev.torus.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The answer to a request. Its head goes out with the first {@link #write} or {@link #end}; without a Content-Length field a body that is
 * given to {@link #end} at once gets one, any other is sent in chunks.
 */
public final class HttpResponse {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ServerConnection connection;
    private final boolean headOnly;
    private final int minorVersion;
    private int status = 200;
    private HttpHeaders headers;
    private HttpHeaders trailers;
    private boolean headSent;
    private boolean ended;
    private boolean chunked;
    private boolean bodyless;
    private long declared = -1;
    private long written;
    private Runnable onDrain;
    private Runnable onClose;

    HttpResponse(ServerConnection connection, HttpRequest request) {
        this.connection = connection;
        this.headOnly = request.method().equals("HEAD");
        this.minorVersion = request.minorVersion();
    }

    /** The status, 200 at first. */
    public int status() {
        return status;
    }

    /** Sets the status, from 200 to 599. */
    public HttpResponse status(int code) {
        checkHeadNotSent();
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("a final status is 200 to 599, not " + code);
        }
        status = code;
        return this;
    }

    /** The fields of the head. */
    public HttpHeaders headers() {
        if (headers == null) {
            headers = new HttpHeaders();
        }
        return headers;
    }

    /** Sets a field in the place of all of its name. */
    public HttpResponse header(String name, String value) {
        checkHeadNotSent();
        headers().set(name, value);
        return this;
    }

    /** Fields that follow a body in chunks; set them before {@link #end}. */
    public HttpHeaders trailers() {
        if (trailers == null) {
            trailers = new HttpHeaders();
        }
        return trailers;
    }

    private void checkHeadNotSent() {
        if (headSent) {
            throw new IllegalStateException("the head has been sent");
        }
    }

    /** Sets the status and sends the head now, with the fields set before. */
    public HttpResponse writeHead(int code) {
        status(code);
        sendHead(-1, NOTHING);
        return this;
    }

    /** Sends 100 Continue, as a server with {@link HttpServer#onCheckContinue} has to do itself. */
    public void writeContinue() {
        checkHeadNotSent();
        connection.sendContinue();
    }

    /** Sends a part of the body in UTF-8; see {@link #write(ByteBuffer)}. */
    public boolean write(String text) {
        return write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Sends a part of the body, which is copied. After the client is gone it does nothing.
     *
     * @return false when much is queued: wait for {@link #onDrain} before writing more
     * @throws IllegalStateException after {@link #end}, or beyond the length that Content-Length says
     */
    public boolean write(ByteBuffer data) {
        if (ended) {
            throw new IllegalStateException("write after end");
        }
        count(data.remaining());
        if (!headSent) {
            sendHead(-1, NOTHING);
        }
        return sendData(data);
    }

    private void count(int bytes) {
        if (declared < 0 && !headSent && headers != null) {
            declared = declaredLength();
        }
        if (declared >= 0 && written + bytes > declared) {
            throw new IllegalStateException("more than the " + declared + " bytes that Content-Length says");
        }
        written += bytes;
    }

    private long declaredLength() {
        String length = headers.get("Content-Length");
        return length == null ? -1 : Long.parseLong(length);
    }

    private boolean sendData(ByteBuffer data) {
        if (bodyless || !data.hasRemaining()) {
            data.position(data.limit());
            return true;
        }
        if (!chunked) {
            return connection.send(data);
        }
        connection.send(connection.wire().clear().chunkSize(data.remaining()).built());
        connection.send(data);
        return connection.send(connection.wire().clear().line().built());
    }

    /** Ends the answer. */
    public void end() {
        end(NOTHING);
    }

    /** Sends a last part in UTF-8 and ends the answer. */
    public void end(String text) {
        end(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Sends a last part and ends the answer. Again, it does nothing. */
    public void end(ByteBuffer data) {
        if (ended) {
            return;
        }
        count(data.remaining());
        ended = true;
        if (!headSent) {
            sendHead(data.remaining(), data);
        } else {
            sendData(data);
            if (chunked && !bodyless) {
                connection.send(connection.wire().clear().lastChunk(trailers).built());
            }
        }
        connection.responseEnded(declared >= 0 && written < declared && !bodyless);
    }

    /** Sends the head, and what is the whole body if its length is given. */
    private void sendHead(long wholeLength, ByteBuffer whole) {
        headSent = true;
        bodyless = headOnly || status == 204 || status == 304;
        Wire wire = connection.wire().clear().statusLine(status);
        boolean dated = headers != null && putFields(wire);
        boolean framed = declared >= 0;
        if (!dated) {
            wire.date();
        }
        if (!framed && status != 204 && (status != 304 || wholeLength > 0)) {
            frame(wire, wholeLength);
        }
        boolean keeps = connection.keepsAlive();
        if (!keeps) {
            wire.field("Connection", "close");
        } else if (minorVersion == 0) {
            wire.field("Connection", "keep-alive");
        }
        wire.line();
        if (wholeLength > 0 && !bodyless && wholeLength <= ServerConnection.JOINED_BYTES) {
            wire.put(whole);
        }
        connection.send(wire.built());
        if (wholeLength > 0) {
            sendWhole(whole);
        }
    }

    /** Puts the program's fields, but for those that say how this connection works: that is not its business. Whether Date is there. */
    private boolean putFields(Wire wire) {
        boolean dated = false;
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            switch (name.length()) {
                case 4 -> dated |= name.equalsIgnoreCase("Date");
                case 10 -> {
                    if (name.equalsIgnoreCase("Connection")) {
                        if (headers.hasWord("Connection", "close")) {
                            connection.closeAfterThis();
                        }
                        continue;
                    }
                    if (name.equalsIgnoreCase("Keep-Alive")) {
                        continue;
                    }
                }
                case 14 -> {
                    if (name.equalsIgnoreCase("Content-Length") && declared < 0) {
                        declared = Long.parseLong(headers.value(i));
                    }
                }
                case 17 -> {
                    if (name.equalsIgnoreCase("Transfer-Encoding")) {
                        continue;
                    }
                }
                default -> {
                    // the program's own
                }
            }
            wire.field(name, headers.value(i));
        }
        return dated;
    }

    private void frame(Wire wire, long wholeLength) {
        if (wholeLength >= 0) {
            wire.put("Content-Length: ").number(wholeLength, 10).line();
        } else if (minorVersion > 0) {
            chunked = true;
            wire.put("Transfer-Encoding: chunked\r\n");
        } else {
            // the end of the connection is the end of the body
            connection.closeAfterThis();
        }
    }

    private void sendWhole(ByteBuffer whole) {
        if (bodyless) {
            whole.position(whole.limit());
        } else if (whole.hasRemaining()) {
            connection.send(whole);
        }
    }

    /** Called when what was queued has gone out, after {@link #write} answered false. */
    public HttpResponse onDrain(Runnable handler) {
        onDrain = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called once when the exchange is over: the answer has ended, or the connection was lost; {@link #isEnded} tells. */
    public HttpResponse onClose(Runnable handler) {
        onClose = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Whether the head has been sent. */
    public boolean isHeadSent() {
        return headSent;
    }

    /** Whether {@link #end} was called. */
    public boolean isEnded() {
        return ended;
    }

    // ---- for the connection
    // ------------------------------------------------------------------------------------------

    void drained() {
        if (onDrain != null) {
            onDrain.run();
        }
    }

    /** Answers 500 in the place of what was prepared; only before the head was sent. */
    void failInstead() {
        headers = null;
        declared = -1;
        written = 0;
        status = 500;
        end();
    }

    void closed() {
        Runnable handler = onClose;
        onClose = null;
        if (handler != null) {
            handler.run();
        }
    }
}
