package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import java.nio.file.Path;

/** Operations on files: on the ring where the backend can and the options allow it, else by the worker pool. */
abstract class FileOperations extends SocketOperations {
    FileOperations(KernelOptions options, Backend backend) {
        super(options, backend);
    }

    /**
     * Opens a file; the result is its handle.
     *
     * @param flags Linux's O_ flags, see {@link BlockingFiles}
     * @param mode permissions of a file that is created, e.g. 0644 in octal
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long openFile(Path path, int flags, int mode, long token) {
        return openFile(path, flags, mode, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long openFile(Path path, int flags, int mode, long token, long timeoutNanos) {
        String name = path.toAbsolutePath().toString();
        BlockingFiles files = engine.backend.files();
        int slot = take(RingAbi.OP_OPENAT, token, timeoutNanos);
        return engine.enqueueTask(
                slot,
                OpTable.NONE,
                HandleTable.UNORDERED,
                () -> files.open(name, flags, mode),
                WorkerLane.GENERAL,
                null);
    }

    /**
     * Reads a file; less than asked for only at its end, 0 there.
     *
     * @param position offset in the file, or -1 for the file's own position, which then moves
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long read(long handle, IoBuffer buffer, int offset, int length, long position, long token) {
        return read(handle, buffer, offset, length, position, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long read(
            long handle, IoBuffer buffer, int offset, int length, long position, long token, long timeoutNanos) {
        buffer.checkFree();
        long address = buffer.address(this, offset, length);
        return transfer(RingAbi.OP_READ, handle, buffer, address, length, position, token, timeoutNanos);
    }

    /**
     * Writes a file; less than asked for only if the disk is full or a limit is reached.
     *
     * @param position offset in the file, or -1 for the file's own position (a file opened with O_APPEND: its end)
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long write(long handle, IoBuffer buffer, int offset, int length, long position, long token) {
        return write(handle, buffer, offset, length, position, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long write(
            long handle, IoBuffer buffer, int offset, int length, long position, long token, long timeoutNanos) {
        buffer.checkShareable();
        long address = buffer.address(this, offset, length);
        return transfer(RingAbi.OP_WRITE, handle, buffer, address, length, position, token, timeoutNanos);
    }

    /** A read or a write. */
    private long transfer(
            int opcode,
            long handle,
            IoBuffer buffer,
            long address,
            int length,
            long position,
            long token,
            long timeoutNanos) {
        if (position < -1) {
            throw new IllegalArgumentException("position " + position);
        }
        int index = open(handle, HandleTable.FILE);
        int slot = take(opcode, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        // operations at the file's own position, reads and writes alike, take effect in queue order
        byte side = position == -1 ? HandleTable.WRITE_SIDE : HandleTable.UNORDERED;
        boolean reads = opcode == RingAbi.OP_READ;
        if (reads) {
            engine.lendExclusive(slot, buffer);
        } else {
            engine.lendShared(slot, buffer);
        }
        if (filesOnRing(opcode)) {
            return engine.enqueue(slot, index, side, opcode, position, address, length, 0, 0);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        BlockingTask task = reads
                ? () -> files.read(fd, address, length, position)
                : () -> files.write(fd, address, length, position);
        return engine.enqueueTask(slot, index, side, task, WorkerLane.GENERAL, buffer);
    }

    /**
     * Writes what the system holds back of a file to the device.
     *
     * @param dataOnly leaves out what is not needed to read the data again (fdatasync)
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long fsync(long handle, boolean dataOnly, long token) {
        return fsync(handle, dataOnly, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long fsync(long handle, boolean dataOnly, long token, long timeoutNanos) {
        if (!filesOnRing(RingAbi.OP_FSYNC)) {
            return onPool(handle, RingAbi.OP_FSYNC, token, timeoutNanos, (files, fd) -> files.fsync(fd, dataOnly));
        }
        int index = open(handle, HandleTable.FILE);
        int slot = take(RingAbi.OP_FSYNC, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        return engine.enqueue(slot, index, HandleTable.UNORDERED, RingAbi.OP_FSYNC, 0, 0, 0, dataOnly ? 1 : 0, 0);
    }

    /**
     * Sets the length of a file.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long truncate(long handle, long length, long token) {
        return truncate(handle, length, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long truncate(long handle, long length, long token, long timeoutNanos) {
        return onPool(handle, OP_TASK, token, timeoutNanos, (files, fd) -> files.truncate(fd, length));
    }

    /**
     * Reads the attributes of an open file into {@code fields}, which must be left alone until the completion.
     *
     * @param fields {@link BlockingFiles#STAT_FIELDS} long; its constants are the indexes
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long stat(long handle, long[] fields, long token) {
        return stat(handle, fields, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long stat(long handle, long[] fields, long token, long timeoutNanos) {
        if (fields.length < BlockingFiles.STAT_FIELDS) {
            throw new IllegalArgumentException("fields: " + fields.length + " of " + BlockingFiles.STAT_FIELDS);
        }
        return onPool(handle, OP_TASK, token, timeoutNanos, (files, fd) -> files.fstat(fd, fields));
    }

    /** What a worker does with a descriptor: a value or -errno. */
    private interface FileTask {
        long run(BlockingFiles files, int fd);
    }

    private long onPool(long handle, int opcode, long token, long timeoutNanos, FileTask task) {
        int index = open(handle, HandleTable.FILE);
        int slot = take(opcode, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        return engine.enqueueTask(
                slot, index, HandleTable.UNORDERED, () -> task.run(files, fd), WorkerLane.GENERAL, null);
    }

    private boolean filesOnRing(int opcode) {
        return !options.filesOnPool() && engine.backend.supports(opcode);
    }
}
