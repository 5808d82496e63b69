package dev.torus.queue;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Who waits for room in a full queue: threads, and callbacks. They take a lock, which is no loss to them; the owner takes it
 * only when somebody waits.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // all updates are made with the lock held
final class RoomWaiters {
    private final int maxCallbacks;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();

    /** Threads and callbacks; written with the lock held, read by the owner without. */
    private volatile int waiting;

    private volatile int waitingCallbacks;

    /** The queue's head when they were last told; the owner's alone. */
    private long toldAt;

    RoomWaiters(int maxCallbacks) {
        this.maxCallbacks = maxCallbacks;
    }

    /** Waits until {@code offer} succeeds, which is tried whenever there is room; false if it does not in time. */
    boolean await(BooleanSupplier offer, long timeoutNanos) throws InterruptedException {
        long left = timeoutNanos;
        lock.lockInterruptibly();
        try {
            waiting++;
            announced();
            try {
                // signalled only with the lock held, that is, not between a look at the queue and the wait
                while (!offer.getAsBoolean()) {
                    if (left <= 0) {
                        return false;
                    }
                    left = room.awaitNanos(left);
                }
                return true;
            } finally {
                waiting--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps a callback for the next {@link #tell}. */
    void add(Runnable callback) {
        lock.lock();
        try {
            if (callbacks.size() == maxCallbacks) {
                throw new RejectedExecutionException(
                        "the queue is full, and " + maxCallbacks + " callbacks wait for room");
            }
            callbacks.add(callback);
            waitingCallbacks++;
            waiting++;
            announced();
        } finally {
            lock.unlock();
        }
    }

    /** Between having said that one waits and the next look at the queue; partner: fullFence in tell. */
    private static void announced() {
        VarHandle.fullFence();
    }

    /** Any thread: whether a callback waits. Threads need no more than that their room is told. */
    boolean hasCallbacks() {
        return waitingCallbacks != 0;
    }

    /** Owner: whether somebody is known to wait, without the fence that {@link #tell} has: may be late to say so. */
    boolean areSeen() {
        return waiting != 0;
    }

    /**
     * Owner, after it may have made room. Callbacks that are added meanwhile wait for the next time.
     *
     * @param head the queue's: who did not see it before the last call was seen by that call, so that the fence is for a new
     *     one only
     */
    void tell(long head) {
        if (head != toldAt) {
            toldAt = head;
            // Between the queue's head and the look at who waits; partner: announced. One of the two sees the
            // other.
            VarHandle.fullFence();
        }
        if (areSeen()) {
            tellAll();
        }
    }

    private void tellAll() {
        Runnable[] called;
        lock.lock();
        try {
            room.signalAll();
            called = callbacks.toArray(new Runnable[0]);
            callbacks.clear();
            waiting -= waitingCallbacks;
            waitingCallbacks = 0;
        } finally {
            lock.unlock();
        }
        runAll(called);
    }

    /** Each is called, whatever the others throw. */
    private static void runAll(Runnable[] callbacks) {
        RuntimeException first = null;
        for (Runnable callback : callbacks) {
            try {
                callback.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
