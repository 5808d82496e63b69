package dev.torus.kernel;

import dev.torus.queue.MpscRingQueue;
import dev.torus.queue.WakeSignal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one pool for work that may block: files, name lookups, cryptography. First in, first out; tasks of the slow lane use at
 * most half of the workers. Results go into a queue that is drained by the owner; the queue has room for every accepted task, so
 * none is lost.
 */
final class WorkerPool {
    /** One accepted task. */
    static final class Task {
        final BlockingTask work;
        final long operation;
        final WorkerLane lane;
        /** Keeps a lent buffer reachable while a worker uses its address. */
        final IoBuffer buffer;

        long result;
        String failure;
        /** Who did it and when; null and 0 if nobody measured. */
        String worker;

        long beganNanos;
        long endedNanos;
        private boolean measured;
        private long sequence;
        private boolean started;

        Task(BlockingTask work, long operation, WorkerLane lane, IoBuffer buffer) {
            this.work = work;
            this.operation = operation;
            this.lane = lane;
            this.buffer = buffer;
        }
    }

    private final int maxWorkers;
    private final int maxSlow;
    private final int maxQueued;
    private final MpscRingQueue<Task> results;
    private final WakeSignal signal;
    private final Runnable wakeup;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final ArrayDeque<Task> general = new ArrayDeque<>();
    private final ArrayDeque<Task> slow = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private int idle;
    private int slowRunning;
    private int unfinished;
    private long sequence;
    private boolean measures;
    private boolean closed;

    WorkerPool(int workers, int maxQueued, WakeSignal signal, Runnable wakeup) {
        this.maxWorkers = workers;
        this.maxSlow = (workers + 1) / 2;
        this.maxQueued = maxQueued;
        this.signal = signal;
        this.wakeup = wakeup;
        this.results = new MpscRingQueue<>(Math.max(2, maxQueued + workers));
    }

    MpscRingQueue<Task> results() {
        return results;
    }

    /** Accepts a task; false when too many wait. A task counts until its result was taken by {@link #taken}. */
    boolean submit(Task task) {
        lock.lock();
        try {
            if (closed || unfinished >= maxQueued + maxWorkers || general.size() + slow.size() >= maxQueued) {
                return false;
            }
            unfinished++;
            task.sequence = sequence++;
            task.measured = measures;
            (task.lane == WorkerLane.SLOW ? slow : general).add(task);
            if (idle > 0) {
                work.signal();
            } else if (threads.size() < maxWorkers) {
                Thread thread = new Thread(this::loop, "torus-worker-" + threads.size());
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether tasks that are accepted from now on keep the time. */
    void measure(boolean on) {
        lock.lock();
        try {
            measures = on;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a task back that no worker has begun; false if it is too late. */
    boolean cancel(Task task) {
        lock.lock();
        try {
            if (task.started || !(task.lane == WorkerLane.SLOW ? slow : general).remove(task)) {
                return false;
            }
            unfinished--;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The owner has taken one result out of the queue. */
    void taken() {
        lock.lock();
        try {
            unfinished--;
        } finally {
            lock.unlock();
        }
    }

    /** The task that came first among those that may run now. */
    private Task poll() {
        Task first = general.peek();
        Task firstSlow = slowRunning < maxSlow ? slow.peek() : null;
        if (firstSlow != null && (first == null || firstSlow.sequence < first.sequence)) {
            slowRunning++;
            return slow.poll();
        }
        return general.poll();
    }

    private Task next() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                Task task = poll();
                if (task != null) {
                    task.started = true;
                    return task;
                }
                if (closed) {
                    return null;
                }
                idle++;
                try {
                    work.await();
                } finally {
                    idle--;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void finished(Task task) {
        if (task.lane == WorkerLane.SLOW) {
            lock.lock();
            try {
                slowRunning--;
                work.signal();
            } finally {
                lock.unlock();
            }
        }
        if (!results.offer(task)) {
            throw new AssertionError("the result queue has room for every accepted task");
        }
        if (signal.signal()) {
            wakeup.run();
        }
    }

    private void loop() {
        while (true) {
            Task task;
            try {
                task = next();
            } catch (InterruptedException e) {
                // an interrupt aimed at an earlier task; the pool ends through close() only
                continue;
            }
            if (task == null) {
                return;
            }
            if (task.measured) {
                task.worker = Thread.currentThread().getName();
                task.beganNanos = System.nanoTime();
            }
            try {
                task.result = task.work.run();
            } catch (Throwable e) {
                task.result = Errno.EIO.result();
                task.failure = e.toString();
            }
            if (task.measured) {
                task.endedNanos = System.nanoTime();
            }
            finished(task);
        }
    }

    /** Interrupts what runs, so that it ends soon if it can be interrupted; what waits still runs. */
    void interrupt() {
        lock.lock();
        try {
            threads.forEach(Thread::interrupt);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the workers: nothing new is accepted, what waits is dropped, what runs is interrupted and waited for.
     *
     * @return false if a worker still ran when the time was over
     */
    boolean close(long timeoutNanos) {
        List<Thread> ending;
        lock.lock();
        try {
            closed = true;
            general.clear();
            slow.clear();
            work.signalAll();
            ending = List.copyOf(threads);
        } finally {
            lock.unlock();
        }
        long deadline = System.nanoTime() + timeoutNanos;
        boolean interrupted = false;
        for (Thread thread : ending) {
            thread.interrupt();
            while (thread.isAlive()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                try {
                    TimeUnit.NANOSECONDS.timedJoin(thread, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ending.stream().noneMatch(Thread::isAlive);
    }
}
