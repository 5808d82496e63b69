package dev.torus.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Ticks and microtasks, and the order in which they are drained (rules R11 to R17, R42, R43): ticks until there are none, then
 * microtasks until there are none, over again while there are ticks.
 */
final class JobQueues {
    private final ArrayDeque<Runnable> ticks = new ArrayDeque<>();
    private final ArrayDeque<Runnable> microtasks = new ArrayDeque<>();
    private final List<LoopPromise<?>> rejected = new ArrayList<>();
    private final Consumer<Throwable> uncaught;
    private final Consumer<Throwable> unhandledRejection;
    private final Runnable afterJob;
    private boolean draining;
    private long ran;

    /**
     * Queues of a loop.
     *
     * @param uncaught called with what leaves a job
     * @param unhandledRejection called with the reason of a rejected promise that nobody looks at
     * @param afterJob called after each job; may leave by an exception
     */
    JobQueues(Consumer<Throwable> uncaught, Consumer<Throwable> unhandledRejection, Runnable afterJob) {
        this.uncaught = uncaught;
        this.unhandledRejection = unhandledRejection;
        this.afterJob = afterJob;
    }

    void nextTick(Runnable tick) {
        ticks.add(tick);
    }

    void queueMicrotask(Runnable microtask) {
        microtasks.add(microtask);
    }

    /** Remembers a rejection: whether somebody handles it is known when the queues are empty. */
    void rejected(LoopPromise<?> promise) {
        rejected.add(promise);
    }

    boolean isEmpty() {
        return ticks.isEmpty() && microtasks.isEmpty() && rejected.isEmpty();
    }

    /** Drains both; an exception of a tick ends the drain and leaves the rest for the next one (R43). */
    void drain() {
        if (draining) {
            return;
        }
        draining = true;
        try {
            do {
                Runnable tick;
                while ((tick = ticks.poll()) != null) {
                    if (!run(tick)) {
                        return;
                    }
                }
                drainMicrotasks();
            } while (!ticks.isEmpty() || reportRejections());
        } finally {
            draining = false;
        }
    }

    /** Only the microtasks, and no new ticks: the end of the program (R59). */
    void drainMicrotasks() {
        Runnable microtask;
        while ((microtask = microtasks.poll()) != null) {
            run(microtask);
        }
    }

    /** Whether a report was made, after which there may be something to drain again. */
    private boolean reportRejections() {
        if (rejected.isEmpty()) {
            return false;
        }
        List<LoopPromise<?>> now = List.copyOf(rejected);
        rejected.clear();
        boolean reported = false;
        for (LoopPromise<?> promise : now) {
            if (!promise.isHandled()) {
                reported = true;
                unhandledRejection.accept(promise.rejection());
            }
        }
        return reported;
    }

    /** How many ticks and microtasks have been run so far. */
    long ran() {
        return ran;
    }

    private boolean run(Runnable job) {
        ran++;
        try {
            job.run();
        } catch (LoopExit left) {
            throw left;
        } catch (Throwable e) {
            afterJob.run();
            uncaught.accept(e);
            return false;
        }
        afterJob.run();
        return true;
    }

    void clear() {
        ticks.clear();
        microtasks.clear();
        rejected.clear();
    }

    void clearTicks() {
        ticks.clear();
    }
}
