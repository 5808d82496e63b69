package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The producer's side of the submission ring: entries are written plainly, the tail is published with release just before
 * the backend is entered.
 */
final class SubmissionQueue {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer ring;
    private final ByteBuffer entries;
    private final int headOffset;
    private final int tailOffset;
    private final int arrayOffset;
    private final int mask;
    private int tail;
    /** The head when it was last read: read again only when the ring looks full. */
    private int headSeen;

    SubmissionQueue(Rings rings) {
        this.ring = rings.sqRing().order(ByteOrder.LITTLE_ENDIAN);
        this.entries = rings.entries().order(ByteOrder.LITTLE_ENDIAN);
        this.headOffset = rings.sqHead();
        this.tailOffset = rings.sqTail();
        this.arrayOffset = rings.sqArray();
        this.mask = rings.sqEntries() - 1;
        this.tail = (int) INT.getAcquire(ring, tailOffset);
        this.headSeen = (int) INT.getAcquire(ring, headOffset);
        if (arrayOffset >= 0) {
            for (int i = 0; i <= mask; i++) {
                ring.putInt(arrayOffset + Integer.BYTES * i, i);
            }
        }
    }

    ByteBuffer entries() {
        return entries;
    }

    boolean isFull() {
        if (tail - headSeen <= mask) {
            return false;
        }
        // acquire: pairs with the backend's release of the head; the entry may be overwritten only after it was
        // consumed
        headSeen = (int) INT.getAcquire(ring, headOffset);
        return tail - headSeen > mask;
    }

    /** Offset of the next free entry, which now counts as queued; the caller has checked {@link #isFull}. */
    int next() {
        int offset = (tail & mask) * RingAbi.SQE_BYTES;
        tail++;
        return offset;
    }

    /** Makes all queued entries visible; the number that the backend has not consumed yet. */
    int publish() {
        // release: pairs with the backend's acquire of the tail; entries become visible before it
        INT.setRelease(ring, tailOffset, tail);
        return tail - (int) INT.getAcquire(ring, headOffset);
    }

    /**
     * Writes one entry; fields that an operation does not use are zero. What comes after the buffer group is used by none: it is
     * zero from the start, as all memory that rings and scratch are made of.
     */
    static void write(
            ByteBuffer entries,
            int at,
            int opcodeFlagsPriority,
            int fd,
            long off,
            long address,
            int length,
            int opFlags,
            long userData,
            int bufferGroup) {
        entries.putLong(at, (opcodeFlagsPriority & 0xFFFF_FFFFL) | ((long) fd << 32));
        entries.putLong(at + RingAbi.SQE_OFF, off);
        entries.putLong(at + RingAbi.SQE_ADDR, address);
        entries.putLong(at + RingAbi.SQE_LEN, (length & 0xFFFF_FFFFL) | ((long) opFlags << 32));
        entries.putLong(at + RingAbi.SQE_USER_DATA, userData);
        entries.putLong(at + RingAbi.SQE_BUF_GROUP, bufferGroup);
    }

    /** Copies an entry that was written elsewhere. */
    static void copy(ByteBuffer from, int fromAt, ByteBuffer to, int toAt) {
        for (int i = 0; i < RingAbi.SQE_BYTES; i += Long.BYTES) {
            to.putLong(toAt + i, from.getLong(fromAt + i));
        }
    }
}
