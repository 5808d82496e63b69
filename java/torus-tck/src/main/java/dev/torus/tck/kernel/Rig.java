package dev.torus.tck.kernel;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.KernelStats;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.PeerIo;
import dev.torus.tck.ring.RingDriver;
import dev.torus.tck.ring.SockAddr;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A kernel with an inbox: gives every operation a token of its own, collects completions by token and checks that each
 * operation ends exactly once.
 */
public final class Rig implements AutoCloseable {
    /** Ends an operation within this or the test fails; only a safety net. */
    private static final long PATIENCE_NANOS = RingDriver.PATIENCE_NANOS;

    private final IoKernel kernel;
    private final Map<Long, Long> operations = new LinkedHashMap<>();
    private final Map<Long, Long> everyOperation = new HashMap<>();
    private final Map<Long, ArrayDeque<Completion>> inbox = new HashMap<>();
    private final List<Long> order = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final List<SocketChannel> channels = new ArrayList<>();
    private final CompletionHandler collector = this::collect;
    private Consumer<Completion> observer = completion -> {};
    private long nextToken = 1000;
    private boolean open = true;

    /**
     * What a handler was given.
     *
     * @param token of the operation
     * @param result a value or -errno
     * @param flags see {@link Completions}
     */
    public record Completion(long token, long result, int flags) {
        boolean more() {
            return Completions.more(flags);
        }

        @Override
        public String toString() {
            return token + " -> " + (result < 0 ? Errno.of(result).name() : Long.toString(result))
                    + (more() ? " MORE" : "") + (Completions.timedOut(flags) ? " TIMED_OUT" : "");
        }
    }

    /**
     * A connection: a handle of the kernel and a blocking Java channel as the other end.
     *
     * @param handle the kernel's end
     * @param channel the other end
     */
    public record Link(long handle, SocketChannel channel) {
        void write(String text) {
            PeerIo.write(channel, text.getBytes(StandardCharsets.US_ASCII));
        }

        void write(byte[] data) {
            PeerIo.write(channel, data);
        }

        byte[] read(int length) {
            return PeerIo.read(channel, length);
        }

        String readText(int length) {
            return new String(read(length), StandardCharsets.US_ASCII);
        }

        void close() {
            PeerIo.close(channel);
        }

        void reset() {
            PeerIo.reset(channel);
        }
    }

    /** Queues an operation with the token it is given and returns the operation. */
    @FunctionalInterface
    public interface Queueing {
        long queue(long token);
    }

    /** Opens a kernel on a backend. */
    public Rig(KernelOptions options, BackendProvider provider) {
        try {
            kernel = IoKernel.open(options, provider);
        } catch (BackendUnavailableException e) {
            throw new AssertionError(e);
        }
    }

    /** The test's kernel with default limits. */
    public static Rig of(Lab lab) {
        return of(lab, KernelOptions.builder().submissionEntries(64));
    }

    /** The test's kernel. */
    public static Rig of(Lab lab, KernelOptions.Builder options) {
        return lab.own(new Rig(options.build(), lab.provider()));
    }

    public IoKernel kernel() {
        return kernel;
    }

    // ---- operations -------------------------------------------------------------------------------------------------

    /** Queues an operation; returns its token. */
    public long start(Queueing queueing) {
        long token = nextToken++;
        operations.put(token, null);
        try {
            long operation = queueing.queue(token);
            operations.put(token, operation);
            everyOperation.put(token, operation);
        } catch (RuntimeException e) {
            operations.remove(token);
            throw e;
        }
        return token;
    }

    /** The operation behind a token, for cancel; it may have ended. */
    public long operation(long token) {
        return everyOperation.get(token);
    }

    /** Queues an operation and waits for its result. */
    public long call(Queueing queueing) {
        return result(start(queueing));
    }

    /** Waits for the last completion and returns its result. */
    public long result(long token) {
        return last(token).result();
    }

    /** Waits for the last completion. */
    public Completion last(long token) {
        Completion completion = next(token);
        while (completion.more()) {
            completion = next(token);
        }
        return completion;
    }

    /** Waits for the next completion, with MORE or without. */
    public Completion next(long token) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            Completion completion = take(token);
            if (completion != null) {
                return completion;
            }
            if (!operations.containsKey(token)) {
                throw new AssertionError("operation " + token + " has ended already");
            }
            turnBefore(deadline, "operation " + token);
        }
    }

    /** A completion that has been delivered, or null. */
    public Completion take(long token) {
        ArrayDeque<Completion> queue = inbox.get(token);
        return queue == null ? null : queue.poll();
    }

    /** Cancels it and waits for the cancel's result. */
    public long cancel(long token) {
        long operation = operation(token);
        return call(t -> kernel.cancel(operation, t));
    }

    public boolean isPending(long token) {
        return operations.containsKey(token);
    }

    /** Tokens in the order in which their last completion came. */
    public List<Long> order() {
        return order;
    }

    /** Is called inside the drain for every completion, before it goes to the inbox. */
    public void observe(Consumer<Completion> newObserver) {
        observer = newObserver;
    }

    // ---- turning ----------------------------------------------------------------------------------------------------

    /** One enter and one drain. */
    public int turn(long timeoutNanos) {
        kernel.enter(timeoutNanos);
        return kernel.drain(collector);
    }

    /** The handler that fills the inbox. */
    public CompletionHandler collector() {
        return collector;
    }

    /** Turns until it holds. */
    public void turnUntil(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited too long for " + what + "; " + kernel.stats());
            }
            turn(2_000_000);
        }
    }

    /** Turns, in one drain at least, until so many completions were delivered to {@code handler}, or the kernel is closed. */
    void turnUntilDelivered(List<Long> seen, int count, CompletionHandler handler) {
        while (seen.size() < count && !kernel.isShutdown()) {
            kernel.enter(1_000_000_000);
            kernel.drain((token, result, flags) -> {
                seen.add(token);
                handler.completed(token, result, flags);
            });
        }
    }

    private void turnBefore(long deadline, String what) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new AssertionError(
                    "no completion for " + what + "; pending " + operations.keySet() + " " + kernel.stats());
        }
        turn(left);
    }

    private void collect(long token, long result, int flags) {
        Completion completion = new Completion(token, result, flags);
        if (!operations.containsKey(token)) {
            violations.add("completion of no pending operation: " + completion);
            return;
        }
        if (!completion.more()) {
            operations.remove(token);
            order.add(token);
        }
        observer.accept(completion);
        inbox.computeIfAbsent(token, key -> new ArrayDeque<>()).add(completion);
    }

    // ---- sockets ----------------------------------------------------------------------------------------------------

    public long tcp() {
        return socket(AddressFamily.INET, SocketType.STREAM);
    }

    public long udp() {
        long handle = socket(AddressFamily.INET, SocketType.DATAGRAM);
        return unchecked(() -> {
            kernel.bind(handle, SockAddr.loopback(0));
            return handle;
        });
    }

    public long socket(AddressFamily family, SocketType type) {
        return unchecked(() -> kernel.socket(family, type));
    }

    /** A listener on 127.0.0.1 and a free port. */
    public long listener(int backlog) {
        return unchecked(() -> {
            long handle = kernel.socket(AddressFamily.INET, SocketType.STREAM);
            kernel.bind(handle, SockAddr.loopback(0));
            kernel.listen(handle, backlog);
            return handle;
        });
    }

    public InetSocketAddress address(long handle) {
        return unchecked(() -> (InetSocketAddress) kernel.localAddress(handle));
    }

    /** Connects a Java channel to the listener and accepts it. */
    public Link link(long listener) {
        SocketChannel channel = channel(address(listener).getPort());
        long handle = call(t -> kernel.accept(listener, t));
        if (handle < 0) {
            throw new AssertionError("accept: " + Errno.of(handle));
        }
        return new Link(handle, channel);
    }

    /** A connection through a listener of its own. */
    public Link link() {
        long listener = listener(4);
        Link link = link(listener);
        call(t -> kernel.close(listener, t));
        return link;
    }

    /** A blocking Java channel connected to the port. */
    public SocketChannel channel(int port) {
        SocketChannel channel = PeerIo.connect(port);
        channels.add(channel);
        return channel;
    }

    /** Registered memory that holds the text. */
    public IoBuffer buffer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        IoBuffer buffer = kernel.allocate(Math.max(8, bytes.length));
        buffer.bytes().put(0, bytes);
        return buffer;
    }

    public static String text(IoBuffer buffer, int offset, long length) {
        byte[] bytes = new byte[(int) length];
        buffer.bytes().get(offset, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    /** Something of the control plane. */
    @FunctionalInterface
    public interface Control<T> {
        T run() throws TorusIoException;
    }

    /** Runs it; a {@link TorusIoException} fails the test. */
    public static <T> T unchecked(Control<T> control) {
        try {
            return control.run();
        } catch (TorusIoException e) {
            throw new AssertionError(e);
        }
    }

    // ---- end --------------------------------------------------------------------------------------------------------

    /** Cancels everything pending and waits until nothing is. */
    public void cancelAll() {
        for (long token : List.copyOf(operations.keySet())) {
            Long operation = operations.get(token);
            if (operation != null) {
                start(t -> kernel.cancel(operation, t));
            }
        }
        turnUntil("the end of everything", () -> kernel.pending() == 0);
        if (!operations.isEmpty()) {
            violations.add("nothing pending in the kernel, but these never ended: " + operations.keySet());
        }
        KernelStats stats = kernel.stats();
        if (stats.pending() != 0) {
            violations.add("still pending: " + stats);
        }
    }

    /** Lets go of the kernel: the test closes it itself. */
    public void abandon() {
        open = false;
        channels.forEach(PeerIo::close);
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            cancelAll();
            kernel.close();
        } finally {
            channels.forEach(PeerIo::close);
        }
        if (!violations.isEmpty()) {
            throw new AssertionError(String.join("\n", violations));
        }
    }
}
