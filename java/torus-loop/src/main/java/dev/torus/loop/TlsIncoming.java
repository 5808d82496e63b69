package dev.torus.loop;

import java.nio.ByteBuffer;

/** The beginning of a record whose rest has not come yet. Grows with what comes, so that a peer that trickles holds no more than it sent. */
final class TlsIncoming {
    private static final int FIRST_BYTES = 512;

    /** Between position and limit is what was kept; null when nothing is. */
    private ByteBuffer kept;

    boolean isEmpty() {
        return kept == null;
    }

    /** What is kept and data behind it, of which everything is taken. */
    ByteBuffer with(ByteBuffer data) {
        int more = data.remaining();
        if (kept == null) {
            kept = ByteBuffer.allocate(Math.max(FIRST_BYTES, more)).limit(0);
        } else if (kept.capacity() - kept.limit() < more) {
            int all = kept.remaining() + more;
            if (kept.capacity() >= all) {
                kept.compact().flip();
            } else {
                kept = ByteBuffer.allocate(2 * all).put(kept).flip();
            }
        }
        int end = kept.limit();
        kept.limit(end + more).put(end, data, data.position(), more);
        data.position(data.limit());
        return kept;
    }

    /** What is kept, not null. */
    ByteBuffer kept() {
        return kept;
    }

    /** Nothing is kept any more, if all was read. */
    void releaseIfRead() {
        if (kept != null && !kept.hasRemaining()) {
            kept = null;
        }
    }

    void clear() {
        kept = null;
    }
}
