package dev.torus.loop;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Reports a loop that is blocked: a daemon thread looks at it now and then. A long block is reported when it reaches the threshold and
 * again each time that it has lasted twice as long. Any thread may close it.
 */
public final class Watchdog implements AutoCloseable {
    private static final int LOOKS_PER_THRESHOLD = 4;
    private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final LoopActivity activity;
    private final Thread loopThread;
    private final long thresholdNanos;
    private final Consumer<BlockedLoop> listener;
    private final Thread thread = new Thread(this::watch, "torus-watchdog");
    private volatile boolean closed;

    /** The block that was reported last, by its begin, and from which length on it is reported again. */
    private long reportedSince = LoopActivity.NOT_BUSY;

    private long nextReportNanos;

    Watchdog(LoopActivity activity, Thread loopThread, Duration threshold, Consumer<BlockedLoop> listener) {
        this.activity = activity;
        this.loopThread = loopThread;
        this.thresholdNanos = threshold.toNanos();
        this.listener = listener;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        long pause = Math.max(MIN_PAUSE_NANOS, thresholdNanos / LOOKS_PER_THRESHOLD);
        while (!closed) {
            LockSupport.parkNanos(this, pause);
            if (!closed) {
                look(System.nanoTime());
            }
        }
    }

    /** One look at the loop. */
    void look(long now) {
        long since = activity.busySince();
        if (since == LoopActivity.NOT_BUSY) {
            return;
        }
        long blocked = now - since;
        long from = since == reportedSince ? nextReportNanos : thresholdNanos;
        if (blocked < from) {
            return;
        }
        List<StackTraceElement> stack = List.of(loopThread.getStackTrace());
        if (activity.busySince() != since) {
            // it went on in this very moment: the stack is that of another turn
            return;
        }
        reportedSince = since;
        nextReportNanos = 2 * blocked;
        report(new BlockedLoop(loopThread, Duration.ofNanos(blocked), stack));
    }

    private void report(BlockedLoop blocked) {
        try {
            listener.accept(blocked);
        } catch (RuntimeException e) {
            System.getLogger(Watchdog.class.getName())
                    .log(System.Logger.Level.WARNING, "a listener for blocked loops failed", e);
        }
    }

    /** Ends the watching; a report that is being made may still end after this. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
