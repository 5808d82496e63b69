package dev.torus.loop;

import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.util.concurrent.TimeUnit;

/**
 * A loop over a real kernel whose clock goes on only when it waits or a callback says so, by the rules of {@code virtual_clock.c}, which
 * gives Node the same clock: every poll takes a millisecond, one that has nothing to deliver jumps to the end of its wait, and one waits
 * for real while requests are under way.
 */
public final class VirtualTime {
    private final EventLoop loop;
    private long now;
    private long graceMillis;
    private boolean hadOverdueTimer;

    private VirtualTime(KernelOptions options) throws BackendUnavailableException {
        loop = EventLoop.create(() -> now, new Waiting(IoKernel.open(options)));
    }

    /** A loop of its own. */
    public static VirtualTime open(KernelOptions options) throws BackendUnavailableException {
        return new VirtualTime(options);
    }

    public EventLoop loop() {
        return loop;
    }

    /** The callback takes so long. */
    public void spend(long millis) {
        now += millis;
    }

    /** An idle poll looks so much longer before the clock jumps: for sockets. */
    public void grace(long millis) {
        graceMillis = millis;
    }

    /** Whether a poll began with a timer overdue: when it then runs is not specified to the millisecond (R25). */
    public boolean hadOverdueTimer() {
        return hadOverdueTimer;
    }

    /** What a callback of a macrotask throws: the loop's handler is called at once. */
    public static void guarded(EventLoop loop, Runnable callback) {
        loop.guarded(callback);
    }

    private final class Waiting extends KernelPoller {
        private int delivered;
        private long begin;
        /** Nothing was ready, and the clock has jumped. */
        private boolean waited;

        Waiting(IoKernel kernel) {
            super(kernel, Integer.MAX_VALUE);
        }

        /** The end of a wait is not that the kernel has something for itself only. */
        @Override
        public void poll(long timeoutMillis, MacrotaskSink sink) {
            hadOverdueTimer |= loop.untilNextTimer() == 0;
            boolean forReal = timeoutMillis < 0 || loop.life().hasRequests();
            begin = now;
            delivered = 0;
            waited = timeoutMillis == 0;
            do {
                super.poll(forReal ? -1 : timeoutMillis, sink);
            } while (delivered == 0 && (forReal || !waited));
        }

        @Override
        void turn(long timeoutMillis) {
            kernel().enter(TimeUnit.MILLISECONDS.toNanos(timeoutMillis > 0 ? graceMillis : timeoutMillis));
            boolean idle = timeoutMillis > 0 && !kernel().hasDeliverable();
            now = begin + (idle ? timeoutMillis : 1);
            waited |= idle;
        }

        @Override
        public void completed(long token, long result, int flags) {
            delivered++;
            super.completed(token, result, flags);
        }

        @Override
        public void posted(Runnable task) {
            delivered++;
            super.posted(task);
        }
    }
}
