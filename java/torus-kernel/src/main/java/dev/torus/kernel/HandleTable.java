package dev.torus.kernel;

import java.util.Arrays;

/**
 * Open handles, as columns. A handle is {@code generation << 32 | index}, never negative; the generation goes up when the
 * handle is freed, so a stale handle is noticed although the operating system gives descriptor numbers out again at once.
 *
 * <p>Each handle has three lists of operations: the read side and the write side, of which only the first operation is
 * with the backend, and those that need no order.
 */
final class HandleTable {
    static final byte READ_SIDE = 0;
    static final byte WRITE_SIDE = 1;
    static final byte UNORDERED = 2;
    private static final int SIDES = 3;

    static final byte FREE = 0;
    static final byte OPEN = 1;
    static final byte CLOSING = 2;

    static final byte SOCKET = 0;
    static final byte FILE = 1;

    private static final int GENERATION_MASK = 0x7FFF_FFFF;

    private final int limit;

    int[] fd;
    int[] generation;
    byte[] state;
    byte[] kind;
    /** It takes connections. */
    boolean[] listening;
    /** Family of a socket that was made here, or null. */
    AddressFamily[] family;
    /** Slot of the close operation, or NONE. */
    int[] closeSlot;

    /** First operation of each list, or NONE. */
    private int[] head;
    /** Last operation of each list that has one. */
    private int[] tail;

    private int[] nextFree;
    private int firstFree = OpTable.NONE;
    private int lastFree = OpTable.NONE;
    private int open;

    HandleTable(int initial, int limit) {
        this.limit = limit;
        int size = Math.min(initial, limit);
        fd = new int[0];
        generation = new int[0];
        state = new byte[0];
        kind = new byte[0];
        listening = new boolean[0];
        family = new AddressFamily[0];
        closeSlot = new int[0];
        head = new int[0];
        tail = new int[0];
        nextFree = new int[0];
        resize(size);
    }

    private void resize(int size) {
        int old = fd.length;
        fd = Arrays.copyOf(fd, size);
        generation = Arrays.copyOf(generation, size);
        state = Arrays.copyOf(state, size);
        kind = Arrays.copyOf(kind, size);
        listening = Arrays.copyOf(listening, size);
        family = Arrays.copyOf(family, size);
        closeSlot = Arrays.copyOf(closeSlot, size);
        head = Arrays.copyOf(head, size * SIDES);
        tail = Arrays.copyOf(tail, size * SIDES);
        nextFree = Arrays.copyOf(nextFree, size);
        Arrays.fill(head, old * SIDES, size * SIDES, OpTable.NONE);
        for (int index = old; index < size; index++) {
            addFree(index);
        }
    }

    private void addFree(int index) {
        nextFree[index] = OpTable.NONE;
        if (lastFree == OpTable.NONE) {
            firstFree = index;
        } else {
            nextFree[lastFree] = index;
        }
        lastFree = index;
    }

    int open() {
        return open;
    }

    int capacity() {
        return fd.length;
    }

    /** A handle for a descriptor, or -1 when the limit is reached. First freed, first used: a generation lasts longest. */
    long allocate(int descriptor, byte handleKind) {
        if (firstFree == OpTable.NONE) {
            if (fd.length >= limit) {
                return -1;
            }
            resize(Math.min(limit, fd.length * 2));
        }
        int index = firstFree;
        firstFree = nextFree[index];
        if (firstFree == OpTable.NONE) {
            lastFree = OpTable.NONE;
        }
        fd[index] = descriptor;
        state[index] = OPEN;
        kind[index] = handleKind;
        listening[index] = false;
        family[index] = null;
        closeSlot[index] = OpTable.NONE;
        open++;
        return handleOf(index);
    }

    void free(int index) {
        state[index] = FREE;
        generation[index] = (generation[index] + 1) & GENERATION_MASK;
        addFree(index);
        open--;
    }

    long handleOf(int index) {
        return ((long) generation[index] << 32) | index;
    }

    /** Index of a handle that is open or closing, or NONE. */
    int find(long handle) {
        int index = (int) handle;
        if (index < 0 || index >= fd.length || state[index] == FREE || generation[index] != (int) (handle >>> 32)) {
            return OpTable.NONE;
        }
        return index;
    }

    /** Index of a handle that is open and not closing, or NONE. */
    int findOpen(long handle) {
        int index = find(handle);
        return index != OpTable.NONE && state[index] == OPEN ? index : OpTable.NONE;
    }

    int head(int index, int side) {
        return head[index * SIDES + side];
    }

    boolean hasOperations(int index) {
        int at = index * SIDES;
        // none of them is negative but NONE, which is all ones
        return (head[at] & head[at + 1] & head[at + 2]) != OpTable.NONE;
    }

    /** Puts an operation at the end of a list; whether it is the first there. */
    boolean append(OpTable ops, int slot, int index, byte side) {
        int at = index * SIDES + side;
        ops.handle[slot] = index;
        ops.side[slot] = side;
        if (head[at] == OpTable.NONE) {
            head[at] = slot;
            tail[at] = slot;
            return true;
        }
        int last = tail[at];
        ops.next[last] = slot;
        ops.previous[slot] = last;
        tail[at] = slot;
        return false;
    }

    /** Takes an operation out of its list; the first that is left there, or NONE. */
    int unlink(OpTable ops, int slot) {
        int at = ops.handle[slot] * SIDES + ops.side[slot];
        ops.handle[slot] = OpTable.NONE;
        int before = ops.previous[slot];
        int after = ops.next[slot];
        if (before == OpTable.NONE) {
            head[at] = after;
        } else {
            ops.next[before] = after;
            ops.previous[slot] = OpTable.NONE;
        }
        if (after == OpTable.NONE) {
            tail[at] = before;
        } else {
            ops.previous[after] = before;
            ops.next[slot] = OpTable.NONE;
        }
        return head[at];
    }
}
