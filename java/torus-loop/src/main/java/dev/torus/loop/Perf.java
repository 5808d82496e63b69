package dev.torus.loop;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/** Looks at the loop itself: how busy it is, how late its callbacks are, whether it is blocked. Costs nothing until it is used. */
public final class Perf {
    private final EventLoop loop;
    private final KernelPoller poller;
    private volatile LoopActivity activity;

    Perf(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
    }

    /** Begins measuring with the first call. */
    private LoopActivity activity() {
        if (activity == null) {
            loop.checkThread();
            LoopActivity created = new LoopActivity(System::nanoTime);
            if (loop.isRunning()) {
                created.busy();
            }
            poller.activity(created);
            activity = created;
        }
        return activity;
    }

    /**
     * How long the loop has waited and worked since this was first called, or a watchdog was made; nothing at the first call. The first
     * call must be made on the loop's thread, others by any.
     */
    public LoopUtilization eventLoopUtilization() {
        return activity().utilization();
    }

    /**
     * Begins to watch for callbacks that block the loop. Loop thread.
     *
     * @param threshold how long callbacks may run without a look at the events, at least a millisecond
     * @param listener called on a thread of the watchdog's own, while the loop is blocked
     * @return what ends the watching
     */
    public Watchdog watchdog(Duration threshold, Consumer<BlockedLoop> listener) {
        loop.checkThread();
        Objects.requireNonNull(listener, "listener");
        if (threshold.toMillis() < 1) {
            throw new IllegalArgumentException("threshold " + threshold);
        }
        Watchdog watchdog = new Watchdog(activity(), Thread.currentThread(), threshold, listener);
        watchdog.start();
        return watchdog;
    }

    /** {@link #trace(int)} with room for 65536 records (2 MiB). */
    public LoopTracer trace() {
        return trace(LoopTracer.DEFAULT_RECORDS);
    }

    /**
     * Begins to record what the loop does, from its next turn or run on. Loop thread; one tracer at a time.
     *
     * @param records how many to keep, 1 to 16777216, each 32 bytes; when there are more, the oldest are dropped and counted
     * @throws IllegalStateException if the loop is traced already
     */
    public LoopTracer trace(int records) {
        loop.checkThread();
        return loop.watch().trace(records);
    }

    /**
     * A histogram of the delays of the loop's timers, which begins to record when it is enabled. Needs the library HdrHistogram
     * (org.hdrhistogram:HdrHistogram), an optional dependency.
     *
     * @param resolution how often to look, at least a millisecond
     * @throws IllegalStateException if the library is not there
     */
    public DelayHistogram monitorEventLoopDelay(Duration resolution) {
        loop.checkThread();
        long millis = resolution.toMillis();
        if (millis < 1 || millis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("resolution " + resolution);
        }
        try {
            return new DelayHistogram(loop, millis, System::nanoTime);
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "histograms need org.hdrhistogram:HdrHistogram, which is not on the class or module path", e);
        }
    }
}
