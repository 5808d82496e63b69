package dev.torus.http;

import dev.torus.http.HttpException.Reason;
import dev.torus.loop.EventLoop;
import dev.torus.loop.Timeout;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An HTTP/1.1 client that keeps its connections for later requests; made by {@link Http#createClient}. Idle connections do not keep the
 * loop alive. A request that can be repeated without harm is repeated once, on a new connection, if the server has closed a kept one
 * just then. Loop thread only.
 */
public final class HttpClient {
    /**
     * What a client has and had.
     *
     * @param connections open connections, those that are being made included
     * @param idle those among them that wait for a request
     * @param waiting requests that wait for a connection
     * @param totalConnections connections so far
     * @param totalRequests requests so far
     */
    public record Stats(int connections, int idle, int waiting, long totalConnections, long totalRequests) {}

    /** Scheme, host and port: what a connection can be used for again. */
    record Origin(boolean secure, String host, int port) {}

    private static final class Pool {
        final ArrayDeque<ClientConnection> idle = new ArrayDeque<>();
        final ArrayDeque<ClientRequest> waiting = new ArrayDeque<>();
        int connections;
    }

    private final EventLoop loop;
    private final HttpLimits limits;
    private final Connector connector;
    private final Wire wire;
    private final Map<Origin, Pool> pools = new HashMap<>();
    private final Set<ClientConnection> connections = new HashSet<>();
    private boolean closed;
    private long totalConnections;
    private long totalRequests;

    HttpClient(EventLoop loop, HttpLimits limits, Connector connector) {
        this.loop = loop;
        this.limits = Objects.requireNonNull(limits, "limits");
        this.connector = connector;
        this.wire = new Wire(loop);
    }

    /**
     * A request that is sent by its first write or its end.
     *
     * @param method a method, such as GET
     * @param url an absolute http address, with https if the client was made with TLS
     * @throws IllegalArgumentException if the method is no token or the address cannot be used
     * @throws IllegalStateException if the client is closed
     */
    public ClientRequest request(String method, String url) {
        if (closed) {
            throw new IllegalStateException("the client is closed");
        }
        URI address = URI.create(url);
        boolean secure = "https".equalsIgnoreCase(address.getScheme());
        if (!secure && !"http".equalsIgnoreCase(address.getScheme()) || address.getHost() == null) {
            throw new IllegalArgumentException("not an http address: " + url);
        }
        if (secure && !connector.isSecure()) {
            throw new IllegalArgumentException("the client was made without TLS: " + url);
        }
        String literal = address.getHost();
        String host = literal.startsWith("[") ? literal.substring(1, literal.length() - 1) : literal;
        int port = address.getPort() >= 0 ? address.getPort() : secure ? 443 : 80;
        totalRequests++;
        return new ClientRequest(this, new Origin(secure, host, port), method, address);
    }

    /** Sends a GET request; set its error handler at once. */
    public ClientRequest get(String url, Consumer<ClientResponse> onResponse) {
        ClientRequest request = request("GET", url).onResponse(onResponse);
        request.end();
        return request;
    }

    /** Takes no more requests and closes idle connections; what is under way ends as usual. */
    public void close() {
        closed = true;
        for (Pool pool : pools.values()) {
            List.copyOf(pool.idle).forEach(ClientConnection::destroy);
        }
    }

    /** Takes no more requests and cuts all connections; what is under way fails with {@link Reason#ABORTED}. */
    public void destroy() {
        close();
        for (Pool pool : pools.values()) {
            List<ClientRequest> waiting = List.copyOf(pool.waiting);
            pool.waiting.clear();
            waiting.forEach(request -> request.failed(new HttpException(Reason.ABORTED, "the client was destroyed")));
        }
        List.copyOf(connections).forEach(connection -> connection.abort("the client was destroyed"));
    }

    /** What it has and had. */
    public Stats stats() {
        int idle = 0;
        int waiting = 0;
        for (Pool pool : pools.values()) {
            idle += pool.idle.size();
            waiting += pool.waiting.size();
        }
        return new Stats(connections.size(), idle, waiting, totalConnections, totalRequests);
    }

    // ---- for requests and connections
    // --------------------------------------------------------------------------------

    EventLoop loop() {
        return loop;
    }

    HttpLimits limits() {
        return limits;
    }

    Wire wire() {
        return wire;
    }

    /** Gives a request a connection, or lets it wait for one. */
    void dispatch(ClientRequest request) {
        Pool pool = pools.computeIfAbsent(request.origin(), origin -> new Pool());
        // the one that was used last is the likeliest to be alive
        ClientConnection kept = request.isRetry() ? null : pool.idle.pollLast();
        if (kept != null) {
            kept.start(request);
        } else if (pool.connections < limits.maxConnections()) {
            connect(pool, request);
        } else {
            pool.waiting.add(request);
        }
    }

    private void connect(Pool pool, ClientRequest request) {
        totalConnections++;
        pool.connections++;
        ClientConnection connection = new ClientConnection(this, request.origin(), connector);
        connections.add(connection);
        connection.start(request);
    }

    void forget(ClientRequest waiting) {
        Pool pool = pools.get(waiting.origin());
        if (pool != null) {
            pool.waiting.remove(waiting);
        }
    }

    /** Whether the connection may be kept; it then has a request already or lies idle. */
    boolean keep(ClientConnection connection) {
        Pool pool = pools.get(connection.origin());
        ClientRequest next = pool.waiting.poll();
        if (next != null) {
            connection.start(next);
        } else if (closed) {
            return false;
        } else {
            pool.idle.add(connection);
        }
        return true;
    }

    void notIdle(ClientConnection connection) {
        pools.get(connection.origin()).idle.remove(connection);
    }

    void connectionClosed(ClientConnection connection) {
        Pool pool = pools.get(connection.origin());
        connections.remove(connection);
        pool.connections--;
        pool.idle.remove(connection);
        ClientRequest next = pool.waiting.poll();
        if (next != null) {
            connect(pool, next);
        } else if (pool.connections == 0) {
            pools.remove(connection.origin());
        }
    }

    Timeout after(java.time.Duration time, Runnable action) {
        return loop.setTimeout(time, action).unref();
    }
}
