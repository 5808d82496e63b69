package dev.torus.loop;

import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * Registered buffers through which files are read and written and sockets written, in a few sizes, so that many small transfers at a
 * time do not each hold memory for a large one. Those that come back are kept and used again, up to a limit per size.
 */
final class TransferBuffers {
    private static final int[] SIZES = {4 << 10, 16 << 10, 64 << 10};
    private static final int KEPT_BYTES_PER_SIZE = 4 << 20;

    private final Supplier<IoKernel> kernel;
    private final ArrayDeque<IoBuffer>[] free;
    private int taken;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic class
    TransferBuffers(Supplier<IoKernel> kernel) {
        this.kernel = kernel;
        free = new ArrayDeque[SIZES.length];
        for (int i = 0; i < SIZES.length; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    /** One for so many bytes, or the largest there is. */
    IoBuffer take(int bytes) {
        taken++;
        int size = 0;
        while (size < SIZES.length - 1 && SIZES[size] < bytes) {
            size++;
        }
        IoBuffer buffer = free[size].poll();
        return buffer != null ? buffer : kernel.get().allocate(SIZES[size]);
    }

    /** Takes one back that no operation uses any more. */
    void give(IoBuffer buffer) {
        taken--;
        for (int size = 0; size < SIZES.length; size++) {
            if (SIZES[size] == buffer.capacity() && free[size].size() < KEPT_BYTES_PER_SIZE / SIZES[size]) {
                free[size].push(buffer);
                return;
            }
        }
        kernel.get().release(buffer);
    }

    /** How many have not come back. */
    int taken() {
        return taken;
    }
}
