package dev.torus.http;

import dev.torus.kernel.TorusIoException;
import dev.torus.loop.Duplex;
import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import dev.torus.loop.Timeout;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** An HTTP/1.1 server; made by {@link Http#createServer}. Loop thread only. */
public final class HttpServer {
    /**
     * What a server has and had.
     *
     * @param connections open connections
     * @param activeRequests requests that are being answered
     * @param totalConnections connections so far
     * @param totalRequests requests with a good head so far
     * @param refused requests that were answered with an error by the server itself, or dropped, so far
     * @param timeouts those among the refused that were too slow
     */
    public record Stats(
            int connections,
            int activeRequests,
            long totalConnections,
            long totalRequests,
            long refused,
            long timeouts) {}

    private final EventLoop loop;
    private final HttpLimits limits;
    private final BiConsumer<HttpRequest, HttpResponse> handler;
    private final Function<Socket, Duplex> wrap;
    private final Server listener;
    private final Wire wire;
    private final HeadMemory heads;
    private final List<ServerConnection> connections = new ArrayList<>();
    private final long sweepMillis;
    /** Deadlines in sweeps, so that a request divides nothing. */
    private final long headersSweeps;

    private final long requestSweeps;
    private final long keepAliveSweeps;
    private final long writeSweeps;

    private BiConsumer<HttpRequest, HttpResponse> onCheckContinue;
    private Consumer<HttpException> onClientError = failure -> {};
    private Runnable onClose = () -> {};
    private Timeout sweeper;
    /** Time as the sweep sees it: a count of sweeps. */
    private long sweeps;

    private boolean closing;
    private boolean listenerClosed;
    private boolean closed;
    private int activeRequests;
    private long totalConnections;
    private long totalRequests;
    private long refused;
    private long timeouts;

    HttpServer(
            EventLoop loop,
            HttpLimits limits,
            Function<Socket, Duplex> wrap,
            BiConsumer<HttpRequest, HttpResponse> handler) {
        this.loop = loop;
        this.limits = Objects.requireNonNull(limits, "limits");
        this.wrap = wrap;
        this.handler = Objects.requireNonNull(handler, "handler");
        this.wire = new Wire(loop);
        this.heads = new HeadMemory();
        this.sweepMillis = limits.sweepMillis();
        this.headersSweeps = sweepsOf(limits.headersTimeout());
        this.requestSweeps = sweepsOf(limits.requestTimeout());
        this.keepAliveSweeps = sweepsOf(limits.keepAliveTimeout());
        this.writeSweeps = sweepsOf(limits.writeTimeout());
        this.listener = loop.net().createServer(this::accept).allowHalfOpen(true);
        listener.onClose(() -> {
            listenerClosed = true;
            closeIfDone();
        });
    }

    // ---- for the program
    // ---------------------------------------------------------------------------------------------

    /** Listens on a port of all addresses; 0 lets the system choose, see {@link #port()}. */
    public HttpServer listen(int port) {
        listener.listen(port);
        return this;
    }

    /** Listens on a Unix domain socket, whose path must not exist. */
    public HttpServer listen(Path path) {
        listener.listen(path);
        return this;
    }

    /** Listens on an address. Success and failure are told in a later callback. */
    public HttpServer listen(SocketAddress local) {
        listener.listen(local);
        return this;
    }

    /** Lets other servers that ask for it too, also of other loops, listen on the same port; see {@link Server#reusePort}. Before it listens. */
    public HttpServer reusePort(boolean reuse) {
        listener.reusePort(reuse);
        return this;
    }

    /** Called once it listens. */
    public HttpServer onListening(Runnable action) {
        listener.onListening(action);
        return this;
    }

    /** Called when listening fails; without a handler that is an uncaught exception. */
    public HttpServer onError(Consumer<TorusIoException> action) {
        listener.onError(action);
        return this;
    }

    /** Called for a request that waits for 100 Continue, in the place of the handler; without it 100 is sent at once. */
    public HttpServer onCheckContinue(BiConsumer<HttpRequest, HttpResponse> action) {
        onCheckContinue = action;
        return this;
    }

    /** Called with what was wrong with a client: not well-formed, too large, too slow. The answer is sent by the server. */
    public HttpServer onClientError(Consumer<HttpException> action) {
        onClientError = Objects.requireNonNull(action, "action");
        return this;
    }

    /** Called once it is closed and the last connection is gone. */
    public HttpServer onClose(Runnable action) {
        onClose = Objects.requireNonNull(action, "action");
        return this;
    }

    /** Where it listens; null before. */
    public SocketAddress address() {
        return listener.address();
    }

    /** Port on which it listens. */
    public int port() {
        return listener.port();
    }

    /** Lets the loop end without it. */
    public HttpServer unref() {
        listener.unref();
        return this;
    }

    /** Refuses new connections, ends idle ones at once and the others after their present answer. */
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        listener.close();
        for (ServerConnection connection : List.copyOf(connections)) {
            connection.closeGently();
        }
    }

    /** {@link #close()}, and what is still there after the deadline is cut off. */
    public void close(Duration deadline) {
        close();
        Timeout cut = loop.setTimeout(deadline, this::closeAllConnections);
        cut.unref();
    }

    /** Cuts off all connections. */
    public void closeAllConnections() {
        for (ServerConnection connection : List.copyOf(connections)) {
            connection.destroy();
        }
    }

    /** What it has and had. */
    public Stats stats() {
        return new Stats(connections.size(), activeRequests, totalConnections, totalRequests, refused, timeouts);
    }

    // ---- connections
    // -------------------------------------------------------------------------------------------------

    private void accept(Socket socket) {
        if (connections.size() >= limits.maxConnections() || closing) {
            socket.destroy();
            return;
        }
        socket.setNoDelay(true);
        totalConnections++;
        ServerConnection connection = new ServerConnection(this, wrap.apply(socket));
        connection.index = connections.size();
        connections.add(connection);
        if (sweeper == null) {
            sweeper = loop.setInterval(Duration.ofMillis(sweepMillis), this::sweep);
            sweeper.unref();
        }
    }

    void connectionClosed(ServerConnection connection) {
        ServerConnection last = connections.remove(connections.size() - 1);
        if (last != connection) {
            connections.set(connection.index, last);
            last.index = connection.index;
        }
        if (connections.isEmpty() && sweeper != null) {
            sweeper.clear();
            sweeper = null;
        }
        closeIfDone();
    }

    private void closeIfDone() {
        if (listenerClosed && connections.isEmpty() && !closed) {
            closed = true;
            onClose.run();
        }
    }

    private void sweep() {
        sweeps++;
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).sweep(sweeps);
            }
        }
    }

    /** After so many sweeps so much time has surely passed. */
    private long sweepsOf(Duration time) {
        return time.toMillis() / sweepMillis + 1;
    }

    /** The sweep at which so much time has surely passed. */
    long after(Duration time) {
        return sweeps + sweepsOf(time);
    }

    long afterHeadersTimeout() {
        return sweeps + headersSweeps;
    }

    long afterRequestTimeout() {
        return sweeps + requestSweeps;
    }

    long afterKeepAliveTimeout() {
        return sweeps + keepAliveSweeps;
    }

    long afterWriteTimeout() {
        return sweeps + writeSweeps;
    }

    // ---- for the connections
    // -----------------------------------------------------------------------------------------

    EventLoop loop() {
        return loop;
    }

    HttpLimits limits() {
        return limits;
    }

    Wire wire() {
        return wire;
    }

    HeadMemory heads() {
        return heads;
    }

    boolean isClosing() {
        return closing;
    }

    boolean checksContinue() {
        return onCheckContinue != null;
    }

    void checkContinue(HttpRequest request, HttpResponse response) {
        onCheckContinue.accept(request, response);
    }

    void handle(HttpRequest request, HttpResponse response) {
        handler.accept(request, response);
    }

    void requestBegins() {
        activeRequests++;
        totalRequests++;
    }

    void requestEnds() {
        activeRequests--;
    }

    void refused(HttpException failure) {
        refused++;
        if (failure.reason() == HttpException.Reason.TIMEOUT) {
            timeouts++;
        }
        onClientError.accept(failure);
    }
}
