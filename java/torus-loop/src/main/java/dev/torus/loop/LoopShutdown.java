package dev.torus.loop;

import dev.torus.kernel.OperationCancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The graceful end of a run: listeners close, what is under way goes on; when the deadline has passed, everything is cancelled until
 * nothing is alive. Loop thread only.
 */
final class LoopShutdown {
    /** So many milliseconds for what was cancelled to end; what cannot be stopped is then not waited for. */
    private static final int CANCEL_ROUNDS = 100;

    private final EventLoop loop;
    private final List<Runnable> handlers = new ArrayList<>();
    private boolean begun;
    private boolean cancelling;
    private long dueAt;
    private Timeout deadline;

    LoopShutdown(EventLoop loop) {
        this.loop = loop;
    }

    void onShutdown(Runnable handler) {
        handlers.add(handler);
    }

    boolean hasBegun() {
        return begun;
    }

    /** The run has ended. */
    void reset() {
        if (deadline != null) {
            deadline.clear();
        }
        begun = false;
        cancelling = false;
        deadline = null;
    }

    void begin(Duration patience) {
        long due = loop.options().clock().millis() + patience.toMillis();
        if (!begun) {
            begun = true;
            arm(patience, due);
            loop.life().handles().forEach(LoopHandle::retire);
            List.copyOf(handlers).forEach(Runnable::run);
        } else if (!cancelling && due < dueAt) {
            deadline.clear();
            arm(patience, due);
        }
    }

    private void arm(Duration patience, long due) {
        dueAt = due;
        deadline = loop.setTimeout(patience, () -> cancel(0)).unref();
    }

    private void cancel(int round) {
        cancelling = true;
        loop.clearTimersAndImmediates();
        loop.life().handles().forEach(LoopHandle::abandon);
        loop.cancelRequests(round == CANCEL_ROUNDS);
        if (loop.isAlive()) {
            if (round < CANCEL_ROUNDS) {
                deadline = loop.setTimeout(1, () -> cancel(round + 1)).unref();
            } else {
                loop.stop();
            }
        }
    }

    /** Whether that is the work of this shutdown and not to be reported. */
    boolean caused(Throwable reason) {
        return cancelling && reason instanceof OperationCancelledException;
    }
}
