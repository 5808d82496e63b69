package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The consumer's side of a provided-buffer ring: looks at the next buffer, and takes it only once
 * there is data in it.
 */
final class BufferRing {
    private static final VarHandle SHORT =
            MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int ADDRESS = 0;
    private static final int LENGTH = 8;
    private static final int BUFFER_ID = 12;

    private final ByteBuffer ring;
    private final int mask;
    /** Counts modulo 65536, like the tail. */
    private short head;

    BufferRing(ByteBuffer ring, int entries) {
        this.ring = ring;
        this.mask = entries - 1;
    }

    /** Whether a buffer is left. The acquire pairs with the release that published the tail. */
    boolean hasNext() {
        return (short) SHORT.getAcquire(ring, RingAbi.BUF_RING_TAIL) != head;
    }

    long address() {
        return ring.getLong(entry() + ADDRESS);
    }

    int length() {
        return ring.getInt(entry() + LENGTH);
    }

    int bufferId() {
        return ring.getShort(entry() + BUFFER_ID) & 0xffff;
    }

    void take() {
        head++;
    }

    private int entry() {
        return (head & mask) * RingAbi.BUF_BYTES;
    }
}
