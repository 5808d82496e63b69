package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The servers of an {@link EventLoopGroup} for one address. Any thread. */
public final class GroupServer {
    /** As long as it takes to notice that a loop has died while it was asked. */
    private static final long GLANCE_MILLIS = 50;

    /** The server of one loop. */
    private static final class Branch {
        private final EventLoop loop;
        /** Connections that another loop has accepted for this one. */
        private final Queue<Integer> handedOver = new ConcurrentLinkedQueue<>();
        /** Loop thread. */
        private Server server;

        Branch(EventLoop loop) {
            this.loop = loop;
        }

        /** On the loop. */
        void take() {
            Integer descriptor = handedOver.poll();
            if (descriptor != null) {
                server.adopt(descriptor);
            }
        }

        boolean execute(Runnable task) {
            try {
                loop.execute(task);
                return true;
            } catch (RejectedExecutionException e) {
                return false;
            }
        }
    }

    private final BiConsumer<EventLoop, Socket> onConnection;
    private final Consumer<Server> setUp;
    private final List<Branch> branches = new ArrayList<>();
    /** Whether each loop listens. */
    private final boolean spread;

    private volatile SocketAddress address;
    /** The accepting loop's thread. */
    private int turn;

    GroupServer(
            List<EventLoop> loops, boolean spread, Consumer<Server> setUp, BiConsumer<EventLoop, Socket> onConnection) {
        if (loops.isEmpty()) {
            throw new RejectedExecutionException("all loops of the group have ended");
        }
        this.spread = spread;
        this.setUp = setUp;
        this.onConnection = onConnection;
        loops.forEach(loop -> branches.add(new Branch(loop)));
    }

    // ---- listening
    // ---------------------------------------------------------------------------------------------------

    /** If it spreads, all loops listen; otherwise the first does, and hands connections to all in turn. */
    GroupServer listen(SocketAddress where) throws TorusIoException {
        address = where;
        try {
            // the one that accepts comes last: it hands over as soon as it listens
            for (int i = branches.size() - 1; i >= 0; i--) {
                Branch branch = branches.get(i);
                boolean listens = spread || i == 0;
                await(
                        branch,
                        branch.loop.ask(() -> listens ? listenOn(branch) : branch.loop.resolved(makeServer(branch))));
                if (listens) {
                    address = branch.server.address();
                }
            }
            return this;
        } catch (TorusIoException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** On the loop. */
    private Server makeServer(Branch branch) {
        Server server = branch.loop.net().createServer(socket -> onConnection.accept(branch.loop, socket));
        branch.server = server;
        setUp.accept(server);
        return server;
    }

    /** On the loop. */
    private LoopPromise<Server> listenOn(Branch branch) {
        LoopPromise<Server> promise = branch.loop.newPromise();
        Server server = makeServer(branch);
        if (spread) {
            server.reusePort(true);
        } else {
            server.handOver(this::handOver);
        }
        server.onError(promise::completeExceptionally)
                .onListening(() -> promise.complete(server))
                .listen(address);
        return promise;
    }

    private static void await(Branch branch, LoopPromise<Server> promise) throws TorusIoException {
        while (true) {
            try {
                promise.get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (branch.loop.isClosed()) {
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

    // ---- handing over
    // ------------------------------------------------------------------------------------------------

    /** On the accepting loop: whether the connection goes to another one. */
    private boolean handOver(long connection) {
        Branch first = branches.get(0);
        Branch target = nextBranch();
        if (target == first) {
            return false;
        }
        int descriptor;
        try {
            descriptor = first.loop.kernel().detach(connection);
        } catch (TorusIoException e) {
            return false;
        }
        target.handedOver.add(descriptor);
        if (!target.execute(target::take) && target.handedOver.remove(descriptor)) {
            // it has ended, or too much waits for it
            first.server.adopt(descriptor);
        }
        return true;
    }

    private Branch nextBranch() {
        Branch target;
        do {
            target = branches.get(turn++ % branches.size());
        } while (target.loop.isClosed());
        return target;
    }

    /** What was handed to a loop that has ended goes back to the one that accepts, or, if that has ended, to the last resort. */
    void loopEnded(EventLoop loop, IntConsumer lastResort) {
        Branch first = branches.get(0);
        for (Branch branch : branches) {
            Integer descriptor;
            while (branch.loop == loop && (descriptor = branch.handedOver.poll()) != null) {
                int orphan = descriptor;
                first.handedOver.add(orphan);
                if (!first.execute(first::take) && first.handedOver.remove(orphan)) {
                    lastResort.accept(orphan);
                }
            }
        }
    }

    // ---- seen from outside
    // -------------------------------------------------------------------------------------------

    /** Where it listens. */
    public SocketAddress address() {
        return address;
    }

    /** Port on which it listens. */
    public int port() {
        return ((InetSocketAddress) address).getPort();
    }

    /** Refuses new connections and leaves accepted ones alone; does not wait for it. */
    public void close() {
        for (Branch branch : branches) {
            // if its loop has ended, so has the listener
            branch.execute(() -> {
                if (branch.server != null) {
                    branch.server.close();
                }
            });
        }
    }
}
