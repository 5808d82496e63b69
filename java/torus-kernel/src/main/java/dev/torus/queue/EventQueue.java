package dev.torus.queue;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * The queue by which any thread hands events to one owner, who sleeps when there are none: an {@link MpscRingQueue} with the
 * {@link WakeSignal} that tells which producer must wake the owner, and three answers when it is full: no
 * ({@link #offer(Object)}), wait ({@link #offer(Object, long)}), or be called when there is room
 * ({@link #offer(Object, Runnable)}). Only the last two allocate, and only when it is full.
 */
// Is a ring and has none: behind a compare-and-set each further pointer to follow is waited for.
public final class EventQueue<E> extends MpscRingQueue<E> {
    private final RoomWaiters waiters;
    private final WakeSignal signal;
    private final Runnable wakeup;

    /**
     * An empty queue.
     *
     * @param capacity how many events must fit, 1 to 2^30; rounded up to a power of two
     * @param signal the owner's; several queues of one owner share it
     * @param wakeup ends the owner's sleep, also one that has not quite begun; called by producers
     */
    public EventQueue(int capacity, WakeSignal signal, Runnable wakeup) {
        super(capacity);
        this.waiters = new RoomWaiters(capacity());
        this.signal = Objects.requireNonNull(signal, "signal");
        this.wakeup = Objects.requireNonNull(wakeup, "wakeup");
    }

    /**
     * Any thread: adds an event and wakes the owner if it sleeps.
     *
     * @return false if the queue is full; nothing was added
     */
    @Override
    public boolean offer(E event) {
        if (!super.offer(event)) {
            return false;
        }
        wake();
        return true;
    }

    /**
     * Any thread but the owner: adds an event, and waits for room if there is none.
     *
     * @param timeoutNanos how long to wait; not positive: not at all
     * @return false if there was no room in time; nothing was added
     * @throws InterruptedException if the thread is interrupted while it waits; nothing was added
     */
    public boolean offer(E event, long timeoutNanos) throws InterruptedException {
        return offer(event) || timeoutNanos > 0 && waiters.await(() -> offer(event), timeoutNanos);
    }

    /**
     * Any thread: adds an event, or asks to be told when there is room again.
     *
     * @param whenRoom called once by the owner, from {@link #drain}, if this returns false; it may offer again. What it
     *     throws leaves that drain, after the other callbacks were called
     * @return false if the queue is full; nothing was added
     * @throws java.util.concurrent.RejectedExecutionException if as many callbacks wait already as events fit
     */
    public boolean offer(E event, Runnable whenRoom) {
        Objects.requireNonNull(whenRoom, "whenRoom");
        if (offer(event)) {
            return true;
        }
        waiters.add(whenRoom);
        // The owner may have made all its room before it could see the callback, and sleep by now.
        if (size() < capacity()) {
            wake();
        }
        return false;
    }

    private void wake() {
        if (signal.signal()) {
            wakeup.run();
        }
    }

    /**
     * Owner: takes up to {@code limit} events, then tells those who wait for room. If {@code consumer} throws, the event it
     * was given is taken, the rest stays, and the exception leaves this method.
     *
     * @return how many were taken
     */
    @Override
    public int drain(Consumer<? super E> consumer, int limit) {
        try {
            return super.drain(consumer, limit);
        } finally {
            waiters.tell(head);
        }
    }

    /**
     * Owner: takes one event. Who waits for room is told by the call that finds nothing at the latest, so go on until then, or end
     * with {@link #drain}.
     *
     * @return null if there is none
     */
    @Override
    public E poll() {
        E event = super.poll();
        if (event == null || waiters.areSeen()) {
            waiters.tell(head);
        }
        return event;
    }

    /** Any thread: whether there is nothing for {@link #drain} to do: no event, and no callback that waits for room. */
    @Override
    public boolean isEmpty() {
        return super.isEmpty() && !waiters.hasCallbacks();
    }
}
