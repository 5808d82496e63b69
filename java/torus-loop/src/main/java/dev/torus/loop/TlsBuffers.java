package dev.torus.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** Direct buffers of one size for records and what is in them; those that come back are kept and used again, up to a limit. */
final class TlsBuffers {
    private static final int KEPT = 64;

    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private final int bytes;

    TlsBuffers(int bytes) {
        this.bytes = bytes;
    }

    /** An empty one of at least so many bytes. */
    ByteBuffer take(int least) {
        if (least > bytes) {
            return ByteBuffer.allocateDirect(least);
        }
        ByteBuffer buffer = free.poll();
        return buffer == null ? ByteBuffer.allocateDirect(bytes) : buffer.clear();
    }

    /** Takes one back that nobody uses any more. */
    void give(ByteBuffer buffer) {
        if (buffer.capacity() == bytes && free.size() < KEPT) {
            free.push(buffer);
        }
    }
}
