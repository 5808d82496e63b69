package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The producer's side of the completion ring. What does not fit waits in an overflow list, in order, for the next
 * {@link #flush}: a full ring loses nothing.
 */
final class CompletionRing {
    private static final int FIRST_OVERFLOW = 64;

    private final ByteBuffer ring;
    private final int headOffset;
    private final int tailOffset;
    private final int firstEntry;
    private final int capacity;
    private int tail;
    /** The consumer's head as last seen: read again only when the ring looks full. */
    private int seenHead;

    /** A circular queue of pairs: user_data, then flags in the upper and the result in the lower half. */
    private long[] overflow = new long[2 * FIRST_OVERFLOW];

    private int overflowFirst;
    private int overflowCount;

    CompletionRing(Rings rings) {
        ring = rings.cqRing().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        headOffset = rings.cqHead();
        tailOffset = rings.cqTail();
        firstEntry = rings.cqEntriesOffset();
        capacity = rings.cqEntries();
    }

    /** Whether one more completion goes straight into the ring. */
    boolean hasRoom() {
        return overflowCount == 0 && ringHasRoom();
    }

    /** Whether the consumer finds nothing. */
    boolean isEmpty() {
        return tail == readHead() && overflowCount == 0;
    }

    /** Completions that wait outside the ring. */
    int overflowed() {
        return overflowCount;
    }

    void post(long userData, int result, int flags) {
        if (hasRoom()) {
            store(userData, result, flags);
        } else {
            keep(userData, (long) flags << 32 | result & 0xffffffffL);
        }
    }

    /** Moves what waited outside into the ring, as far as there is room. */
    void flush() {
        while (overflowCount > 0 && ringHasRoom()) {
            long outcome = overflow[2 * overflowFirst + 1];
            store(overflow[2 * overflowFirst], (int) outcome, (int) (outcome >>> 32));
            overflowFirst = overflowFirst + 1 & overflow.length / 2 - 1;
            overflowCount--;
        }
    }

    /** Shows the consumer everything stored so far; pairs with its acquiring read of the tail. */
    void publish() {
        RingMemory.INT.setRelease(ring, tailOffset, tail);
    }

    private boolean ringHasRoom() {
        if (tail - seenHead < capacity) {
            return true;
        }
        seenHead = readHead();
        return tail - seenHead < capacity;
    }

    /** Pairs with the consumer's release of the head: entries before it are no longer read. */
    private int readHead() {
        return (int) RingMemory.INT.getAcquire(ring, headOffset);
    }

    private void store(long userData, int result, int flags) {
        int at = firstEntry + (tail & capacity - 1) * RingAbi.CQE_BYTES;
        ring.putLong(at + RingAbi.CQE_USER_DATA, userData);
        ring.putInt(at + RingAbi.CQE_RES, result);
        ring.putInt(at + RingAbi.CQE_FLAGS, flags);
        tail++;
    }

    private void keep(long userData, long outcome) {
        int slots = overflow.length / 2;
        if (overflowCount == slots) {
            long[] larger = Arrays.copyOfRange(overflow, 2 * overflowFirst, 2 * overflowFirst + 4 * slots);
            System.arraycopy(overflow, 0, larger, 2 * (slots - overflowFirst), 2 * overflowFirst);
            Arrays.fill(larger, 2 * slots, larger.length, 0);
            overflow = larger;
            overflowFirst = 0;
            slots *= 2;
        }
        int slot = overflowFirst + overflowCount & slots - 1;
        overflow[2 * slot] = userData;
        overflow[2 * slot + 1] = outcome;
        overflowCount++;
    }
}
