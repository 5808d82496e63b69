package dev.torus.tck.harness;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Ops;
import dev.torus.tck.ring.RingDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * What one test on one backend works with. Everything it hands out is closed when the test ends, in reverse order, and what
 * goes wrong then fails the test too.
 */
public final class Lab implements AutoCloseable {
    private final BackendProvider provider;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final List<Path> directories = new ArrayList<>();
    private RingDriver ring;
    private Ops ops;
    private Net net;

    Lab(BackendProvider provider) {
        this.provider = provider;
    }

    /** The backend under test. */
    public BackendProvider provider() {
        return provider;
    }

    /** The test's ring (64 submissions, 256 completions), opened at the first call. */
    public RingDriver ring() {
        if (ring == null) {
            ring = ring(64, 256);
        }
        return ring;
    }

    /** Queues operations on the test's ring. */
    public Ops ops() {
        if (ops == null) {
            ops = new Ops(ring());
        }
        return ops;
    }

    /** Sockets on the test's ring, with peers. */
    public Net net() {
        if (net == null) {
            net = own(new Net(ring()));
        }
        return net;
    }

    /** Makes {@link #ring()} a ring of that size; before anything else. */
    public RingDriver smallRing(int submissionEntries, int completionEntries) {
        ring = ring(submissionEntries, completionEntries);
        return ring;
    }

    /** One more ring. */
    public RingDriver ring(int submissionEntries, int completionEntries) {
        return own(new RingDriver(provider, submissionEntries, completionEntries));
    }

    /** Closes it when the test ends. */
    public <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    /** Runs {@code work} in a thread of its own; what it throws fails the test at the end at the latest. */
    public <T> Future<T> thread(String name, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(work.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                "tck-" + name);
        thread.setDaemon(true);
        thread.start();
        own(() -> join(result));
        return result;
    }

    /** Waits for a helper thread's result. */
    public static <T> T join(Future<T> future) {
        try {
            return future.get(RingDriver.PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("helper thread failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("helper thread does not end", e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A directory for the test's files, removed afterwards. Its path is short: socket paths end at 107 bytes. */
    public Path directory() {
        try {
            Path directory = Files.createTempDirectory("tck").toRealPath();
            directories.add(directory);
            return directory;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Ends the test as skipped; the reason stands in the capability matrix. */
    public static void skip(String reason) {
        throw new TestAbortedException(reason);
    }

    /** Skips on that backend under Wine, which differs from Windows in what the sentence says. */
    public void differsUnderWine(String backend, String difference) {
        if (Emulation.isBy("wine") && provider.name().equals(backend)) {
            skip("Wine 8: " + difference);
        }
    }

    /** Skips under qemu-user, which differs from Linux in what the sentence says. */
    public void differsUnderQemu(String difference) {
        if (Emulation.isBy("qemu")) {
            skip("qemu-user 7.2: " + difference);
        }
    }

    /**
     * A difference of Wine 8: server/sock.c takes the error off the socket (sock_poll_event) as soon as it notices the reset.
     * On Windows the next recv answers WSAECONNRESET (Winsock reference, recv).
     */
    public static final String WINE_RECV_AFTER_RESET = "recv answers 0, the end of the stream, after a reset";

    /** Skips unless the ring itself performs the operation. */
    public void needs(int opcode, String operation) {
        if (!ring().backend().supports(opcode)) {
            skip(operation + " is not an operation of this ring (the worker pool does it)");
        }
    }

    /** Whether the backend checks addresses against registered regions, as the emulating ones must. */
    public boolean checksRegions() {
        return !Backends.KERNEL_RINGS.contains(provider.name());
    }

    /** A counter of the test's ring. */
    public long counter(Backend.Counter counter) {
        return ring().backend().counter(counter);
    }

    @Override
    public void close() {
        List<Throwable> failures = new ArrayList<>();
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Throwable e) {
                failures.add(e);
            }
        }
        // last: on Windows what is still open cannot be removed
        for (Path directory : directories) {
            try {
                delete(directory);
            } catch (IOException e) {
                failures.add(e);
            }
        }
        ring = null;
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError("at the end of the test: " + failures.get(0), failures.get(0));
            failures.stream().skip(1).forEach(error::addSuppressed);
            throw error;
        }
    }
}
