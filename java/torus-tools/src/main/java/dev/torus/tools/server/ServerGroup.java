package dev.torus.tools.server;

import com.sun.management.ThreadMXBean;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.KernelStats;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.loop.TlsOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** The same server on several threads, each with a kernel or an event loop of its own; the system spreads the connections over them. */
public final class ServerGroup implements AutoCloseable {
    /** Makes the server of one loop on a kernel. */
    @FunctionalInterface
    public interface Factory {
        TcpServer create(IoKernel kernel, ServerOptions options);
    }

    /** Opens the server of one loop on the thread that will serve. */
    @FunctionalInterface
    private interface Opener {
        ServerLoop open(ServerOptions options, KernelOptions kernel) throws IOException;
    }

    private static final int MAX_PENDING = 1 << 20;
    private static final int MAX_HANDLES = 1 << 18;
    private static final long END_SECONDS = 10;

    private final ThreadMXBean threadBean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ServerOptions options;
    private final Opener opener;
    private final List<Loop> loops = new ArrayList<>();
    private final CountDownLatch ended;
    private volatile Throwable failure;
    private InetSocketAddress address;

    private ServerGroup(ServerOptions options, Opener opener) {
        this.options = options;
        this.opener = opener;
        this.ended = new CountDownLatch(options.threads());
    }

    /**
     * Starts all loops; each listens when this returns.
     *
     * @throws BackendUnavailableException when the backend asked for is not there
     * @throws IOException when the address cannot be bound
     */
    public static ServerGroup start(ServerOptions options, Factory factory) throws IOException {
        return startAll(options, (chosen, kernel) -> new KernelServerLoop(kernel, on -> factory.create(on, chosen)));
    }

    /**
     * Starts torus-http's server on event loops; see {@link #start}.
     *
     * @param tls null for http without it
     */
    public static ServerGroup startHttp(ServerOptions options, TlsOptions tls) throws IOException {
        return startAll(options, (chosen, kernel) -> new HttpServerLoop(chosen, kernel, tls));
    }

    private static ServerGroup startAll(ServerOptions options, Opener opener) throws IOException {
        ServerGroup group = new ServerGroup(options, opener);
        group.address = options.address();
        try {
            for (int i = 0; i < options.threads(); i++) {
                Loop loop = group.new Loop(i);
                loop.thread.start();
                group.address = loop.awaitListening();
                group.loops.add(loop);
            }
            return group;
        } catch (IOException | RuntimeException e) {
            group.close();
            throw e;
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return address;
    }

    /** The backend in use, by its own name. */
    public String backendName() {
        return loops.get(0).server.kernel().backendName();
    }

    /** Waits until every loop has ended; throws what ended one of them early. */
    public void await() throws InterruptedException {
        ended.await();
        if (failure != null) {
            throw new IllegalStateException("a loop has failed", failure);
        }
    }

    /** Ends all loops and waits for it. */
    @Override
    public void close() {
        loops.forEach(Loop::end);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        for (Loop loop : loops) {
            try {
                loop.thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** What all loops together did so far. */
    public ServerStats stats() throws InterruptedException {
        ServerStats sum = ServerStats.NONE;
        for (Loop loop : loops) {
            sum = sum.plus(loop.stats());
        }
        return sum;
    }

    private final class Loop implements Runnable {
        private final Thread thread;
        private final CompletableFuture<InetSocketAddress> listening = new CompletableFuture<>();
        private volatile ServerLoop server;
        private volatile ServerStats last;
        /** Bytes that taking statistics has allocated on the loop's own thread. */
        private long allocatedByStats;

        Loop(int number) {
            thread = new Thread(this, "torus-" + number);
        }

        @Override
        public void run() {
            KernelOptions kernel = KernelOptions.builder()
                    .backend(options.backend())
                    .maxPending(MAX_PENDING)
                    .maxHandles(MAX_HANDLES)
                    .build();
            try (ServerLoop opened = opener.open(options, kernel)) {
                server = opened;
                opened.serve(address, options.threads() > 1, listening);
                last = take();
            } catch (Throwable e) {
                if (!listening.completeExceptionally(e)) {
                    failure = e;
                    loops.forEach(Loop::end);
                }
            } finally {
                ended.countDown();
            }
        }

        void end() {
            ServerLoop opened = server;
            if (opened != null) {
                opened.end();
            }
        }

        InetSocketAddress awaitListening() throws IOException {
            try {
                return listening.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while starting", e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException cause) {
                    throw cause;
                }
                throw new IllegalStateException("the loop did not start", e.getCause());
            }
        }

        ServerStats stats() throws InterruptedException {
            CompletableFuture<ServerStats> answer = new CompletableFuture<>();
            if (last != null || !server.kernel().post(() -> answer.complete(take()))) {
                thread.join();
                return last == null ? ServerStats.NONE : last;
            }
            while (true) {
                try {
                    return answer.get(100, TimeUnit.MILLISECONDS);
                } catch (java.util.concurrent.TimeoutException e) {
                    if (!thread.isAlive()) {
                        return last == null ? ServerStats.NONE : last;
                    }
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e.getCause());
                }
            }
        }

        /** On the loop's thread. */
        private ServerStats take() {
            long id = thread.getId();
            long allocated = threadBean.getThreadAllocatedBytes(id);
            KernelStats stats = server.kernel().stats();
            ServerStats result = new ServerStats(
                    server.connections(),
                    server.messages(),
                    stats.enters(),
                    stats.crossings(),
                    stats.syscalls(),
                    stats.wouldBlock(),
                    stats.wakeups(),
                    stats.queued(),
                    stats.bytesIn(),
                    stats.bytesOut(),
                    allocated - allocatedByStats,
                    threadBean.getThreadCpuTime(id),
                    threadBean.getThreadUserTime(id));
            allocatedByStats += threadBean.getThreadAllocatedBytes(id) - allocated;
            return result;
        }
    }
}
