package dev.torus.loop;

import dev.torus.kernel.spi.BlockingFiles;

/**
 * How a file is opened and written. Made by {@link #defaults()} and the methods below, each of which answers a changed copy.
 *
 * @param flags Linux's, see {@link BlockingFiles}
 * @param mode permissions of a file that is created
 * @param start offset of the first byte, or -1 for the file's own position: its beginning, or its end when it is appended to
 * @param highWatermark bytes that may be queued before a write answers false, at least 1
 * @param sync whether what was written goes to the device before the file is closed (fsync(2))
 */
public record WriteStreamOptions(int flags, int mode, long start, int highWatermark, boolean sync) {
    private static final int CREATE = BlockingFiles.O_WRONLY | BlockingFiles.O_CREAT;

    /** Checks the ranges. */
    public WriteStreamOptions {
        if (start < -1) {
            throw new IllegalArgumentException("start " + start);
        }
        if (highWatermark < 1) {
            throw new IllegalArgumentException("highWatermark " + highWatermark);
        }
        if ((flags & (BlockingFiles.O_WRONLY | BlockingFiles.O_RDWR)) == 0) {
            throw new IllegalArgumentException("flags 0x" + Integer.toHexString(flags) + " open for reading only");
        }
    }

    /** In place of a file that was there, permissions 0666, high watermark 64 KiB. */
    public static WriteStreamOptions defaults() {
        return new WriteStreamOptions(CREATE | BlockingFiles.O_TRUNC, 0666, -1, 64 * 1024, false);
    }

    /** Behind what a file has; it is made if it is not there. */
    public WriteStreamOptions append() {
        return withFlags(CREATE | BlockingFiles.O_APPEND);
    }

    /** Only if there is no such file: otherwise EEXIST. */
    public WriteStreamOptions exclusive() {
        return withFlags(flags | BlockingFiles.O_EXCL);
    }

    /** Over what a file has, from an offset on; it is made if it is not there. */
    public WriteStreamOptions at(long offset) {
        return new WriteStreamOptions(CREATE, mode, offset, highWatermark, sync);
    }

    /** See {@link #flags()}. */
    public WriteStreamOptions withFlags(int value) {
        return new WriteStreamOptions(value, mode, start, highWatermark, sync);
    }

    /** See {@link #mode()}. */
    public WriteStreamOptions withMode(int value) {
        return new WriteStreamOptions(flags, value, start, highWatermark, sync);
    }

    /** See {@link #highWatermark()}. */
    public WriteStreamOptions withHighWatermark(int bytes) {
        return new WriteStreamOptions(flags, mode, start, bytes, sync);
    }

    /** See {@link #sync()}. */
    public WriteStreamOptions withSync(boolean value) {
        return new WriteStreamOptions(flags, mode, start, highWatermark, value);
    }
}
