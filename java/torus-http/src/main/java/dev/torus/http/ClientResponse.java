package dev.torus.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The answer that a client has received. Its body flows when the handler of the answer returns: what nobody wants is thrown away, so set
 * {@link #onData} or {@link #onBody} at once, or {@link #pause}.
 */
public final class ClientResponse {
    private final ClientConnection connection;
    private final Body body;
    private final int status;
    private final String reason;
    private final HttpHeaders headers;
    private Consumer<ByteBuffer> onData;
    private Runnable onEnd;
    private Consumer<HttpException> onError;
    private boolean paused;
    private boolean complete;
    private boolean over;

    ClientResponse(ClientConnection connection, Head head, Body body) {
        this.connection = connection;
        this.body = body;
        this.status = head.status;
        this.reason = head.reasonPhrase;
        this.headers = head.headers;
    }

    /** The status, 200 to 999. */
    public int status() {
        return status;
    }

    /** The words behind the status; may be empty. */
    public String reasonPhrase() {
        return reason;
    }

    /** The fields. */
    public HttpHeaders headers() {
        return headers;
    }

    /** First value of a field, or null. */
    public String header(String name) {
        return headers.get(name);
    }

    /** Fields behind the last chunk; complete at the end, and only until another request is made. */
    public HttpHeaders trailers() {
        return body.trailers();
    }

    /** Called with the body as it arrives. The buffer is the handler's only until it returns. */
    public ClientResponse onData(Consumer<ByteBuffer> handler) {
        onData = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called when the whole answer has arrived. */
    public ClientResponse onEnd(Runnable handler) {
        onEnd = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called once with the whole body, in the place of {@link #onData} and {@link #onEnd}; the limits say how much that may be. */
    public ClientResponse onBody(Consumer<byte[]> handler) {
        Objects.requireNonNull(handler, "handler");
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        onData(data -> {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            whole.write(part, 0, part.length);
        });
        return onEnd(() -> handler.accept(whole.toByteArray()));
    }

    /** Called when the rest of the answer will not come; without it the request's error handler is called. */
    public ClientResponse onError(Consumer<HttpException> handler) {
        onError = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** No data until {@link #resume()}; the server is held up. */
    public void pause() {
        paused = true;
    }

    /** Goes on with the body. */
    public void resume() {
        if (paused) {
            paused = false;
            if (!over) {
                connection.unpaused();
            }
        }
    }

    /** Whether the whole answer has arrived. */
    public boolean isComplete() {
        return complete;
    }

    // ---- for the connection
    // ------------------------------------------------------------------------------------------

    boolean isPaused() {
        return paused;
    }

    void deliver(ByteBuffer data) {
        if (onData != null) {
            onData.accept(data);
        }
    }

    void ended() {
        complete = true;
        over = true;
        if (onEnd != null) {
            onEnd.run();
        }
    }

    /** Whether somebody here was told. */
    boolean failed(HttpException failure) {
        over = true;
        if (onError == null) {
            return false;
        }
        onError.accept(failure);
        return true;
    }

    @Override
    public String toString() {
        return status + " " + reason;
    }
}
