package dev.torus.queue;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/** Bounded multi-producer single-consumer queue. */
public final class MpscRingQueue<E> {
    private final AtomicReferenceArray<E> slots;
    private final int mask;
    private final AtomicLong tail = new AtomicLong();
    private final AtomicLong head = new AtomicLong();

    /** A queue for at least so many elements. */
    public MpscRingQueue(int capacity) {
        int size = Integer.highestOneBit(Math.max(2, capacity) - 1) << 1;
        slots = new AtomicReferenceArray<>(size);
        mask = size - 1;
    }

    /** Any thread; false when full. */
    public boolean offer(E e) {
        long at;
        do {
            at = tail.get();
            if (at - head.get() > mask) {
                return false;
            }
        } while (!tail.compareAndSet(at, at + 1));
        slots.setRelease((int) at & mask, e);
        return true;
    }

    /** Consumer; null when empty or the next element is not published yet. */
    public E poll() {
        long at = head.get();
        E e = slots.getAcquire((int) at & mask);
        if (e != null) {
            slots.setPlain((int) at & mask, null);
            head.setRelease(at + 1);
        }
        return e;
    }

    /** Consumer: up to {@code limit} elements; how many. */
    public int drain(Consumer<? super E> consumer, int limit) {
        int count = 0;
        for (E e; count < limit && (e = poll()) != null; count++) {
            consumer.accept(e);
        }
        return count;
    }

    /** Whether there is nothing, or was a moment ago. */
    public boolean isEmpty() {
        return tail.get() == head.get();
    }

    /** How many elements, roughly. */
    public int size() {
        return (int) (tail.get() - head.get());
    }

    /** How many elements fit. */
    public int capacity() {
        return mask + 1;
    }
}
