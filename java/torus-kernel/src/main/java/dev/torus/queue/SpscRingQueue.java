package dev.torus.queue;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A {@link RingQueue} for one producer: no compare-and-set, and neither side looks at the other's index. An empty slot is one
 * that may be filled, a filled one may be taken. The producer looks a quarter of the ring ahead: as the consumer empties slots in
 * order, an empty slot there means that all before it are empty, too.
 */
public final class SpscRingQueue<E> extends SpscFields implements RingQueue<E> {
    private final Object[] slots;
    private final int mask;
    private final int lookAhead;

    /**
     * An empty queue.
     *
     * @param capacity how many elements must fit, 1 to 2^30; rounded up to a power of two
     */
    public SpscRingQueue(int capacity) {
        slots = new Object[Capacity.powerOfTwo(capacity)];
        mask = slots.length - 1;
        lookAhead = slots.length / 4;
    }

    /** By a mask of its own: the array's length would have to be fetched before the index is known. */
    private int index(long at) {
        return (int) at & mask;
    }

    @Override
    public boolean offer(E element) {
        Objects.requireNonNull(element, "element");
        Object[] slots = this.slots;
        long at = tail;
        if (at >= limit && !mayFill(at)) {
            return false;
        }
        // before the element, so that an element which is there is counted; read by size and isEmpty only
        TAIL.setOpaque(this, at + 1);
        // publishes the element; partner: getAcquire of the slot in poll and drain
        SLOT.setRelease(slots, index(at), element);
        return true;
    }

    /** Whether the slot is empty; finds out for those after it as well, if it can. */
    private boolean mayFill(long at) {
        Object[] slots = this.slots;
        // acquire: the consumer has taken what was in the slot; partner: release in poll and drain
        if (SLOT.getAcquire(slots, index(at + lookAhead)) == null) {
            limit = at + lookAhead + 1;
            return true;
        }
        return SLOT.getAcquire(slots, index(at)) == null;
    }

    /** Gives an empty slot to the producer: a release write, without the check of the array's class that a handle makes. */
    private static void release(Object[] slots, int index) {
        // the element has been read before the slot is empty; partner: getAcquire of the slot in mayFill
        VarHandle.releaseFence();
        slots[index] = null;
    }

    @Override
    @SuppressWarnings("unchecked")
    public E poll() {
        Object[] slots = this.slots;
        long at = head;
        int index = index(at);
        E element = (E) SLOT.getAcquire(slots, index);
        if (element != null) {
            release(slots, index);
            HEAD.setOpaque(this, at + 1);
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
                release(slots, index);
                at++;
                consumer.accept(element);
            }
        } finally {
            HEAD.setOpaque(this, at);
        }
        return (int) (at - start);
    }

    @Override
    public boolean isEmpty() {
        long first = (long) HEAD.getVolatile(this);
        return (long) TAIL.getVolatile(this) == first;
    }

    @Override
    public int size() {
        long first = (long) HEAD.getVolatile(this);
        return Capacity.clamp((long) TAIL.getVolatile(this) - first, slots.length);
    }

    @Override
    public int capacity() {
        return slots.length;
    }
}
