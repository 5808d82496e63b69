package dev.torus.tools.server;

import java.util.Arrays;

/** Numbers in a row, taken from either end, without an object for each; it grows. One thread. */
final class IntDeque {
    private int[] ring = new int[16];
    private int first;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void addLast(int number) {
        if (size == ring.length) {
            int[] larger = Arrays.copyOf(ring, 2 * size);
            // what had wrapped around follows the rest
            System.arraycopy(ring, 0, larger, size, first);
            ring = larger;
        }
        ring[at(size++)] = number;
    }

    /** The deque must not be empty. */
    int removeFirst() {
        int number = ring[first];
        first = at(1);
        size--;
        return number;
    }

    /** The deque must not be empty. */
    int removeLast() {
        return ring[at(--size)];
    }

    private int at(int place) {
        return first + place & ring.length - 1;
    }
}
