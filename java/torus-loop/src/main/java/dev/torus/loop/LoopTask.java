package dev.torus.loop;

import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A task that another thread has given to the loop, at once, after a delay or again and again. */
final class LoopTask<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {
    private static final long MAX_TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(Integer.MAX_VALUE);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final LoopExecutorService executor;
    /** Nanoseconds: 0 for once, positive for a fixed rate, negative for a fixed delay. */
    private final long period;

    private volatile long due;
    private volatile Runnable onDone;
    /** Loop thread. */
    private Timeout timer;

    LoopTask(LoopExecutorService executor, Callable<V> callable, long due, long period) {
        super(callable);
        this.executor = executor;
        this.due = due;
        this.period = period;
    }

    void onDone(Runnable action) {
        onDone = action;
    }

    /** It has reached the loop: it runs, or waits for its time. */
    void arrived() {
        if (isDone() || !executor.isWaiting(this)) {
            return;
        }
        long left = due - executor.now();
        if (left <= 0) {
            run();
            return;
        }
        // rounded up; a timer may also be early by less than a millisecond, and is armed again then
        long millis = (Math.min(left, MAX_TIMER_NANOS) + MILLI - 1) / MILLI;
        timer = executor.loop().setTimeout(java.time.Duration.ofMillis(millis), this::arrived);
    }

    @Override
    public void run() {
        if (!executor.begin(this)) {
            return;
        }
        boolean again = false;
        try {
            if (period == 0) {
                super.run();
            } else {
                again = super.runAndReset();
            }
        } finally {
            if (again) {
                due = period > 0 ? due + period : executor.now() - period;
            }
            boolean waits = executor.end(this, again);
            if (again && !waits) {
                cancel(false);
            } else if (waits) {
                waitForTurn();
            }
        }
    }

    /** A fixed rate that is late makes up for it, but lets the loop turn in between. */
    private void waitForTurn() {
        if (due - executor.now() <= 0) {
            executor.loop().setImmediate(this::arrived);
        } else {
            arrived();
        }
    }

    /** Cancels it; a run that has begun is not interrupted, because the thread is the loop's. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(false);
        if (cancelled) {
            executor.forget(this);
            disarm();
        }
        return cancelled;
    }

    /** Its timer shall not keep the loop alive. Any thread. */
    void disarm() {
        if (executor.loop().isLoopThread()) {
            clearTimer();
            return;
        }
        try {
            executor.loop().execute(this::clearTimer);
        } catch (RejectedExecutionException full) {
            // it then finds nothing to do when its time comes
        }
    }

    private void clearTimer() {
        if (timer != null) {
            timer.clear();
        }
    }

    @Override
    protected void done() {
        if (onDone != null) {
            onDone.run();
        }
    }

    @Override
    public V get() throws InterruptedException, ExecutionException {
        if (!isDone()) {
            executor.checkMayWait();
        }
        return super.get();
    }

    @Override
    public V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone()) {
            executor.checkMayWait();
        }
        return super.get(timeout, unit);
    }

    @Override
    public boolean isPeriodic() {
        return period != 0;
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(due - executor.now(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
        return other == this ? 0 : Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
}
