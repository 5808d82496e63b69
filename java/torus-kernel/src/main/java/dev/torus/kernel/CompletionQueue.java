package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The consumer's side of the completion ring. Entries are read plainly between an acquire of the tail and a release of the
 * head. When the backend cannot go on before completions are consumed while the program still queues, they are moved to a
 * stash on the heap, so that nothing is lost and order is kept.
 */
final class CompletionQueue {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer ring;
    private final int headOffset;
    private final int tailOffset;
    private final int entriesOffset;
    private final int mask;
    private int head;

    private long[] stash = new long[0];
    private int stashHead;
    private int stashTail;

    CompletionQueue(Rings rings) {
        this.ring = rings.cqRing().order(ByteOrder.LITTLE_ENDIAN);
        this.headOffset = rings.cqHead();
        this.tailOffset = rings.cqTail();
        this.entriesOffset = rings.cqEntriesOffset();
        this.mask = rings.cqEntries() - 1;
        this.head = (int) INT.getAcquire(ring, headOffset);
    }

    /** Completions that can be read now. */
    int available() {
        // acquire: pairs with the backend's release of the tail; entries below it are complete
        return (stashTail - stashHead) / 2 + ((int) INT.getAcquire(ring, tailOffset) - head);
    }

    boolean hasStash() {
        return stashHead != stashTail;
    }

    /** Offset of the oldest entry of the ring for {@link #userData} and so on. */
    int peek() {
        return entriesOffset + (head & mask) * RingAbi.CQE_BYTES;
    }

    long userData(int at) {
        return ring.getLong(at);
    }

    /** Result in the lower, flags in the upper half. */
    long resultAndFlags(int at) {
        return ring.getLong(at + RingAbi.CQE_RES);
    }

    void advance() {
        head++;
    }

    /** Gives the entries that were read back to the backend. */
    void publish() {
        // release: pairs with the backend's acquire of the head; an entry may be overwritten only after it was read
        INT.setRelease(ring, headOffset, head);
    }

    /** Moves everything in the ring behind the stash. */
    void stash() {
        int count = (int) INT.getAcquire(ring, tailOffset) - head;
        if (stashHead == stashTail) {
            stashHead = 0;
            stashTail = 0;
        }
        if (stashTail + 2 * count > stash.length) {
            int used = stashTail - stashHead;
            long[] larger =
                    stash.length >= 2 * (used + 2 * count) ? stash : new long[Math.max(64, 2 * (used + 2 * count))];
            System.arraycopy(stash, stashHead, larger, 0, used);
            stash = larger;
            stashHead = 0;
            stashTail = used;
        }
        for (int i = 0; i < count; i++) {
            int at = peek();
            stash[stashTail++] = userData(at);
            stash[stashTail++] = resultAndFlags(at);
            advance();
        }
        publish();
    }

    long stashUserData() {
        return stash[stashHead];
    }

    long stashResultAndFlags() {
        return stash[stashHead + 1];
    }

    void stashAdvance() {
        stashHead += 2;
        if (stashHead == stashTail && stash.length > 1 << 16) {
            stash = Arrays.copyOf(stash, 0);
            stashHead = 0;
            stashTail = 0;
        }
    }
}
