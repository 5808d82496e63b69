package dev.torus.loop;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The loop as other threads' executor. Its shutdown is its own: the loop goes on. As in ScheduledThreadPoolExecutor, delayed tasks
 * still run after {@link #shutdown()} and periodic ones end. The loop's thread is never interrupted, neither by cancelling a running
 * task nor by {@link #shutdownNow()}. What would make the loop's thread wait for itself throws IllegalStateException there.
 */
final class LoopExecutorService extends AbstractExecutorService implements ScheduledExecutorService {
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition terminated = lock.newCondition();
    /** Tasks that have not begun, and periodic ones between two runs. */
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    private int running;
    private boolean shutdown;

    LoopExecutorService(EventLoop loop, LongSupplier nanoClock) {
        this.loop = loop;
        this.nanoClock = nanoClock;
    }

    EventLoop loop() {
        return loop;
    }

    long now() {
        return nanoClock.getAsLong();
    }

    // ---- tasks
    // -------------------------------------------------------------------------------------------------------

    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "command");
        if (command instanceof LoopTask<?> task) {
            accept(task, task::arrived);
        } else {
            // a wrapper, so that the same object may be executed twice
            Plain plain = new Plain(command);
            accept(plain, plain);
        }
    }

    /** A command without a future: what it throws is the loop's uncaught exception. */
    private final class Plain implements Runnable {
        private final Runnable command;

        Plain(Runnable command) {
            this.command = command;
        }

        @Override
        public void run() {
            if (begin(this)) {
                try {
                    command.run();
                } finally {
                    end(this, false);
                }
            }
        }
    }

    private void accept(Runnable task, Runnable arrival) {
        lock.lock();
        try {
            if (shutdown) {
                throw new RejectedExecutionException("the executor is shut down");
            }
            waiting.add(task);
        } finally {
            lock.unlock();
        }
        try {
            loop.execute(arrival);
        } catch (RejectedExecutionException e) {
            forget(task);
            throw e;
        }
    }

    /** Whether a task may run now; false if it was cancelled or handed back. */
    boolean begin(Runnable task) {
        lock.lock();
        try {
            if (!waiting.remove(task)) {
                return false;
            }
            running++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A run has ended; whether the task is to wait for its next one. */
    boolean end(Runnable task, boolean again) {
        lock.lock();
        try {
            running--;
            boolean waits = again && !shutdown;
            if (waits) {
                waiting.add(task);
            }
            signalIfTerminated();
            return waits;
        } finally {
            lock.unlock();
        }
    }

    boolean isWaiting(Runnable task) {
        lock.lock();
        try {
            return waiting.contains(task);
        } finally {
            lock.unlock();
        }
    }

    void forget(Runnable task) {
        lock.lock();
        try {
            waiting.remove(task);
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
    }

    private void signalIfTerminated() {
        if (shutdown && running == 0 && waiting.isEmpty()) {
            terminated.signalAll();
        }
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return new LoopTask<>(this, java.util.concurrent.Executors.callable(runnable, value), now(), 0);
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return new LoopTask<>(this, callable, now(), 0);
    }

    // ---- schedules
    // ---------------------------------------------------------------------------------------------------

    private <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, long period, TimeUnit unit) {
        // halved, so that the difference of two due times does not overflow
        long nanos = Math.min(Math.max(0, unit.toNanos(delay)), Long.MAX_VALUE / 2);
        LoopTask<V> task = new LoopTask<>(this, callable, now() + nanos, period);
        accept(task, task::arrived);
        return task;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return schedule(java.util.concurrent.Executors.callable(command), delay, 0, unit);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return schedule(Objects.requireNonNull(callable, "callable"), delay, 0, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        return schedule(java.util.concurrent.Executors.callable(command), initialDelay, positive(period, unit), unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        return schedule(java.util.concurrent.Executors.callable(command), initialDelay, -positive(delay, unit), unit);
    }

    private static long positive(long period, TimeUnit unit) {
        if (period <= 0) {
            throw new IllegalArgumentException("period " + period);
        }
        return Math.min(unit.toNanos(period), Long.MAX_VALUE / 2);
    }

    // ---- waiting for several
    // -----------------------------------------------------------------------------------------

    @Override
    public <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks) throws InterruptedException {
        checkMayWait();
        return super.invokeAll(tasks);
    }

    @Override
    public <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException {
        checkMayWait();
        return super.invokeAll(tasks, timeout, unit);
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks) throws InterruptedException, ExecutionException {
        try {
            return any(tasks, Long.MAX_VALUE);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return any(tasks, unit.toNanos(timeout));
    }

    /** The inherited one would interrupt the loop's thread. */
    private <T> T any(Collection<? extends Callable<T>> tasks, long timeoutNanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        checkMayWait();
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("no tasks");
        }
        long deadline = System.nanoTime() + Math.min(timeoutNanos, Long.MAX_VALUE / 2);
        LinkedBlockingQueue<Future<T>> ended = new LinkedBlockingQueue<>();
        List<Future<T>> futures = new ArrayList<>();
        try {
            for (Callable<T> task : tasks) {
                LoopTask<T> future = new LoopTask<>(this, Objects.requireNonNull(task, "task"), now(), 0);
                future.onDone(() -> ended.add(future));
                futures.add(future);
                execute(future);
            }
            ExecutionException last = null;
            for (int left = futures.size(); left > 0; left--) {
                Future<T> next = ended.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    throw new TimeoutException();
                }
                try {
                    return next.get();
                } catch (ExecutionException e) {
                    last = e;
                }
            }
            throw last;
        } finally {
            futures.forEach(future -> future.cancel(false));
        }
    }

    void checkMayWait() {
        if (loop.isLoopThread()) {
            throw new IllegalStateException("the loop's thread would wait for itself");
        }
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    @Override
    public void shutdown() {
        List<Runnable> periodic = new ArrayList<>();
        lock.lock();
        try {
            shutdown = true;
            waiting.stream()
                    .filter(task -> task instanceof LoopTask<?> loopTask && loopTask.isPeriodic())
                    .forEach(periodic::add);
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        periodic.forEach(task -> ((LoopTask<?>) task).cancel(false));
    }

    @Override
    public List<Runnable> shutdownNow() {
        List<Runnable> never = new ArrayList<>();
        lock.lock();
        try {
            shutdown = true;
            waiting.forEach(task -> never.add(task instanceof Plain plain ? plain.command : task));
            waiting.clear();
            signalIfTerminated();
        } finally {
            lock.unlock();
        }
        for (Runnable task : never) {
            if (task instanceof LoopTask<?> loopTask) {
                loopTask.disarm();
            }
        }
        return never;
    }

    @Override
    public boolean isShutdown() {
        lock.lock();
        try {
            return shutdown;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isTerminated() {
        lock.lock();
        try {
            return shutdown && running == 0 && waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        if (isTerminated()) {
            return true;
        }
        checkMayWait();
        long left = unit.toNanos(timeout);
        lock.lockInterruptibly();
        try {
            while (!(shutdown && running == 0 && waiting.isEmpty())) {
                if (left <= 0) {
                    return false;
                }
                left = terminated.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
