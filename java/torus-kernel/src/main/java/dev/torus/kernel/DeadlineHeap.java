package dev.torus.kernel;

import java.util.Arrays;

/**
 * Deadlines of operations: a binary heap keyed by (deadline, order of arming), so that equal deadlines pass in the order in
 * which they were set. The place of each slot is kept in {@link OpTable#heapIndex}, so that removing costs O(log n).
 */
final class DeadlineHeap {
    private final OpTable ops;
    private int[] slots = new int[64];
    private long[] deadlines = new long[64];
    private long[] sequences = new long[64];
    private int size;
    private long sequence;

    DeadlineHeap(OpTable ops) {
        this.ops = ops;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Earliest deadline on the clock of {@link System#nanoTime}; the heap is not empty. */
    long earliest() {
        return deadlines[0];
    }

    int earliestSlot() {
        return slots[0];
    }

    void add(int slot, long deadlineNanos) {
        if (size == slots.length) {
            slots = Arrays.copyOf(slots, 2 * size);
            deadlines = Arrays.copyOf(deadlines, 2 * size);
            sequences = Arrays.copyOf(sequences, 2 * size);
        }
        set(size, slot, deadlineNanos, sequence++);
        up(size++);
    }

    void remove(int slot) {
        int at = ops.heapIndex[slot];
        if (at == OpTable.NONE) {
            return;
        }
        ops.heapIndex[slot] = OpTable.NONE;
        size--;
        if (at != size) {
            int moved = slots[size];
            set(at, moved, deadlines[size], sequences[size]);
            up(at);
            down(ops.heapIndex[moved]);
        }
    }

    private void set(int at, int slot, long deadline, long order) {
        slots[at] = slot;
        deadlines[at] = deadline;
        sequences[at] = order;
        ops.heapIndex[slot] = at;
    }

    private boolean less(int a, int b) {
        // nanoTime may wrap: compare differences
        long difference = deadlines[a] - deadlines[b];
        return difference < 0 || (difference == 0 && sequences[a] < sequences[b]);
    }

    private void swap(int a, int b) {
        int slot = slots[a];
        long deadline = deadlines[a];
        long order = sequences[a];
        set(a, slots[b], deadlines[b], sequences[b]);
        set(b, slot, deadline, order);
    }

    private void up(int start) {
        int at = start;
        while (at > 0 && less(at, (at - 1) / 2)) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void down(int start) {
        int at = start;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && less(child + 1, child)) {
                child++;
            }
            if (!less(child, at)) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }
}
