package dev.torus.loop;

import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.Completions;
import dev.torus.kernel.IoKernel;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The poll phase over a kernel: one turn of the kernel, then what it has. A token is the index of a sink; a sink leaves the table
 * with the last completion of its operation.
 */
class KernelPoller implements Poller, CompletionHandler {
    /** Cancel what is outstanding, learn that it has ended, close. */
    private static final int MAX_CLOSE_ROUNDS = 3;

    private final IoKernel kernel;
    private final int maxCallbacksPerTurn;
    private final AtomicInteger posted = new AtomicInteger();
    private final LaterEvents later = new LaterEvents(this);
    private CompletionSink[] sinks = new CompletionSink[256];
    private int[] free = new int[256];
    private int freeCount;
    /** Closes that are with the kernel. */
    private int closes;
    /** Number of the present poll. */
    private long polls;
    /** Completions of this poll that were for the loop itself. */
    private int silent;

    private boolean wasSilent;

    private final CompletionSink silentSink = (result, flags) -> silent++;
    private MacrotaskSink macrotasks;
    private Runnable beforeTurn = () -> {};
    /** Null while nobody asked for it. */
    private LoopActivity activity;
    /** Null while nobody watches. */
    private LoopProbe probe;

    KernelPoller(IoKernel kernel, int maxCallbacksPerTurn) {
        this.kernel = kernel;
        this.maxCallbacksPerTurn = maxCallbacksPerTurn;
        for (int i = free.length - 1; i >= 0; i--) {
            free[freeCount++] = i;
        }
    }

    IoKernel kernel() {
        return kernel;
    }

    /** What is to be queued when a turn's callbacks are over. */
    void beforeTurn(Runnable action) {
        beforeTurn = action;
    }

    void activity(LoopActivity measured) {
        activity = measured;
    }

    void watch(LoopProbe watching) {
        probe = watching;
        kernel.observe(watching);
    }

    /** A token for an operation that the caller queues at once. */
    long token(CompletionSink sink) {
        return token(sink, null);
    }

    /** As above, with a name for tracers where the kernel's own tells too little. */
    long token(CompletionSink sink, String operation) {
        if (freeCount == 0) {
            int size = sinks.length;
            sinks = Arrays.copyOf(sinks, 2 * size);
            free = Arrays.copyOf(free, 2 * size);
            for (int i = 2 * size - 1; i >= size; i--) {
                free[freeCount++] = i;
            }
        }
        int index = free[--freeCount];
        sinks[index] = sink;
        if (probe != null) {
            probe.queued(index, operation);
        }
        return index;
    }

    /** A token for the close of a handle, whose sink is called in the closing phase if the kernel can end it there (R7). */
    long closeToken(CompletionSink sink) {
        closes++;
        return token(new CloseSink(sink));
    }

    /** A token for an operation whose end changes nothing. */
    long silentToken() {
        return token(silentSink);
    }

    private final class CloseSink implements CompletionSink {
        private final CompletionSink sink;

        CloseSink(CompletionSink sink) {
            this.sink = sink;
        }

        @Override
        public void completed(long result, int flags) {
            closes--;
            silent++;
            sink.completed(result, flags);
        }
    }

    boolean isClose(long token) {
        return sinks[(int) token] instanceof CloseSink;
    }

    /** The system's words for the failure that is being delivered, or null. */
    String failureDetail() {
        return later.isDelivering() ? later.failureDetail() : kernel.failureDetail();
    }

    /** Who sent the datagram whose receipt is being delivered, or null. */
    SocketAddress datagramSource() {
        return later.isDelivering() ? later.datagramSource() : kernel.datagramSource();
    }

    /** Whether that datagram was cut off. */
    boolean datagramTruncated() {
        return later.isDelivering() ? later.datagramTruncated() : kernel.datagramTruncated();
    }

    /** Gives back a token whose operation was refused when queueing. */
    void unused(long token) {
        sinks[(int) token] = null;
        free[freeCount++] = (int) token;
    }

    @Override
    public void own() {
        kernel.bind();
        if (activity != null) {
            activity.busy();
        }
    }

    @Override
    public void rest() {
        if (activity != null) {
            activity.resting();
        }
    }

    @Override
    public void prepare() {
        beforeTurn.run();
    }

    @Override
    public void poll(long timeoutMillis, MacrotaskSink sink) {
        macrotasks = sink;
        polls++;
        silent = 0;
        LoopActivity measured = activity;
        if (measured != null) {
            measured.waiting();
        }
        if (probe != null) {
            probe.waitBegins();
        }
        turn(later.isEmpty() ? timeoutMillis : 0);
        if (probe != null) {
            probe.waitEnds();
        }
        if (measured != null) {
            measured.busy();
        }
        int delivered = later.deliver(maxCallbacksPerTurn);
        if (delivered < maxCallbacksPerTurn) {
            delivered += kernel.drain(this, maxCallbacksPerTurn - delivered);
        }
        wasSilent = delivered != 0 && delivered == silent;
    }

    @Override
    public boolean wasSilent() {
        return wasSilent;
    }

    /** The completion that is being delivered is for the loop itself: nothing is called. */
    void silent() {
        silent++;
    }

    /** Tells polls apart. */
    long pollNumber() {
        return polls;
    }

    /** What a tracer calls the callback that is being delivered; null while nobody watches. */
    String label() {
        return probe == null ? null : probe.label();
    }

    void label(String name) {
        if (probe != null && name != null) {
            probe.label(name);
        }
    }

    /** What is ready now is delivered by the next poll, which does not wait. */
    void inNextPoll(Runnable delivery) {
        later.add(delivery);
    }

    /** Lets the kernel end the handles that wait for it; whatever else it has comes with the next poll (R6). */
    @Override
    public void pollCloses() {
        beforeTurn.run();
        for (int round = 0; round < MAX_CLOSE_ROUNDS && closes != 0; round++) {
            kernel.enter(0);
            kernel.drain(later);
        }
    }

    /** Waits for what is to be delivered; tests whose time is virtual wait otherwise. */
    void turn(long timeoutMillis) {
        kernel.enter(timeoutMillis < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    }

    @Override
    public void completed(long token, long result, int flags) {
        int index = (int) token;
        CompletionSink sink = sinks[index];
        if (!Completions.more(flags)) {
            sinks[index] = null;
            free[freeCount++] = index;
        }
        sink.completed(result, flags);
    }

    @Override
    public void posted(Runnable task) {
        posted.decrementAndGet();
        if (probe != null) {
            probe.label("posted task");
        }
        macrotasks.run(task);
    }

    @Override
    public boolean hasPosted() {
        return posted.get() != 0;
    }

    @Override
    public boolean post(Runnable task) {
        posted.incrementAndGet();
        if (kernel.post(task)) {
            return true;
        }
        posted.decrementAndGet();
        return false;
    }

    /** As {@link #post}, but waits for room; not on the loop's thread. False when the loop is closed. */
    boolean postWaiting(Runnable task) {
        posted.incrementAndGet();
        try {
            if (kernel.post(task, Long.MAX_VALUE / 2)) {
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        posted.decrementAndGet();
        return false;
    }

    @Override
    public void close() {
        kernel.close();
    }
}
