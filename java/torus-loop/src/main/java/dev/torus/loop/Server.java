package dev.torus.loop;

import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/** A listening socket. It keeps the loop alive while it listens and is ref'd (R55). Loop thread only. */
public final class Server extends LoopHandle {
    private static final int DEFAULT_BACKLOG = 511;
    /** After the descriptor limit was met, accepting rests so long: trying at once would spin. */
    private static final int REST_MILLIS = 50;

    private final Net net;
    private final Consumer<Socket> onConnection;
    private Runnable onListening = () -> {};
    private Runnable onClose = () -> {};
    private Consumer<TorusIoException> onError;
    private long handle = -1;
    /** In place of the handle when it listens on a named pipe. */
    private PipeListener pipe;

    private SocketAddress address;
    private boolean allowHalfOpen;
    private boolean reusePort;
    private int backlog = DEFAULT_BACKLOG;
    private int maxConnections = Integer.MAX_VALUE;
    private int connections;
    private Consumer<SocketAddress> onDrop = peer -> {};
    /** Whether a connection goes to another loop. */
    private LongPredicate handOver = connection -> false;

    private boolean closing;

    Server(EventLoop loop, Net net, Consumer<Socket> onConnection) {
        super(loop);
        this.net = net;
        this.onConnection = Objects.requireNonNull(onConnection, "onConnection");
    }

    /** Leaves it to the program to end its side of a connection whose peer has ended. */
    public Server allowHalfOpen(boolean allow) {
        allowHalfOpen = allow;
        return this;
    }

    /**
     * How many connections may wait to be accepted, 511 unless set; the system may have a lower limit. Before it listens.
     *
     * @throws IllegalArgumentException for less than 1
     */
    public Server backlog(int waiting) {
        if (waiting < 1) {
            throw new IllegalArgumentException("backlog " + waiting);
        }
        backlog = waiting;
        return this;
    }

    /**
     * How many of its connections may be open at a time; one more is closed as soon as it is accepted, see {@link #onDrop}. As Node's
     * {@code server.maxConnections}.
     *
     * @throws IllegalArgumentException for a negative number
     */
    public Server maxConnections(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("maxConnections " + most);
        }
        maxConnections = most;
        return this;
    }

    /** Called with the peer of a connection that was one too many; its address may be null. */
    public Server onDrop(Consumer<SocketAddress> handler) {
        onDrop = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Its connections that are open now. */
    public int connections() {
        return connections;
    }

    /**
     * Lets several listeners have the same port (SO_REUSEPORT), between which Linux spreads the connections; see {@link EventLoopGroup}.
     * Before it listens.
     */
    public Server reusePort(boolean reuse) {
        reusePort = reuse;
        return this;
    }

    /** Called once it listens. */
    public Server onListening(Runnable handler) {
        onListening = handler;
        return this;
    }

    /** Called when listening fails; without a handler that is an uncaught exception. */
    public Server onError(Consumer<TorusIoException> handler) {
        onError = handler;
        return this;
    }

    /** Called once it is closed. */
    public Server onClose(Runnable handler) {
        onClose = handler;
        return this;
    }

    /** Listens on a port of all addresses; 0 lets the system choose, see {@link #address()}. */
    public Server listen(int port) {
        return listen(new InetSocketAddress((InetAddress) null, port));
    }

    /** Listens on a Unix domain socket, whose path must not exist; on Windows also on a named pipe, {@code \\\\.\\pipe\\name}. */
    public Server listen(Path path) {
        return listen(UnixDomainSocketAddress.of(path));
    }

    /** Listens on an address. Success and failure are told in a later callback (R49). */
    public Server listen(SocketAddress local) {
        loop.checkThread();
        if (handle != -1 || pipe != null || closing) {
            throw new IllegalStateException(closing ? "the server is closed" : "the server listens already");
        }
        if (loop.isShuttingDown()) {
            throw new IllegalStateException("the loop is shutting down");
        }
        try {
            if (PipeListener.nameOf(local) != null) {
                return listenOnPipe(local);
            }
            handle = net.kernel().socket(Net.familyOf(local), SocketType.STREAM);
            if (local instanceof InetSocketAddress) {
                net.kernel().setOption(handle, StandardSocketOptions.SO_REUSEADDR, true);
            }
            if (reusePort) {
                net.kernel().setOption(handle, StandardSocketOptions.SO_REUSEPORT, true);
            }
            net.kernel().bind(handle, local);
            net.kernel().listen(handle, backlog);
            address = net.kernel().localAddress(handle);
        } catch (TorusIoException e) {
            fail(e);
            return this;
        }
        accept();
        return listens();
    }

    private Server listenOnPipe(SocketAddress local) throws TorusIoException {
        PipeListener listener = new PipeListener(net, local, this::pipeAccepted, this::acceptLater);
        listener.open();
        pipe = listener;
        address = local;
        return listens();
    }

    private Server listens() {
        loop.life().activated(this);
        loop.nextTick(() -> {
            if (!closing) {
                onListening.run();
            }
        });
        return this;
    }

    private void fail(TorusIoException e) {
        if (handle != -1) {
            long failed = handle;
            handle = -1;
            net.closeUnheard(failed);
        }
        loop.nextTick(() -> {
            if (onError == null) {
                throw new UncheckedLoopException(e);
            }
            onError.accept(e);
        });
    }

    private void accept() {
        net.kernel().acceptMultishot(handle, net.poller().token(this::accepted));
    }

    private void accepted(long result, int flags) {
        if (result >= 0) {
            if (closing) {
                net.closeUnheard(result);
            } else if (!handOver.test(result)) {
                serve(result);
            }
        }
        if (!Completions.more(flags) && !closing) {
            if (result >= 0 || result == Errno.ECONNABORTED.result()) {
                accept();
            } else {
                acceptLater();
            }
        }
    }

    void handOver(LongPredicate taker) {
        handOver = taker;
    }

    /** A connection of this loop's kernel; calls back in a macrotask. */
    private void serve(long connection) {
        if (connections >= maxConnections) {
            drop(connection);
        } else {
            connected(Socket.accepted(loop, net, connection, allowHalfOpen));
        }
    }

    private void pipeAccepted(long end) {
        if (connections >= maxConnections) {
            drop(end);
        } else {
            connected(Socket.accepted(loop, net, end, allowHalfOpen).overPipe());
        }
    }

    private void connected(Socket socket) {
        connections++;
        socket.afterClose(this::connectionClosed);
        loop.macrotask(() -> onConnection.accept(socket));
    }

    /** Serves, or refuses, a connection that another loop has accepted. */
    void adopt(int descriptor) {
        try {
            long connection = net.kernel().adopt(descriptor);
            if (closing) {
                net.closeUnheard(connection);
            } else {
                serve(connection);
            }
        } catch (TorusIoException e) {
            // the peer sees a reset; at the limit of handles the kernel has closed it
        }
    }

    private void connectionClosed() {
        connections--;
    }

    private void drop(long connection) {
        SocketAddress peer = addressOf(connection);
        net.closeUnheard(connection);
        loop.macrotask(() -> onDrop.accept(peer));
    }

    private SocketAddress addressOf(long connection) {
        try {
            return net.kernel().remoteAddress(connection);
        } catch (TorusIoException e) {
            return null;
        }
    }

    /** At the limit of descriptors, or out of memory: asking again at once would fail again at once. */
    private void acceptLater() {
        loop.setTimeout(REST_MILLIS, this::acceptAgain).unref();
    }

    private void acceptAgain() {
        if (closing) {
            return;
        }
        if (pipe == null) {
            accept();
        } else {
            pipe.fill();
        }
    }

    /** Where it listens; null before. */
    public SocketAddress address() {
        return address;
    }

    /** Port on which it listens. */
    public int port() {
        return ((InetSocketAddress) address).getPort();
    }

    /** Refuses new connections at once and leaves accepted ones alone (R56). */
    public void close() {
        loop.checkThread();
        if (closing) {
            return;
        }
        closing = true;
        loop.closing().begin();
        loop.life().deactivated(this);
        if (pipe != null) {
            pipe.close(() -> loop.closing().ready(() -> onClose.run()));
        } else if (handle == -1) {
            loop.closing().ready(onClose);
        } else {
            net.listenerCloses();
            net.kernel().close(handle, net.poller().closeToken((result, flags) -> {
                loop.closing().ready(() -> onClose.run());
                net.listenerClosed();
            }));
        }
    }

    @Override
    void retire() {
        close();
    }

    @Override
    void abandon() {
        close();
    }

    @Override
    public String toString() {
        return "server on " + address;
    }
}
