package dev.torus.kernel;

import java.nio.ByteBuffer;

/**
 * Direct memory that is registered with a kernel and can be lent to its operations.
 *
 * <p>While an operation that writes into it (a receive, a read) is pending, it can be lent to nothing else; any number of
 * sends may read from it together. It comes home when the operation completes. Owner's thread only. The memory itself is
 * freed by the garbage collector.
 */
public final class IoBuffer {
    private final KernelBuffers kernel;
    private final ByteBuffer bytes;
    private final long base;
    private int readers;
    private boolean written;
    private boolean released;

    IoBuffer(KernelBuffers kernel, ByteBuffer bytes, long base) {
        this.kernel = kernel;
        this.bytes = bytes;
        this.base = base;
    }

    /** The memory; its position and limit mean nothing to operations, which take offset and length. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Size in bytes. */
    public int capacity() {
        return bytes.capacity();
    }

    /** Whether a pending operation uses it. */
    public boolean isLent() {
        return written || readers != 0;
    }

    long address(KernelBuffers user, int offset, int length) {
        if (user != kernel || released) {
            throw new IllegalArgumentException(
                    released ? "buffer was released" : "buffer is registered with another kernel");
        }
        if ((offset | length) < 0 || length > bytes.capacity() - offset) {
            throw new IndexOutOfBoundsException(
                    "offset " + offset + ", length " + length + " in a buffer of " + bytes.capacity() + " bytes");
        }
        return base + offset;
    }

    void checkShareable() {
        if (written) {
            throw new BufferLentException("a pending receive or read writes into this buffer");
        }
    }

    void checkFree() {
        if (isLent()) {
            throw new BufferLentException("a pending operation uses this buffer");
        }
    }

    void lendShared() {
        readers++;
    }

    void lendExclusive() {
        written = true;
    }

    void returnShared() {
        readers--;
    }

    void returnExclusive() {
        written = false;
    }

    long releaseBase() {
        checkFree();
        released = true;
        return base;
    }
}
