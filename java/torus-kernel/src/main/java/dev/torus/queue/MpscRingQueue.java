package dev.torus.queue;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * A {@link RingQueue} for any number of producers.
 *
 * <p>A producer claims a slot by a compare-and-set of the tail, then fills it; the consumer takes a slot when it is filled,
 * empties it and moves the head. Producers look at the head only when the limit they know is used up, so that the head's
 * cache line stays with the consumer.
 */
public sealed class MpscRingQueue<E> extends MpscFields implements RingQueue<E> permits EventQueue {
    /** The consumer tells producers of room at least so often within a drain. */
    private static final int PUBLISH_MASK = 63;

    private final Object[] slots;
    private final int mask;

    /**
     * An empty queue.
     *
     * @param capacity how many elements must fit, 1 to 2^30; rounded up to a power of two
     */
    public MpscRingQueue(int capacity) {
        slots = new Object[Capacity.powerOfTwo(capacity)];
        mask = slots.length - 1;
        limit = slots.length;
    }

    /** By a mask of its own: the array's length would have to be fetched before the index is known. */
    private int index(long at) {
        return (int) at & mask;
    }

    @Override
    public boolean offer(E element) {
        Objects.requireNonNull(element, "element");
        Object[] slots = this.slots;
        long known = (long) LIMIT.getAcquire(this);
        long at;
        do {
            at = (long) TAIL.getVolatile(this);
            if (at >= known) {
                // acquire: a slot below the new limit has been emptied; partner: setRelease of HEAD
                known = (long) HEAD.getAcquire(this) + slots.length;
                if (at >= known) {
                    return false;
                }
                // release: who takes the limit from here has the same right to the slots; partner: getAcquire of LIMIT
                LIMIT.setRelease(this, known);
            }
        } while (!TAIL.compareAndSet(this, at, at + 1));
        // publishes the element; partner: getAcquire of the slot in poll and drain
        SLOT.setRelease(slots, index(at), element);
        return true;
    }

    @Override
    @SuppressWarnings("unchecked")
    public E poll() {
        Object[] slots = this.slots;
        long at = head;
        int index = index(at);
        E element = (E) SLOT.getAcquire(slots, index);
        if (element != null) {
            slots[index] = null;
            // the slot is empty before producers may claim it again; partner: getAcquire of HEAD in offer
            HEAD.setRelease(this, at + 1);
        }
        return element;
    }

    @Override
    @SuppressWarnings("unchecked")
    public int drain(Consumer<? super E> consumer, int limit) {
        Object[] slots = this.slots;
        long start = head;
        long at = start;
        try {
            while (at - start < limit) {
                int index = index(at);
                E element = (E) SLOT.getAcquire(slots, index);
                if (element == null) {
                    break;
                }
                slots[index] = null;
                at++;
                if ((at & PUBLISH_MASK) == 0) {
                    HEAD.setRelease(this, at);
                }
                consumer.accept(element);
            }
        } finally {
            HEAD.setRelease(this, at); // as in poll
        }
        return (int) (at - start);
    }

    @Override
    public boolean isEmpty() {
        // the head first: a tail that is read later is not behind it
        long first = (long) HEAD.getVolatile(this);
        return (long) TAIL.getVolatile(this) == first;
    }

    @Override
    public final int size() {
        long first = (long) HEAD.getVolatile(this);
        return Capacity.clamp((long) TAIL.getVolatile(this) - first, slots.length);
    }

    @Override
    public final int capacity() {
        return slots.length;
    }
}
