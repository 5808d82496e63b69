package dev.torus.http;

import dev.torus.http.HttpException.Reason;
import dev.torus.loop.Timeout;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A request of a client. Its head goes out with the first {@link #write} or {@link #end}; a body that is given to {@link #end} at once
 * gets a Content-Length, any other is sent in chunks unless that field was set.
 */
public final class ClientRequest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int HIGH_WATERMARK = 64 * 1024;
    /** Methods that may be repeated without harm (RFC 9110, section 9.2.2), as far as they have no body here. */
    private static final Set<String> REPEATABLE = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "DELETE");

    private final HttpClient client;
    private final HttpClient.Origin origin;
    private final String method;
    private final String target;
    private final HttpHeaders headers = new HttpHeaders();

    private ClientConnection connection;
    /** What was written and has no connection yet; its position is behind it. */
    private ByteBuffer waiting = NOTHING;

    private Duration timeout;
    private Timeout timer;
    private boolean headSent;
    private boolean ended;
    private boolean over;
    private boolean chunked;
    private boolean retry;
    private boolean owesDrain;
    private long declared = -1;
    private long written;

    private Consumer<ClientResponse> onResponse = response -> {};
    private Consumer<HttpException> onError;
    private Runnable onContinue = () -> {};
    private Runnable onDrain = () -> {};
    private Runnable onClose = () -> {};

    ClientRequest(HttpClient client, HttpClient.Origin origin, String method, URI address) {
        this.client = client;
        this.origin = origin;
        this.method = method;
        this.timeout = client.limits().requestTimeout();
        String path = address.getRawPath() == null || address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        this.target = address.getRawQuery() == null ? path : path + "?" + address.getRawQuery();
        HttpHeaders.checkName(method);
        if (!target.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("characters beyond ASCII in an address have to be encoded: " + target);
        }
        if (method.equals("CONNECT")) {
            throw new IllegalArgumentException("CONNECT makes a tunnel, which this client does not");
        }
        boolean usualPort = origin.port() == (origin.secure() ? 443 : 80);
        headers.set("Host", address.getHost() + (usualPort ? "" : ":" + origin.port()));
    }

    /** The method. */
    public String method() {
        return method;
    }

    /** The target: path and query. */
    public String target() {
        return target;
    }

    /** The fields; Host is set already. */
    public HttpHeaders headers() {
        return headers;
    }

    /** Sets a field in the place of all of its name. */
    public ClientRequest header(String name, String value) {
        checkHeadNotSent();
        headers.set(name, value);
        return this;
    }

    /** How long it may take from its first byte to the end of the answer; by default the limits' request timeout. */
    public ClientRequest timeout(Duration time) {
        checkHeadNotSent();
        timeout = Objects.requireNonNull(time, "time");
        return this;
    }

    private void checkHeadNotSent() {
        if (headSent) {
            throw new IllegalStateException("the head has been sent");
        }
    }

    /** Called with the answer, once its head is there. */
    public ClientRequest onResponse(Consumer<ClientResponse> handler) {
        onResponse = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called when there will be no answer, or no whole one; without a handler that is an uncaught exception. */
    public ClientRequest onError(Consumer<HttpException> handler) {
        onError = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called when the server says 100 Continue; for a request with the field Expect: 100-continue, whose head {@link #flush} sends. */
    public ClientRequest onContinue(Runnable handler) {
        onContinue = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called when what was queued has gone out, after {@link #write} answered false. */
    public ClientRequest onDrain(Runnable handler) {
        onDrain = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called once, last of all: after the end of the answer, or the error. */
    public ClientRequest onClose(Runnable handler) {
        onClose = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Sends the head now. */
    public void flush() {
        if (!headSent) {
            sendHead(-1);
        }
    }

    /** Sends a part of the body in UTF-8; see {@link #write(ByteBuffer)}. */
    public boolean write(String text) {
        return write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Sends a part of the body, which is copied.
     *
     * @return false when much is queued: wait for {@link #onDrain} before writing more
     * @throws IllegalStateException after {@link #end}, or beyond the length that Content-Length says
     */
    public boolean write(ByteBuffer data) {
        if (ended) {
            throw new IllegalStateException("write after end");
        }
        if (!headSent) {
            sendHead(-1);
        }
        return sendData(data);
    }

    /** Ends the request. */
    public void end() {
        end(NOTHING);
    }

    /** Sends a last part in UTF-8 and ends the request. */
    public void end(String text) {
        end(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Sends a last part and ends the request. Again, it does nothing.
     *
     * @throws IllegalStateException if the body is not as long as Content-Length says
     */
    public void end(ByteBuffer data) {
        if (ended) {
            return;
        }
        if (!headSent) {
            sendHead(data.remaining());
        }
        sendData(data);
        if (declared >= 0 && written < declared) {
            destroy();
            throw new IllegalStateException("only " + written + " of the " + declared + " bytes that were declared");
        }
        ended = true;
        if (chunked) {
            send(client.wire().clear().lastChunk(null).built());
        }
    }

    private void sendHead(long wholeLength) {
        headSent = true;
        String length = headers.get("Content-Length");
        if (length != null) {
            declared = Long.parseLong(length);
        }
        Wire wire = client.wire().clear().put(method).put(' ').put(target).put(" HTTP/1.1\r\n");
        headers.remove("Transfer-Encoding");
        wire.fields(headers);
        if (declared < 0 && wholeLength < 0) {
            chunked = true;
            wire.put("Transfer-Encoding: chunked\r\n");
        } else if (declared < 0 && (wholeLength > 0 || !REPEATABLE.contains(method))) {
            wire.put("Content-Length: ").number(wholeLength, 10).line();
        }
        send(wire.line().built());
        timer = client.after(timeout, this::tooSlow);
        if (!over) {
            client.dispatch(this);
        }
    }

    private boolean sendData(ByteBuffer data) {
        if (!data.hasRemaining()) {
            return true;
        }
        if (declared >= 0 && written + data.remaining() > declared) {
            throw new IllegalStateException("more than the " + declared + " bytes that Content-Length says");
        }
        written += data.remaining();
        if (!chunked) {
            return send(data);
        }
        send(client.wire().clear().chunkSize(data.remaining()).built());
        send(data);
        return send(client.wire().clear().line().built());
    }

    private boolean send(ByteBuffer data) {
        if (over) {
            data.position(data.limit());
            return true;
        }
        if (connection != null) {
            return connection.send(data);
        }
        if (waiting.remaining() < data.remaining()) {
            waiting = ByteBuffer.allocate(2 * waiting.capacity() + data.remaining())
                    .put(waiting.flip());
        }
        waiting.put(data);
        owesDrain |= waiting.position() > HIGH_WATERMARK;
        return waiting.position() <= HIGH_WATERMARK;
    }

    /** Gives it up: what is under way is cut off, and the error handler hears {@link Reason#ABORTED}. Afterwards it does nothing. */
    public void destroy() {
        giveUp(new HttpException(Reason.ABORTED, "the request was destroyed"));
    }

    private void tooSlow() {
        giveUp(new HttpException(Reason.TIMEOUT, "no whole answer within " + timeout));
    }

    private void giveUp(HttpException failure) {
        if (over) {
            return;
        }
        if (connection != null) {
            connection.fail(failure);
        } else {
            client.forget(this);
            failed(failure);
        }
    }

    /** Whether {@link #end} was called. */
    public boolean isEnded() {
        return ended;
    }

    // ---- for the client and the connection
    // ---------------------------------------------------------------------------

    HttpClient.Origin origin() {
        return origin;
    }

    boolean isRetry() {
        return retry;
    }

    boolean mayBeRepeated() {
        return !retry && ended && written == 0 && REPEATABLE.contains(method);
    }

    /** The kept connection was closed by the server just then: once more, on a new one, in a later callback. */
    void repeatLater() {
        connection = null;
        retry = true;
        client.loop().nextTick(this::repeat);
    }

    private void repeat() {
        if (over) {
            return;
        }
        headSent = false;
        timer.clear();
        sendHead(0);
    }

    void connected(ClientConnection to) {
        connection = to;
        ByteBuffer before = waiting.flip();
        waiting = NOTHING;
        if (to.send(before) && owesDrain) {
            client.loop().nextTick(() -> onDrain.run());
        }
        owesDrain = false;
    }

    void drained() {
        onDrain.run();
    }

    void continues() {
        onContinue.run();
    }

    void answered(ClientResponse response) {
        onResponse.accept(response);
    }

    void failed(HttpException failure) {
        if (over) {
            return;
        }
        try {
            if (onError == null) {
                throw new IllegalStateException("error event without a handler: " + failure.getMessage(), failure);
            }
            over = true;
            onError.accept(failure);
        } finally {
            closed();
        }
    }

    void closed() {
        over = true;
        if (timer != null) {
            timer.clear();
        }
        Runnable last = onClose;
        onClose = () -> {};
        last.run();
    }

    @Override
    public String toString() {
        return method + " " + target + " of " + origin.host() + ":" + origin.port();
    }
}
