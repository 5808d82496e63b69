package dev.torus.tck.ring;

import dev.torus.kernel.spi.RingAbi;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A group of provided buffers and its ring. */
public final class ProvidedBuffers implements AutoCloseable {
    private static final VarHandle SHORT =
            MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PAGE_BYTES = 4096;

    private final RingDriver ring;
    private final int group;
    private final int count;
    private final int bufferBytes;
    private final Region ringMemory;
    private final Region buffers;
    private short tail;
    private boolean open = true;

    ProvidedBuffers(RingDriver ring, int group, int count, int bufferBytes, boolean filled) {
        this.ring = ring;
        this.group = group;
        this.count = count;
        this.bufferBytes = bufferBytes;
        int ringBytes = Math.max(PAGE_BYTES, count * RingAbi.BUF_BYTES);
        // io_uring wants the ring page-aligned and allocateDirect promises 16 bytes at most
        ByteBuffer aligned = ByteBuffer.allocateDirect(ringBytes + PAGE_BYTES).alignedSlice(PAGE_BYTES);
        this.ringMemory = new Region(ring.backend(), aligned.limit(ringBytes).slice());
        this.buffers = new Region(ring.backend(), ByteBuffer.allocateDirect(count * bufferBytes));
        int result = ring.backend().registerBufferRing(group, ringMemory.bytes(), ringMemory.at(0), count);
        if (result < 0) {
            throw new AssertionError("registerBufferRing: " + Linux.result(result));
        }
        for (int id = 0; filled && id < count; id++) {
            recycle(id);
        }
    }

    public int group() {
        return group;
    }

    public int bufferBytes() {
        return bufferBytes;
    }

    /** Gives buffer {@code id} to the backend (again). */
    public void recycle(int id) {
        ByteBuffer memory = ringMemory.bytes();
        int entry = (tail & count - 1) * RingAbi.BUF_BYTES;
        memory.putLong(entry, buffers.at((long) id * bufferBytes));
        memory.putInt(entry + 8, bufferBytes);
        memory.putShort(entry + 12, (short) id); // never the last two bytes: in entry 0 they are the tail
        tail++;
        // pairs with the backend's acquire of the tail
        SHORT.setRelease(memory, RingAbi.BUF_RING_TAIL, tail);
    }

    /** A copy of what was received into buffer {@code id}. */
    public byte[] copy(int id, int length) {
        return buffers.copy(id * bufferBytes, length);
    }

    /** The address of buffer {@code id} for an entry. */
    public long at(int id, int offset) {
        return buffers.at((long) id * bufferBytes + offset);
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        int result = ring.backend().unregisterBufferRing(group);
        if (result < 0) {
            throw new AssertionError("unregisterBufferRing: " + Linux.result(result));
        }
        ringMemory.close();
        buffers.close();
    }
}
