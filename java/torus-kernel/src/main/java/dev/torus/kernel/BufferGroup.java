package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Provided buffers: equal pieces of one registered memory, of which a receive takes one when data is there, so that ten
 * thousand idle connections lend none.
 *
 * <p>A completion with {@link Completions#hasBuffer} hands one over; the program gives it back by {@link #recycle}. What is
 * not given back counts as lent; a receive that finds none left ends with -ENOBUFS and loses nothing. Owner's thread only.
 */
public final class BufferGroup implements AutoCloseable {
    private static final VarHandle SHORT =
            MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final byte PROVIDED = 0;
    private static final byte WITH_USER = 1;
    private static final byte SENDING = 2;

    private final KernelBuffers kernel;
    private final int id;
    private final IoBuffer memory;
    private final long base;
    private final ByteBuffer ring;
    private final IoBuffer ringMemory;
    private final int bufferBytes;
    private final int mask;
    private final ByteBuffer[] views;
    private final byte[] states;
    private short tail;
    private int lent;
    private int users;
    private boolean closed;
    /** Buffers were given back that the backend has not been told of. */
    private boolean unpublished;

    BufferGroup(KernelBuffers kernel, int id, IoBuffer memory, IoBuffer ringMemory, int buffers, int bufferBytes) {
        this.kernel = kernel;
        this.id = id;
        this.memory = memory;
        this.base = memory.address(kernel, 0, memory.capacity());
        this.ringMemory = ringMemory;
        this.ring = ringMemory.bytes();
        this.bufferBytes = bufferBytes;
        this.mask = buffers - 1;
        this.views = new ByteBuffer[buffers];
        this.states = new byte[buffers];
        for (int i = 0; i < buffers; i++) {
            views[i] = memory.bytes().slice(i * bufferBytes, bufferBytes);
        }
    }

    /** Gives all buffers to the backend, once the ring is registered. */
    void provideAll() {
        for (int i = 0; i <= mask; i++) {
            put(i);
        }
        publish();
    }

    private void put(int bufferId) {
        int at = (tail & mask) * RingAbi.BUF_BYTES;
        ring.putLong(at, base + (long) bufferId * bufferBytes);
        ring.putInt(at + 8, bufferBytes);
        ring.putShort(at + 12, (short) bufferId);
        tail++;
    }

    /** Makes what was given back visible to the backend. */
    void publish() {
        unpublished = false;
        // release: pairs with the backend's acquire of the tail. Alone, not as part of entry 0: a wider store would
        // tear it
        SHORT.setRelease(ring, RingAbi.BUF_RING_TAIL, tail);
    }

    /**
     * The memory of a buffer. Position and limit are the program's to set; {@link #recycle} does not reset them.
     *
     * @param bufferId from {@link Completions#bufferId}
     */
    public ByteBuffer buffer(int bufferId) {
        checkId(bufferId);
        return views[bufferId];
    }

    /** Size of each buffer in bytes. */
    public int bufferBytes() {
        return bufferBytes;
    }

    /** How many buffers there are. */
    public int buffers() {
        return mask + 1;
    }

    /** How many are with the program or being sent from. */
    public int lent() {
        return lent;
    }

    /**
     * Gives a buffer back for the next receive.
     *
     * @throws IllegalStateException if it is not with the program
     * @throws BufferLentException if a pending send still reads from it
     */
    public void recycle(int bufferId) {
        kernel.checkOwner();
        checkId(bufferId);
        if (states[bufferId] != WITH_USER) {
            if (states[bufferId] >= SENDING) {
                throw new BufferLentException("a pending send reads from buffer " + bufferId);
            }
            throw new IllegalStateException("buffer " + bufferId + " was recycled already");
        }
        states[bufferId] = PROVIDED;
        lent--;
        if (!closed) {
            put(bufferId);
            if (!unpublished) {
                // told to the backend with all others at the next turn: it does not look before
                unpublished = true;
                kernel.publishLater(this);
            }
        }
    }

    /**
     * Ends the group.
     *
     * @throws BufferLentException if a pending receive uses it or buffers are still lent
     */
    @Override
    public void close() {
        kernel.checkOwner();
        if (closed) {
            return;
        }
        if (users != 0 || lent != 0) {
            throw new BufferLentException(users + " pending receives use this group and " + lent + " buffers are lent");
        }
        closed = true;
        kernel.closeGroup(this);
    }

    private void checkId(int bufferId) {
        if (bufferId < 0 || bufferId > mask) {
            throw new IndexOutOfBoundsException("buffer id " + bufferId + " in a group of " + (mask + 1));
        }
    }

    int id() {
        return id;
    }

    IoBuffer memory() {
        return memory;
    }

    IoBuffer ringMemory() {
        return ringMemory;
    }

    void checkUsable(KernelBuffers user) {
        if (closed || user != kernel) {
            throw new IllegalArgumentException(
                    closed ? "the buffer group is closed" : "the buffer group is of another kernel");
        }
    }

    void use() {
        users++;
    }

    void unuse() {
        users--;
    }

    void delivered(int bufferId) {
        states[bufferId] = WITH_USER;
        lent++;
    }

    long sendAddress(int bufferId, int offset, int length) {
        checkId(bufferId);
        if ((offset | length) < 0 || length > bufferBytes - offset) {
            throw new IndexOutOfBoundsException(
                    "offset " + offset + ", length " + length + " in a buffer of " + bufferBytes + " bytes");
        }
        if (states[bufferId] == PROVIDED) {
            throw new BufferLentException("buffer " + bufferId + " is not with the program");
        }
        if (states[bufferId] == Byte.MAX_VALUE) {
            throw new PendingLimitException("too many pending sends out of buffer " + bufferId);
        }
        return base + (long) bufferId * bufferBytes + offset;
    }

    void sending(int bufferId) {
        states[bufferId]++;
    }

    void sent(int bufferId) {
        states[bufferId]--;
    }
}
