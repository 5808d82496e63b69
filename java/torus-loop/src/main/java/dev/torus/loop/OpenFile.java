package dev.torus.loop;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** An open file. Operations at position -1 use and move the file's own position, in the order they were asked for (R48). */
public final class OpenFile {
    private final Files files;
    private final Path path;
    private final long handle;

    OpenFile(Files files, Path path, long handle) {
        this.files = files;
        this.path = path;
        this.handle = handle;
    }

    /** Where it was opened. */
    public Path path() {
        return path;
    }

    long handle() {
        return handle;
    }

    /**
     * Reads into a buffer from its position on, as much as is there, at most what remains in it; moves its position.
     *
     * @param position offset in the file, or -1
     * @return how many bytes; 0 at the end of the file
     */
    public LoopPromise<Integer> read(ByteBuffer into, long position) {
        return files.read(this, into, position);
    }

    /**
     * Writes what remains in a buffer and moves its position.
     *
     * @param position offset in the file, or -1
     * @return how many bytes; fewer than remained only if the disk is full
     */
    public LoopPromise<Integer> write(ByteBuffer from, long position) {
        return files.write(this, from, position);
    }

    /** Its attributes. */
    public LoopPromise<FileStatus> stat() {
        return files.stat(this);
    }

    /** Sets its length. */
    public LoopPromise<Void> truncate(long length) {
        return files.truncate(this, length);
    }

    /** Writes what the system holds back to the device. */
    public LoopPromise<Void> sync() {
        return files.sync(this);
    }

    /** Closes it; a second time is an error (EBADF). */
    public LoopPromise<Void> close() {
        return files.close(this);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
