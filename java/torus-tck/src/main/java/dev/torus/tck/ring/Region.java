package dev.torus.tck.ring;

import dev.torus.kernel.spi.Backend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Direct memory that is registered with a backend. */
public final class Region implements AutoCloseable {
    private final Backend backend;
    private final ByteBuffer bytes;
    private final long base;
    private boolean registered = true;

    Region(Backend backend, ByteBuffer direct) {
        this.backend = backend;
        this.bytes = direct.order(ByteOrder.LITTLE_ENDIAN);
        this.base = backend.register(bytes);
        if (base < 0 && base >= -4095) {
            throw new AssertionError("register of " + direct.capacity() + " direct bytes: " + Linux.result(base));
        }
    }

    /** The memory, little-endian; position and limit are nobody's. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Number of bytes. */
    public int size() {
        return bytes.capacity();
    }

    /** What an entry's {@code addr} must hold for the byte at {@code offset}. Not checked: tests go beyond the end on purpose. */
    public long at(long offset) {
        return base + offset;
    }

    /** Fills everything with a pattern that depends on position and {@code seed}. */
    public Region fillPattern(int seed) {
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, pattern(i, seed));
        }
        return this;
    }

    /** The byte that {@link #fillPattern} puts at {@code index}. */
    public static byte pattern(long index, int seed) {
        return (byte) (index * 31 + (index >>> 8) * 7 + (index >>> 16) + seed);
    }

    /** Writes ASCII text. */
    public Region put(int offset, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < encoded.length; i++) {
            bytes.put(offset + i, encoded[i]);
        }
        return this;
    }

    /** Writes raw bytes. */
    public Region put(int offset, byte[] raw) {
        for (int i = 0; i < raw.length; i++) {
            bytes.put(offset + i, raw[i]);
        }
        return this;
    }

    /** Reads ASCII text. */
    public String text(int offset, int length) {
        return new String(copy(offset, length), StandardCharsets.US_ASCII);
    }

    /** A copy of some bytes. */
    public byte[] copy(int offset, int length) {
        byte[] copy = new byte[length];
        for (int i = 0; i < length; i++) {
            copy[i] = bytes.get(offset + i);
        }
        return copy;
    }

    /** Unregisters it. */
    @Override
    public void close() {
        if (registered) {
            registered = false;
            int result = backend.unregister(base);
            if (result < 0) {
                throw new AssertionError("unregister: " + Linux.result(result));
            }
        }
    }
}
