package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.RingAbi;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The memory that operations use: registered buffers and groups of provided ones. */
abstract class KernelBuffers extends KernelHandles {
    private static final int PAGE = 4096;

    private final List<IoBuffer> registered = new ArrayList<>();
    private final List<BufferGroup> groups = new ArrayList<>();

    KernelBuffers(KernelOptions options, Backend backend) {
        super(options, backend);
    }

    /** Allocates direct memory and registers it. */
    public IoBuffer allocate(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("size " + bytes);
        }
        return register(ByteBuffer.allocateDirect(bytes));
    }

    /**
     * Registers direct memory: all of its capacity, whatever position and limit are.
     *
     * @throws IllegalArgumentException for a heap buffer, a read-only or an empty one
     */
    public IoBuffer register(ByteBuffer direct) {
        checkOpen();
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("a heap buffer cannot be registered: the garbage collector moves it");
        }
        if (direct.isReadOnly() || direct.capacity() == 0) {
            throw new IllegalArgumentException((direct.capacity() == 0 ? "an empty" : "a read-only") + " buffer");
        }
        ByteBuffer bytes = direct.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
        long base = engine.backend.register(bytes);
        if (base < 0 && base > -PAGE) {
            throw new UncheckedIOException(TorusIoException.of("register", "memory", base));
        }
        IoBuffer buffer = new IoBuffer(this, bytes, base);
        registered.add(buffer);
        return buffer;
    }

    /**
     * Forgets a buffer.
     *
     * @throws BufferLentException while an operation uses it
     */
    public void release(IoBuffer buffer) {
        checkOpen();
        buffer.address(this, 0, 0);
        engine.backend.unregister(buffer.releaseBase());
        registered.remove(buffer);
    }

    /**
     * Makes a group of provided buffers.
     *
     * @param buffers how many, a power of two up to 32768
     * @param bufferBytes size of each, a multiple of 8
     */
    public BufferGroup bufferGroup(int buffers, int bufferBytes) {
        checkOpen();
        if (Integer.bitCount(buffers) != 1 || buffers > 1 << 15 || buffers < 1) {
            throw new IllegalArgumentException(buffers + " buffers: not a power of two up to 32768");
        }
        if (bufferBytes <= 0 || bufferBytes % Long.BYTES != 0 || (long) buffers * bufferBytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("buffers of " + bufferBytes + " bytes");
        }
        IoBuffer memory = allocate(buffers * bufferBytes);
        int ringBytes = buffers * RingAbi.BUF_BYTES;
        ByteBuffer ring = ByteBuffer.allocateDirect(ringBytes + 2 * PAGE).alignedSlice(PAGE);
        IoBuffer ringMemory = register(ring.slice(0, Math.max(ringBytes, PAGE)));
        int place = freeGroup();
        int id = RingAbi.FIRST_BUFFER_GROUP + place;
        BufferGroup group = new BufferGroup(this, id, memory, ringMemory, buffers, bufferBytes);
        long ringBase = ringMemory.address(this, 0, ringBytes);
        int result = engine.backend.registerBufferRing(id, ringMemory.bytes(), ringBase, buffers);
        if (result < 0) {
            throw new UncheckedIOException(TorusIoException.of("register", "buffer group", result));
        }
        group.provideAll();
        groups.set(place, group);
        return group;
    }

    /** A free place in the list of groups; the numbers below the first one are never used. */
    private int freeGroup() {
        int place = groups.indexOf(null);
        if (place < 0) {
            place = groups.size();
            if (place > 0xFFFF - RingAbi.FIRST_BUFFER_GROUP) {
                throw new IllegalStateException(place + " buffer groups");
            }
            groups.add(null);
        }
        return place;
    }

    void publishLater(BufferGroup group) {
        engine.publishLater(group);
    }

    void closeGroup(BufferGroup group) {
        if (closed) {
            return;
        }
        engine.backend.unregisterBufferRing(group.id());
        groups.set(group.id() - RingAbi.FIRST_BUFFER_GROUP, null);
        release(group.ringMemory());
        release(group.memory());
    }

    /** Provided buffers of all groups that the program has and has not recycled. */
    int lentBuffers() {
        int lent = 0;
        for (BufferGroup group : groups) {
            lent += group == null ? 0 : group.lent();
        }
        return lent;
    }
}
