package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The consumer's side of the submission ring. */
final class SubmissionRing {
    private final ByteBuffer ring;
    private final ByteBuffer entries;
    private final int headOffset;
    private final int tailOffset;
    private final int mask;
    private int head;

    SubmissionRing(Rings rings) {
        ring = rings.sqRing().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        entries = rings.entries().duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
        headOffset = rings.sqHead();
        tailOffset = rings.sqTail();
        mask = rings.sqEntries() - 1;
    }

    /** The entries; {@link #next} says where in them. */
    ByteBuffer entries() {
        return entries;
    }

    /** Published entries not yet consumed. The acquire pairs with the producer's release of the tail. */
    int available() {
        return (int) RingMemory.INT.getAcquire(ring, tailOffset) - head;
    }

    /** Takes the next entry: its offset in {@link #entries()}. The producer gets it back with {@link #publish}. */
    int next() {
        return (head++ & mask) * RingAbi.SQE_BYTES;
    }

    /** Gives consumed entries back; pairs with the producer's acquiring read of the head. */
    void publish() {
        RingMemory.INT.setRelease(ring, headOffset, head);
    }
}
