package dev.torus.http;

import dev.torus.loop.TlsSocket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;

/** A request that a server has received. Its body flows once {@link #onData} or {@link #onEnd} is set, and is skipped when the answer ends. */
public final class HttpRequest {
    private final ServerConnection connection;
    private final String method;
    private final String target;
    private final int minorVersion;
    /** Until the program asks for them all, perhaps those of other requests too. */
    private HttpHeaders headers;

    private boolean headersAreOwn;

    private Consumer<ByteBuffer> onData;
    private Runnable onEnd;
    private Consumer<HttpException> onError;
    private boolean wanted;
    private boolean paused;
    private boolean complete;

    HttpRequest(ServerConnection connection, Head head) {
        this.connection = connection;
        this.method = head.method;
        this.target = head.target;
        this.minorVersion = head.minorVersion;
        this.headers = head.headers;
    }

    /** The method, as it was sent. */
    public String method() {
        return method;
    }

    /** The target, as it was sent: a path with a query, an absolute address, or "*". */
    public String target() {
        return target;
    }

    /** The path of the target, without scheme, host and query; not decoded. */
    public String path() {
        int from = 0;
        if (!target.startsWith("/") && target.contains("://")) {
            from = target.indexOf('/', target.indexOf("://") + 3);
            if (from < 0) {
                return "/";
            }
        }
        int query = target.indexOf('?', from);
        return target.substring(from, query < 0 ? target.length() : query);
    }

    /** What stands behind the question mark, or null; not decoded. */
    public String query() {
        int query = target.indexOf('?');
        return query < 0 ? null : target.substring(query + 1);
    }

    /** "1.1" or "1.0". */
    public String version() {
        return minorVersion == 0 ? "1.0" : "1.1";
    }

    /** The fields. */
    public HttpHeaders headers() {
        if (!headersAreOwn) {
            headersAreOwn = true;
            headers = headers.copy();
        }
        return headers;
    }

    /** First value of a field, or null. */
    public String header(String name) {
        return headers.get(name);
    }

    /** Fields behind the last chunk; complete at the end. */
    public HttpHeaders trailers() {
        return connection.trailers();
    }

    /** Address of the client, or null when it is gone. */
    public SocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    /** The connection's TLS, with what was agreed upon and the client's certificates; null without TLS. */
    public TlsSocket tls() {
        return connection.tls();
    }

    /** Whether the whole request has arrived. */
    public boolean isComplete() {
        return complete;
    }

    /** Called with the body as it arrives. The buffer is the handler's only until it returns. */
    public HttpRequest onData(Consumer<ByteBuffer> handler) {
        onData = Objects.requireNonNull(handler, "handler");
        want();
        return this;
    }

    /** Called when the whole request has arrived. */
    public HttpRequest onEnd(Runnable handler) {
        onEnd = Objects.requireNonNull(handler, "handler");
        if (complete) {
            connection.loop().nextTick(handler);
        }
        want();
        return this;
    }

    /** Called when the rest of the request will not come: too slow, too large, not well-formed, or the connection is lost. */
    public HttpRequest onError(Consumer<HttpException> handler) {
        onError = Objects.requireNonNull(handler, "handler");
        return this;
    }

    private void want() {
        if (!wanted) {
            wanted = true;
            connection.unblocked();
        }
    }

    /** No data until {@link #resume()}; the client is held up. */
    public void pause() {
        paused = true;
    }

    /** Goes on with the body. */
    public void resume() {
        if (paused) {
            paused = false;
            connection.unblocked();
        }
    }

    /** Ends the connection at once. */
    public void destroy() {
        connection.destroy();
    }

    // ---- for the connection
    // ------------------------------------------------------------------------------------------

    /** Whether data would find nobody now. */
    boolean holdsUp() {
        return paused || !wanted;
    }

    int minorVersion() {
        return minorVersion;
    }

    void deliver(ByteBuffer data) {
        if (onData != null) {
            onData.accept(data);
        }
    }

    void completed() {
        complete = true;
        if (onEnd != null) {
            onEnd.run();
        }
    }

    void failed(HttpException failure) {
        if (!complete && onError != null) {
            onError.accept(failure);
        }
    }

    @Override
    public String toString() {
        return method + " " + target;
    }
}
