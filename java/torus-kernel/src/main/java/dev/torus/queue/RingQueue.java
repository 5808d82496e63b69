package dev.torus.queue;

import java.util.function.Consumer;

/**
 * A bounded first-in-first-out queue in a ring of slots, without locks. One thread, the consumer, takes; who may offer is said by the
 * implementation. Elements of one producer keep their order. No method allocates.
 *
 * <p>What a producer did before it offered an element is seen by the consumer that takes it.
 */
public interface RingQueue<E> {
    /**
     * Producer: adds an element at the end.
     *
     * @return false if the queue is full; nothing was added
     */
    boolean offer(E element);

    /** Consumer: takes the first element, null if there is none, or if its producer has claimed its slot but not filled it yet. */
    E poll();

    /**
     * Consumer: takes up to {@code limit} elements. Producers see the room at the end at the latest. If {@code consumer} throws, the element it was given is
     * taken, the rest stays, and the exception leaves this method.
     *
     * @return how many were taken
     */
    int drain(Consumer<? super E> consumer, int limit);

    /** Any thread: whether nothing is in it or about to be; true only if every offer that returned before was taken. */
    boolean isEmpty();

    /** Any thread: how many elements, as good as a number can be that others change; from 0 to the capacity. */
    int size();

    /** How many elements fit: a power of two. */
    int capacity();
}
