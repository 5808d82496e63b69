package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Lays the two rings out in plain direct memory, head and tail on cache lines of their own. */
final class RingMemory {
    /** Heads and tails: u32, little-endian. */
    static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int CACHE_LINE = 64;
    private static final int HEAD = 0;
    private static final int TAIL = CACHE_LINE;
    private static final int ENTRIES = 2 * CACHE_LINE;

    private RingMemory() {}

    static Rings allocate(BackendConfig config) {
        int sqEntries = config.submissionEntries();
        int cqEntries = config.completionEntries();
        return new Rings(
                aligned(ENTRIES),
                HEAD,
                TAIL,
                -1,
                -1,
                sqEntries,
                aligned(sqEntries * RingAbi.SQE_BYTES),
                aligned(ENTRIES + cqEntries * RingAbi.CQE_BYTES),
                HEAD,
                TAIL,
                ENTRIES,
                cqEntries);
    }

    private static ByteBuffer aligned(int bytes) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes + CACHE_LINE).alignedSlice(CACHE_LINE);
        return memory.slice(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
