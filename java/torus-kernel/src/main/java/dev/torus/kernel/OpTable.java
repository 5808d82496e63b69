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

    /** Marks of a slot; none at all: no deadline, no attachment, nothing lent. */
    static final int CANCEL_ASKED = 1;

    static final int TIMED_OUT = 2;
    static final int LENT_SHARED = 4;
    static final int LENT_EXCLUSIVE = 8;
    static final int GROUP_SEND = 16;
    static final int ATTACHED = 32;
    static final int DEADLINE = 64;
    /** A zero-copy send whose bytes are queued; the notification that gives its buffer back is still to come. */
    static final int QUEUED = 128;
    /** A queued zero-copy send whose handle was closed: its completion does not wait for the notification any more. */
    static final int DETACHED = 256;
    /** The notification of a detached one came before its completion was delivered. */
    static final int NOTIFIED = 512;

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

    /*
     * What is known of a slot in one word, because each column costs a load and a check of its bounds:
     * opcode (8 bits), generation (32), state (8), marks (16). The upper 40 bits stand in user_data as they are.
     */
    private static final long GENERATION_ONE = 1L << SLOT_BITS;
    private static final long OPCODE_MASK = -1L << OPCODE_SHIFT;
    private static final long GENERATION_MASK = ~OPCODE_MASK & -1L << SLOT_BITS;
    private static final int STATE_SHIFT = 16;
    private static final long STATE_MASK = 0xffL << STATE_SHIFT;
    private static final long MARKS_MASK = 0xffff;

    private final int limit;
    private final Registrar registrar;

    long[] token;
    private long[] word;
    /** Index of the handle, or NONE, as for every free slot. */
    int[] handle;
    /** List of the handle the slot is in, see {@link HandleTable}. */
    byte[] side;

    /** Neighbours in that list, or NONE, as for every slot that is in none. */
    int[] next;

    int[] previous;
    /** IoBuffer, BufferGroup or PoolTask, by {@link #attach}. */
    Object[] attachment;
    /** Provided-buffer id of a send out of a group; index of the handle of a close; result of a queued zero-copy send. */
    int[] bufferId;
    /** Place in the deadline heap, or NONE, as for every free slot. */
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
        word = new long[size];
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
        Arrays.fill(handle, from, to, NONE);
        Arrays.fill(next, from, to, NONE);
        Arrays.fill(previous, from, to, NONE);
        Arrays.fill(heapIndex, from, to, NONE);
    }

    int used() {
        return used;
    }

    int capacity() {
        return word.length;
    }

    /** A slot for an operation that is held and not in any list yet; throws at the high watermark, before anything changed. */
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
        // a free slot's word is its generation and nothing else
        word[slot] |= ((long) op << OPCODE_SHIFT) | ((long) HELD << STATE_SHIFT);
        return slot;
    }

    /** Frees a slot that is in no list and in no heap any more. */
    void release(int slot) {
        long known = word[slot];
        word[slot] = (known + GENERATION_ONE) & GENERATION_MASK;
        if ((known & MARKS_MASK) != 0) {
            attachment[slot] = null;
        }
        free[freeCount++] = slot;
        used--;
    }

    private void grow() {
        int size = word.length;
        int larger = Math.min(MAX_SLOTS, size * 2);
        token = Arrays.copyOf(token, larger);
        word = Arrays.copyOf(word, larger);
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

    /** What the ring holds: opcode, generation and slot. */
    long userData(int slot) {
        return (word[slot] & (OPCODE_MASK | GENERATION_MASK)) | slot;
    }

    /** What the user holds: generation and slot. */
    long operation(int slot) {
        return (word[slot] & GENERATION_MASK) | slot;
    }

    /** The slot of a live operation (or user_data of one), or NONE. */
    int find(long operationOrUserData) {
        int slot = (int) operationOrUserData & SLOT_MASK;
        if (slot >= word.length) {
            return NONE;
        }
        long known = word[slot];
        return (known & STATE_MASK) == 0 || ((known ^ operationOrUserData) & GENERATION_MASK) != 0 ? NONE : slot;
    }

    int opcode(int slot) {
        return (int) (word[slot] >>> OPCODE_SHIFT);
    }

    void opcode(int slot, int op) {
        word[slot] = (word[slot] & ~OPCODE_MASK) | ((long) op << OPCODE_SHIFT);
    }

    byte state(int slot) {
        return (byte) (word[slot] >>> STATE_SHIFT);
    }

    void state(int slot, byte state) {
        word[slot] = (word[slot] & ~STATE_MASK) | ((long) state << STATE_SHIFT);
    }

    void attach(int slot, Object object) {
        attach(slot, object, 0);
    }

    /** The same with further marks. */
    void attach(int slot, Object object, int marks) {
        attachment[slot] = object;
        mark(slot, ATTACHED | marks);
    }

    int marks(int slot) {
        return (int) (word[slot] & MARKS_MASK);
    }

    boolean isMarked(int slot, int mark) {
        return (word[slot] & mark) != 0;
    }

    void mark(int slot, int mark) {
        word[slot] |= mark;
    }

    void unmark(int slot, int mark) {
        word[slot] &= ~(long) mark;
    }

    /** An operation that does nothing, and that has nothing to be undone. */
    boolean isPlainNop(int slot) {
        return (word[slot] & (OPCODE_MASK | MARKS_MASK)) == (long) RingAbi.OP_NOP << OPCODE_SHIFT;
    }

    /** A send out of a buffer group that nobody has asked to end and that has no deadline. */
    boolean isPlainGroupSend(int slot) {
        return (word[slot] & (OPCODE_MASK | MARKS_MASK))
                == ((long) RingAbi.OP_SEND << OPCODE_SHIFT | GROUP_SEND | ATTACHED);
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
