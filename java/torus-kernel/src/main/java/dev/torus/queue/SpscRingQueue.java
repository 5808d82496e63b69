package dev.torus.queue;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * A {@link RingQueue} for one producer: no compare-and-set. Each side remembers the other's index and looks again only
 * when what it remembers says full or empty.
 */
public final class SpscRingQueue<E> extends SpscFields implements RingQueue<E> {
    private static final int PUBLISH_MASK = 63;

    private final Object[] slots;
    private final int mask;

    /**
     * An empty queue.
     *
     * @param capacity how many elements must fit, 1 to 2^30; rounded up to a power of two
     */
    public SpscRingQueue(int capacity) {
        slots = new Object[Capacity.powerOfTwo(capacity)];
        mask = slots.length - 1;
    }

    @Override
    public boolean offer(E element) {
        Objects.requireNonNull(element, "element");
        long at = tail;
        if (at - headSeen == slots.length) {
            // acquire: slots before it have been emptied; partner: setRelease of HEAD
            headSeen = (long) HEAD.getAcquire(this);
            if (at - headSeen == slots.length) {
                return false;
            }
        }
        slots[(int) at & mask] = element;
        // publishes the element; partner: getAcquire of TAIL in filled
        TAIL.setRelease(this, at + 1);
        return true;
    }

    /** Up to where slots are filled. */
    private long filled(long at) {
        if (at == tailSeen) {
            tailSeen = (long) TAIL.getAcquire(this);
        }
        return tailSeen;
    }

    @Override
    @SuppressWarnings("unchecked")
    public E poll() {
        long at = head;
        if (at == filled(at)) {
            return null;
        }
        int index = (int) at & mask;
        E element = (E) slots[index];
        slots[index] = null;
        HEAD.setRelease(this, at + 1);
        return element;
    }

    @Override
    @SuppressWarnings("unchecked")
    public int drain(Consumer<? super E> consumer, int limit) {
        long start = head;
        long at = start;
        try {
            while (at - start < limit && at != filled(at)) {
                int index = (int) at & mask;
                E element = (E) slots[index];
                slots[index] = null;
                at++;
                if ((at & PUBLISH_MASK) == 0) {
                    HEAD.setRelease(this, at);
                }
                consumer.accept(element);
            }
        } finally {
            HEAD.setRelease(this, at);
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
