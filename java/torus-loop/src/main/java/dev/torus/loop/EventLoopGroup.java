package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Several loops, each with a thread, a kernel and a worker pool of its own. They share nothing: what one loop does keeps Node's order, what
 * several do has no order between them. A connection belongs to the loop that accepted it.
 *
 * <p>On Linux the system spreads TCP connections: each loop has a listener of its own on the same port (SO_REUSEPORT), one of which is
 * chosen for each connection by a hash of its addresses (socket(7)), so that a handful of connections may well meet on one loop. Other
 * systems do not spread them so, and a Unix domain path has one listener only; there the first loop accepts and hands the connections to
 * all in turn, before their first operation. With IOCP that cannot be done, because a socket of Windows stays with its completion port;
 * there {@link #listen} needs a group of one loop and otherwise fails with EOPNOTSUPP.
 *
 * <p>A loop that ends before the group is shut down, because an exception was not caught or the program stopped it, is dead: its listeners
 * and connections are closed, those that still waited for its listener are reset, and the other loops go on and share what comes; but
 * nobody accepts any more where the dead one did it for all. All methods may be
 * called by any thread, but not those that wait on a thread of the group.
 */
public final class EventLoopGroup implements AutoCloseable {
    /** As {@link #close} waits. */
    private static final Duration END = Duration.ofSeconds(10);

    private final List<GroupMember> members = new ArrayList<>();
    private final List<GroupServer> servers = new CopyOnWriteArrayList<>();
    private final LoopOptions options;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile boolean shutdown;
    private volatile BiConsumer<EventLoop, Throwable> onLoopDied = (loop, reason) -> {};
    private volatile Throwable failure;

    private EventLoopGroup(LoopOptions options) {
        this.options = options;
    }

    /** As many loops as there are processors, on the best backend here. */
    public static EventLoopGroup create() throws BackendUnavailableException {
        return create(Runtime.getRuntime().availableProcessors(), LoopOptions.defaults());
    }

    /**
     * Starts loops, which run when this returns, until {@link #shutdown}.
     *
     * @param loops how many, at least 1
     * @param options of each
     * @throws BackendUnavailableException says why the backend asked for cannot be used
     */
    public static EventLoopGroup create(int loops, LoopOptions options) throws BackendUnavailableException {
        if (loops < 1) {
            throw new IllegalArgumentException("loops " + loops);
        }
        Objects.requireNonNull(options, "options");
        EventLoopGroup group = new EventLoopGroup(options);
        for (int i = 0; i < loops; i++) {
            group.members.add(new GroupMember(group, i, options));
        }
        group.members.forEach(GroupMember::start);
        try {
            for (GroupMember member : group.members) {
                member.awaitStart();
            }
        } catch (BackendUnavailableException | RuntimeException e) {
            group.close();
            throw e;
        }
        return group;
    }

    // ---- loops
    // -------------------------------------------------------------------------------------------------------

    /** How many loops it was made with. */
    public int size() {
        return members.size();
    }

    /** The loops that are not dead. Other threads use {@link EventLoop#execute} and {@link EventLoop#ask}. */
    public List<EventLoop> loops() {
        return members.stream()
                .filter(member -> !member.isDead())
                .map(GroupMember::loop)
                .toList();
    }

    /**
     * One loop after the other, for work that any of them can do.
     *
     * @throws RejectedExecutionException if all are dead
     */
    public EventLoop next() {
        for (int i = 0; i < members.size(); i++) {
            GroupMember member = members.get(Math.floorMod(turn.getAndIncrement(), members.size()));
            if (!member.isDead()) {
                return member.loop();
            }
        }
        throw new RejectedExecutionException("all loops of the group have ended");
    }

    /** Called with a loop that has died and the reason, on its thread, which then ends; does not follow {@link #shutdown}. */
    public void onLoopDied(BiConsumer<EventLoop, Throwable> handler) {
        onLoopDied = Objects.requireNonNull(handler, "handler");
    }

    /** Why the first loop that died did, or null. */
    public Throwable failure() {
        return failure;
    }

    // ---- listening
    // ---------------------------------------------------------------------------------------------------

    /**
     * Listens on all loops; each listens when this returns.
     *
     * @param address its port may be 0: the system then chooses one, the same for all
     * @param onConnection called with each connection once, on the loop that it belongs to
     * @throws TorusIoException when one of them cannot listen: then none does; EOPNOTSUPP if the backend cannot have connections move
     */
    public GroupServer listen(SocketAddress address, BiConsumer<EventLoop, Socket> onConnection)
            throws TorusIoException {
        return listen(address, server -> {}, onConnection);
    }

    /**
     * As {@link #listen(SocketAddress, BiConsumer)}; {@code setUp} is called with each loop's server, on the loop's thread, before it
     * listens: for its limits, which are per loop.
     */
    public GroupServer listen(SocketAddress address, Consumer<Server> setUp, BiConsumer<EventLoop, Socket> onConnection)
            throws TorusIoException {
        Objects.requireNonNull(setUp, "setUp");
        Objects.requireNonNull(onConnection, "onConnection");
        checkMayWait();
        return listen(address, canSpread(address), setUp, onConnection);
    }

    GroupServer listen(
            SocketAddress address, boolean spread, Consumer<Server> setUp, BiConsumer<EventLoop, Socket> onConnection)
            throws TorusIoException {
        List<EventLoop> living = loops();
        if (!spread && size() > 1 && !canHandOver(living)) {
            throw TorusIoException.of("listen", address + " on " + size() + " loops", Errno.EOPNOTSUPP.result());
        }
        GroupServer server = new GroupServer(living, spread && size() > 1, setUp, onConnection);
        servers.add(server);
        return server.listen(address);
    }

    /** A socket of Windows stays with its completion port for good. */
    private static boolean canHandOver(List<EventLoop> loops) {
        return loops.stream().noneMatch(loop -> loop.kernel().backendName().equals("iocp"));
    }

    private static boolean canSpread(SocketAddress address) {
        return address instanceof InetSocketAddress
                && System.getProperty("os.name").equals("Linux");
    }

    private void checkMayWait() {
        for (GroupMember member : members) {
            if (Thread.currentThread() == member.thread()) {
                throw new IllegalStateException("a thread of the group would wait for itself");
            }
        }
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    boolean isShutdown() {
        return shutdown;
    }

    void ended(EventLoop loop, Throwable reason) {
        servers.forEach(server -> server.loopEnded(loop, this::closeOrphan));
        if (reason == null) {
            return;
        }
        synchronized (this) {
            if (failure == null) {
                failure = reason;
            }
        }
        onLoopDied.accept(loop, reason);
    }

    /** Nobody is left to serve it: a kernel takes it, and closes it with itself. */
    private void closeOrphan(int descriptor) {
        try (IoKernel kernel = IoKernel.open(options.kernel())) {
            kernel.adopt(descriptor);
        } catch (IOException e) {
            System.getLogger(EventLoopGroup.class.getName())
                    .log(System.Logger.Level.WARNING, "a connection could not be closed", e);
        }
    }

    /** Ends all loops gracefully, see {@link EventLoop#shutdown}; does not wait for it. */
    public void shutdown(Duration deadline) {
        shutdown = true;
        for (GroupMember member : members) {
            if (member.hasStarted() && !member.isDead()) {
                try {
                    member.loop().shutdown(deadline);
                } catch (RejectedExecutionException e) {
                    // it has ended meanwhile
                }
            }
        }
    }

    /** Waits until all loops have ended; false if they have not in time. */
    public boolean awaitTermination(Duration patience) throws InterruptedException {
        checkMayWait();
        long deadline = System.nanoTime() + patience.toNanos();
        for (GroupMember member : members) {
            long left = deadline - System.nanoTime();
            if (member.thread().isAlive()) {
                member.thread().join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            }
            if (member.thread().isAlive()) {
                return false;
            }
        }
        return true;
    }

    /** Ends all loops at once and waits for it, ten seconds at most. */
    @Override
    public void close() {
        shutdown(Duration.ZERO);
        try {
            awaitTermination(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
