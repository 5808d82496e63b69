package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The listeners of an {@link EventLoopGroup} on one address. Any thread. */
public final class GroupServer {
    /** As long as it takes to notice that a loop has died while it was asked. */
    private static final long GLANCE_MILLIS = 50;

    private record Listener(EventLoop loop, Server server) {}

    private final BiConsumer<EventLoop, Socket> onConnection;
    private final List<Listener> listeners = new ArrayList<>();
    private SocketAddress address;

    GroupServer(BiConsumer<EventLoop, Socket> onConnection) {
        this.onConnection = onConnection;
    }

    GroupServer listen(List<EventLoop> loops, SocketAddress where, boolean spread, Consumer<Server> setUp)
            throws TorusIoException {
        address = where;
        try {
            for (EventLoop loop : loops) {
                Server server = await(loop, loop.ask(() -> listenOn(loop, spread, setUp)));
                listeners.add(new Listener(loop, server));
                address = server.address();
            }
        } catch (TorusIoException | RuntimeException e) {
            close();
            throw e;
        }
        if (listeners.isEmpty()) {
            throw new RejectedExecutionException("all loops of the group have ended");
        }
        return this;
    }

    /** On the loop. */
    private LoopPromise<Server> listenOn(EventLoop loop, boolean spread, Consumer<Server> setUp) {
        LoopPromise<Server> promise = loop.newPromise();
        Server server = loop.net().createServer(socket -> onConnection.accept(loop, socket));
        setUp.accept(server);
        server.reusePort(spread)
                .onError(promise::completeExceptionally)
                .onListening(() -> promise.complete(server))
                .listen(address);
        return promise;
    }

    private static Server await(EventLoop loop, LoopPromise<Server> promise) throws TorusIoException {
        while (true) {
            try {
                return promise.get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (loop.isClosed()) {
                    throw TorusIoException.of("listen", "a loop that has ended", Errno.ECANCELED.result());
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof TorusIoException cause) {
                    throw cause;
                }
                throw new IllegalStateException("a loop of the group cannot listen", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the loops of a group begin to listen", e);
            }
        }
    }

    /** Where all of them listen. */
    public SocketAddress address() {
        return address;
    }

    /** Port on which they listen. */
    public int port() {
        return ((InetSocketAddress) address).getPort();
    }

    /** Refuses new connections and leaves accepted ones alone; does not wait for it. */
    public void close() {
        for (Listener listener : listeners) {
            try {
                listener.loop.execute(listener.server::close);
            } catch (RejectedExecutionException e) {
                // its loop has ended, and with it the listener
            }
        }
    }
}
