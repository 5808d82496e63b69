package dev.torus.loop;

/**
 * Which part of a file is read, and how. Made by {@link #defaults()} and the methods below, each of which answers a changed copy.
 *
 * @param start offset of the first byte, or -1 for the file's own position, which is the only choice for what has no offsets (pipes,
 *     devices)
 * @param end offset of the last byte, which is read too, as in Node; Long.MAX_VALUE is all there is
 * @param highWatermark bytes that are read at a time, and so held at most while paused, 1 to 65536
 */
public record ReadStreamOptions(long start, long end, int highWatermark) {
    static final int MAX_HIGH_WATERMARK = 64 * 1024;

    /** Checks the ranges. */
    public ReadStreamOptions {
        if (start < -1 || end < 0 || end < start) {
            throw new IllegalArgumentException("range " + start + " to " + end);
        }
        if (highWatermark < 1 || highWatermark > MAX_HIGH_WATERMARK) {
            throw new IllegalArgumentException(
                    "highWatermark " + highWatermark + " is not within 1 to " + MAX_HIGH_WATERMARK);
        }
    }

    /** All of the file, 64 KiB at a time. */
    public static ReadStreamOptions defaults() {
        return new ReadStreamOptions(-1, Long.MAX_VALUE, MAX_HIGH_WATERMARK);
    }

    /** From an offset on. */
    public ReadStreamOptions from(long offset) {
        return new ReadStreamOptions(offset, end, highWatermark);
    }

    /** From an offset to another; both bytes are read. */
    public ReadStreamOptions range(long first, long last) {
        return new ReadStreamOptions(first, last, highWatermark);
    }

    /** See {@link #highWatermark()}. */
    public ReadStreamOptions withHighWatermark(int bytes) {
        return new ReadStreamOptions(start, end, bytes);
    }

    /** Bytes of the range; Long.MAX_VALUE for all there is. */
    long length() {
        return end == Long.MAX_VALUE ? Long.MAX_VALUE : end - Math.max(0, start) + 1;
    }
}
