package dev.torus.kernel;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * Two groups of provided buffers, and which of them fits a connection. Every connection begins with the small ones, of which there
 * are many; one that fills a whole small buffer is a stream and changes to the large ones, as long as there are any, so that
 * it needs fewer turns and receives; when it has not needed them for a while it changes back.
 *
 * <p>What is known of a connection is one byte, its fit, which the program keeps: {@link #SMALL} at first, then what
 * {@link #after} answers. Owner's thread only.
 */
public final class ReceiveBuffers {
    /** The fit of a connection of which nothing is known. */
    public static final byte SMALL = -1;

    /** Receives that a small buffer would have held, in a row, after which a stream is none any more. */
    private static final int SHORT_RECEIVES = 64;

    private final BufferGroup small;
    private final Supplier<BufferGroup> makeLarge;
    private BufferGroup large;

    /**
     * Of two groups that are there.
     *
     * @param small the ones that every connection begins with
     * @param large the ones of streams, larger than those
     */
    public ReceiveBuffers(BufferGroup small, BufferGroup large) {
        this(small, () -> large);
        group(true);
    }

    /**
     * Of a group that is there and one that is made when the first stream comes.
     *
     * @param small the ones that every connection begins with
     * @param large makes those of streams, larger than the small ones; null if there are none
     */
    public ReceiveBuffers(BufferGroup small, Supplier<BufferGroup> large) {
        this.small = Objects.requireNonNull(small, "small");
        this.makeLarge = large;
    }

    /** Whether a connection of that fit receives into large buffers. */
    public static boolean isLarge(byte fit) {
        return fit >= 0;
    }

    /** The large group or the small one. */
    public BufferGroup group(boolean ofStreams) {
        if (!ofStreams) {
            return small;
        }
        if (large == null) {
            BufferGroup made = makeLarge.get();
            if (made.bufferBytes() <= small.bufferBytes()) {
                throw new IllegalArgumentException("large buffers of " + made.bufferBytes()
                        + " bytes beside small ones of " + small.bufferBytes());
            }
            large = made;
        }
        return large;
    }

    /**
     * The fit after a receive.
     *
     * @param fit before it
     * @param intoLarge whether it was into a large buffer; it may be none although {@code fit} is large by now
     * @param length bytes received
     */
    public byte after(byte fit, boolean intoLarge, int length) {
        if (!intoLarge) {
            boolean filled = length == small.bufferBytes() && makeLarge != null;
            return filled && !isLarge(fit) && hasLarge() ? 0 : fit;
        }
        if (length > small.bufferBytes() || !isLarge(fit)) {
            return isLarge(fit) ? 0 : fit;
        }
        return fit + 1 == SHORT_RECEIVES ? SMALL : (byte) (fit + 1);
    }

    private boolean hasLarge() {
        BufferGroup group = group(true);
        return group.lent() < group.buffers();
    }
}
