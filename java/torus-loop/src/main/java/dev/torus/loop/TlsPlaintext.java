package dev.torus.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** What a program has written and what is not encrypted yet, joined in buffers of a record's size. */
final class TlsPlaintext {
    /** A record holds so much (RFC 8446, section 5.1). */
    static final int RECORD_BYTES = 16 * 1024;

    private final TlsBuffers buffers;
    private final ArrayDeque<ByteBuffer> filled = new ArrayDeque<>(1);
    private int bytes;

    TlsPlaintext(TlsBuffers buffers) {
        this.buffers = buffers;
    }

    /** Copies what remains in a buffer behind what is there. */
    void add(ByteBuffer data) {
        bytes += data.remaining();
        while (data.hasRemaining()) {
            ByteBuffer last = filled.peekLast();
            if (last == null || last.position() >= RECORD_BYTES) {
                last = buffers.take(RECORD_BYTES);
                filled.add(last);
            }
            int piece = Math.min(RECORD_BYTES - last.position(), data.remaining());
            last.put(last.position(), data, data.position(), piece);
            last.position(last.position() + piece);
            data.position(data.position() + piece);
        }
    }

    boolean isEmpty() {
        return bytes == 0;
    }

    int bytes() {
        return bytes;
    }

    /** The oldest buffer, ready to be read; to be given back to the pool. Null when there is none. */
    ByteBuffer poll() {
        ByteBuffer first = filled.poll();
        if (first == null) {
            return null;
        }
        bytes -= first.position();
        return first.flip();
    }

    void clear() {
        ByteBuffer buffer;
        while ((buffer = filled.poll()) != null) {
            buffers.give(buffer);
        }
        bytes = 0;
    }
}
