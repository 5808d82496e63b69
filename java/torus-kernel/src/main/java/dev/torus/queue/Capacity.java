package dev.torus.queue;

/** Sizes of rings. */
final class Capacity {
    private static final int MAX = 1 << 30;

    private Capacity() {}

    /** The next power of two that is not below {@code atLeast}, and not below 2. */
    static int powerOfTwo(int atLeast) {
        if (atLeast < 1 || atLeast > MAX) {
            throw new IllegalArgumentException("capacity " + atLeast + " is not from 1 to " + MAX);
        }
        return atLeast <= 2 ? 2 : Integer.highestOneBit(atLeast - 1) << 1;
    }

    /** A difference of indices as a size; the two were not read at the same time. */
    static int clamp(long size, int capacity) {
        return (int) Math.max(0, Math.min(size, capacity));
    }
}
