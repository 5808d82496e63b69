package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The operations that have not been delivered yet, one slot each, as columns of primitives. A slot's generation goes up
 * when it is freed; it stands in user_data, so a late completion cannot meet the wrong operation.
 */
final class OpTable {
    static final int NONE = -1;

    /** States of a slot. */
    static final byte FREE = 0;
    /** Waits in its handle's queue for the one before. */
    static final byte HELD = 1;
    /** With the backend. */
    static final byte SUBMITTED = 2;
    /** With the worker pool. */
    static final byte POOLED = 3;
    /** Ended; its completion waits in the ready list. */
    static final byte READY = 4;

    /** Marks of a slot. */
    static final byte CANCEL_ASKED = 1;

    static final byte TIMED_OUT = 2;
    static final byte LENT_SHARED = 4;
    static final byte LENT_EXCLUSIVE = 8;
    static final byte GROUP_SEND = 16;
    /** A zero-copy send whose bytes are queued; the notification that gives its buffer back is still to come. */
    static final byte QUEUED = 32;
    /** A queued zero-copy send whose handle was closed: its completion does not wait for the notification any more. */
    static final byte DETACHED = 64;
    /** The notification of a detached one came before its completion was delivered. */
    static final byte NOTIFIED = (byte) 128;

    private static final int CHUNK_SHIFT = 8;
    private static final int CHUNK_SLOTS = 1 << CHUNK_SHIFT;
    /** Scratch of a slot: a held submission entry (64), msghdr (56, padded to 64), iovec (16, padded), sockaddr (128). */
    static final int SCRATCH_BYTES = 288;

    static final int SCRATCH_ENTRY = 0;
    static final int SCRATCH_MSGHDR = 64;
    static final int SCRATCH_IOVEC = 128;
    static final int SCRATCH_SOCKADDR = 160;

    static final int SLOT_BITS = 24;
    /** One less than the slot number of {@link #USER_DATA_INTERNAL}. */
    private static final int MAX_SLOTS = (1 << SLOT_BITS) - 2;

    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;
    private static final int OPCODE_SHIFT = 56;

    private final int limit;
    private final Registrar registrar;

    long[] token;
    int[] generation;
    byte[] opcode;
    byte[] state;
    byte[] marks;
    /** Index of the handle, or NONE. */
    int[] handle;
    /** List of the handle the slot is in, see {@link HandleTable}. */
    byte[] side;

    int[] next;
    int[] previous;
    /** IoBuffer, BufferGroup or PoolTask. */
    Object[] attachment;
    /** Provided-buffer id of a send out of a group; index of the handle of a close; result of a queued zero-copy send. */
    int[] bufferId;
    /** Place in the deadline heap, or NONE. */
    int[] heapIndex;

    private int[] free;
    private int freeCount;
    private int used;
    private final List<ByteBuffer> scratch = new ArrayList<>();
    private long[] scratchBase = new long[0];

    /** Registers scratch memory with the backend. */
    interface Registrar {
        long register(ByteBuffer direct);
    }

    OpTable(int initial, int limit, Registrar registrar) {
        this.limit = limit;
        this.registrar = registrar;
        int size = Math.min(initial, limit);
        token = new long[size];
        generation = new int[size];
        opcode = new byte[size];
        state = new byte[size];
        marks = new byte[size];
        handle = new int[size];
        side = new byte[size];
        next = new int[size];
        previous = new int[size];
        attachment = new Object[size];
        bufferId = new int[size];
        heapIndex = new int[size];
        free = new int[size];
        addFree(0, size);
    }

    private void addFree(int from, int to) {
        for (int slot = to - 1; slot >= from; slot--) {
            free[freeCount++] = slot;
        }
    }

    int used() {
        return used;
    }

    int capacity() {
        return state.length;
    }

    /** A slot for an operation that is not in any list yet; throws at the high watermark, before anything changed. */
    int take(int op, long userToken) {
        // what ends other operations must be possible when the watermark is reached: closes are bounded by the handles
        int most = op == RingAbi.OP_CLOSE ? MAX_SLOTS : op == RingAbi.OP_ASYNC_CANCEL ? 2 * limit : limit;
        if (used >= most) {
            throw new PendingLimitException("high watermark reached: " + used + " pending operations (maxPending)");
        }
        if (freeCount == 0) {
            grow();
        }
        int slot = free[--freeCount];
        used++;
        token[slot] = userToken;
        opcode[slot] = (byte) op;
        marks[slot] = 0;
        handle[slot] = NONE;
        heapIndex[slot] = NONE;
        return slot;
    }

    void release(int slot) {
        state[slot] = FREE;
        generation[slot]++;
        attachment[slot] = null;
        free[freeCount++] = slot;
        used--;
    }

    private void grow() {
        int size = state.length;
        int larger = Math.min(MAX_SLOTS, size * 2);
        token = Arrays.copyOf(token, larger);
        generation = Arrays.copyOf(generation, larger);
        opcode = Arrays.copyOf(opcode, larger);
        state = Arrays.copyOf(state, larger);
        marks = Arrays.copyOf(marks, larger);
        handle = Arrays.copyOf(handle, larger);
        side = Arrays.copyOf(side, larger);
        next = Arrays.copyOf(next, larger);
        previous = Arrays.copyOf(previous, larger);
        attachment = Arrays.copyOf(attachment, larger);
        bufferId = Arrays.copyOf(bufferId, larger);
        heapIndex = Arrays.copyOf(heapIndex, larger);
        free = Arrays.copyOf(free, larger);
        addFree(size, larger);
    }

    long userData(int slot) {
        return ((long) opcode[slot] << OPCODE_SHIFT) | operation(slot);
    }

    /** What the user holds: generation and slot. */
    long operation(int slot) {
        return ((generation[slot] & 0xFFFF_FFFFL) << SLOT_BITS) | slot;
    }

    /** The slot of a live operation (or user_data of one), or NONE. */
    int find(long operationOrUserData) {
        int slot = (int) operationOrUserData & SLOT_MASK;
        if (slot >= state.length
                || state[slot] == FREE
                || generation[slot] != (int) (operationOrUserData >>> SLOT_BITS)) {
            return NONE;
        }
        return slot;
    }

    boolean isMarked(int slot, byte mark) {
        return (marks[slot] & mark) != 0;
    }

    void mark(int slot, byte mark) {
        marks[slot] |= mark;
    }

    /** Registered memory that holds the scratch of a slot at {@link #scratchOffset}. */
    ByteBuffer scratch(int slot) {
        int chunk = slot >>> CHUNK_SHIFT;
        while (scratch.size() <= chunk) {
            scratch.add(null);
        }
        ByteBuffer memory = scratch.get(chunk);
        if (memory == null) {
            memory = ByteBuffer.allocateDirect(CHUNK_SLOTS * SCRATCH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            scratch.set(chunk, memory);
            scratchBase = Arrays.copyOf(scratchBase, Math.max(scratchBase.length, chunk + 1));
            scratchBase[chunk] = registrar.register(memory);
        }
        return memory;
    }

    static int scratchOffset(int slot) {
        return (slot & (CHUNK_SLOTS - 1)) * SCRATCH_BYTES;
    }

    /** Address of a slot's scratch; {@link #scratch} was called for it. */
    long scratchAddress(int slot) {
        return scratchBase[slot >>> CHUNK_SHIFT] + scratchOffset(slot);
    }

    static int opcodeOf(long userData) {
        return (int) (userData >>> OPCODE_SHIFT);
    }

    /** Shared by all: user_data of entries whose completion nobody waits for. */
    static final long USER_DATA_INTERNAL =
            ((long) RingAbi.OP_ASYNC_CANCEL << OPCODE_SHIFT) | ((1L << OPCODE_SHIFT) - 1);
}
