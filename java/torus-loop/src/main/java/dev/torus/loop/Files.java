package dev.torus.loop;

import dev.torus.kernel.BlockingTask;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WorkerLane;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Files, asynchronously: by the ring where the backend has them there, otherwise on the worker pool (R45). Every promise is broken
 * with a {@link TorusIoException} that names operation, path and error (R48).
 */
public final class Files {
    private static final int CHUNK = 64 * 1024;
    private static final int MAX_FREE_BUFFERS = 16;

    private final EventLoop loop;
    private final Requests requests;
    private final ArrayDeque<IoBuffer> free = new ArrayDeque<>();

    Files(EventLoop loop, Requests requests) {
        this.loop = loop;
        this.requests = requests;
    }

    private IoKernel kernel() {
        return requests.kernel();
    }

    /** Opens for reading. */
    public LoopPromise<OpenFile> open(Path path) {
        return open(path, BlockingFiles.O_RDONLY, 0);
    }

    /**
     * Opens a file.
     *
     * @param flags Linux's, see {@link BlockingFiles}
     * @param mode permissions of a file that is created
     */
    public LoopPromise<OpenFile> open(Path path, int flags, int mode) {
        return requests.queue(
                "open",
                path,
                token -> kernel().openFile(path, flags, mode, token),
                handle -> new OpenFile(this, path, handle));
    }

    /** The text of a file, which must be UTF-8; what is not becomes replacement characters. */
    public LoopPromise<String> readFile(Path path) {
        return readBytes(path).thenApply(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** The bytes of a file. */
    public LoopPromise<byte[]> readBytes(Path path) {
        return open(path).thenCompose(file -> {
            LoopPromise<byte[]> promise = loop.newPromise();
            stat(file)
                    .thenCompose(status -> readAll(file, status))
                    .handle((bytes, failure) ->
                            file.close().handle((closed, ignored) -> settle(promise, bytes, failure)));
            return promise;
        });
    }

    private static <T> boolean settle(LoopPromise<T> promise, T value, Throwable failure) {
        return failure != null ? promise.completeExceptionally(failure) : promise.complete(value);
    }

    private LoopPromise<byte[]> readAll(OpenFile file, FileStatus status) {
        LoopPromise<byte[]> promise = loop.newPromise();
        if (status.isDirectory()) {
            promise.completeExceptionally(
                    TorusIoException.of("read", file.toString(), dev.torus.kernel.Errno.EISDIR.result()));
            return promise;
        }
        if (status.size() > Integer.MAX_VALUE - 8) {
            promise.completeExceptionally(
                    TorusIoException.of("read", file.toString(), dev.torus.kernel.Errno.EFBIG.result()));
            return promise;
        }
        // the size is a hint: files of /proc say 0, and a file may grow
        ByteBuffer into = ByteBuffer.allocate((int) status.size() + 1);
        readOn(file, into, promise);
        return promise;
    }

    private void readOn(OpenFile file, ByteBuffer into, LoopPromise<byte[]> promise) {
        read(file, into, into.position()).handle((count, failure) -> {
            if (failure != null) {
                promise.completeExceptionally(failure);
            } else if (count == 0) {
                byte[] whole = new byte[into.flip().remaining()];
                into.get(whole);
                promise.complete(whole);
            } else {
                ByteBuffer room = into.hasRemaining()
                        ? into
                        : ByteBuffer.allocate(Math.max(CHUNK, 2 * into.capacity()))
                                .put(into.flip());
                readOn(file, room, promise);
            }
            return null;
        });
    }

    /** Makes a file of a text in UTF-8, in place of one that was there. */
    public LoopPromise<Void> writeFile(Path path, String text) {
        return writeFile(path, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Makes a file of what remains in a buffer, in place of one that was there. */
    public LoopPromise<Void> writeFile(Path path, ByteBuffer content) {
        return writeWhole(path, BlockingFiles.O_TRUNC, content);
    }

    /** Adds a text in UTF-8 to the end of a file, which is made if it is not there. */
    public LoopPromise<Void> appendFile(Path path, String text) {
        return writeWhole(path, BlockingFiles.O_APPEND, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private LoopPromise<Void> writeWhole(Path path, int flag, ByteBuffer content) {
        int flags = BlockingFiles.O_WRONLY | BlockingFiles.O_CREAT | flag;
        return open(path, flags, 0666).thenCompose(file -> {
            LoopPromise<Void> promise = loop.newPromise();
            writeAll(file, content.duplicate())
                    .handle((written, failure) -> file.close()
                            .handle((closed, closeFailure) ->
                                    settle(promise, null, failure != null ? failure : closeFailure)));
            return promise;
        });
    }

    private LoopPromise<Void> writeAll(OpenFile file, ByteBuffer content) {
        if (!content.hasRemaining()) {
            return loop.resolved(null);
        }
        return write(file, content, -1)
                .thenCompose(count -> count > 0
                        ? writeAll(file, content)
                        : failed("write", file, dev.torus.kernel.Errno.ENOSPC.result()));
    }

    private <T> LoopPromise<T> failed(String operation, Object subject, long result) {
        LoopPromise<T> promise = loop.newPromise();
        promise.completeExceptionally(TorusIoException.of(operation, subject.toString(), result));
        return promise;
    }

    LoopPromise<Integer> read(OpenFile file, ByteBuffer into, long position) {
        IoBuffer buffer = take();
        int length = Math.min(into.remaining(), buffer.capacity());
        return transfer("read", file, buffer, RingAbi.OP_READ, length, position).thenApply(count -> {
            into.put(into.position(), buffer.bytes(), 0, count);
            into.position(into.position() + count);
            give(buffer);
            return count;
        });
    }

    LoopPromise<Integer> write(OpenFile file, ByteBuffer from, long position) {
        IoBuffer buffer = take();
        int length = Math.min(from.remaining(), buffer.capacity());
        buffer.bytes().put(0, from, from.position(), length);
        return transfer("write", file, buffer, RingAbi.OP_WRITE, length, position)
                .thenApply(count -> {
                    from.position(from.position() + count);
                    give(buffer);
                    return count;
                });
    }

    /** One read or write of a part of a buffer, on the pool if the kernel was told so (R45). */
    private LoopPromise<Integer> transfer(
            String operation, OpenFile file, IoBuffer buffer, int opcode, int length, long position) {
        IoKernel kernel = kernel();
        LoopPromise<Integer> promise = requests.queue(
                operation,
                file,
                token -> {
                    if (opcode == RingAbi.OP_READ) {
                        kernel.read(file.handle(), buffer, 0, length, position, token);
                    } else {
                        kernel.write(file.handle(), buffer, 0, length, position, token);
                    }
                },
                count -> (int) count);
        promise.exceptionally(failure -> {
            give(buffer);
            return null;
        });
        return promise;
    }

    private IoBuffer take() {
        IoBuffer buffer = free.poll();
        return buffer != null ? buffer : kernel().allocate(CHUNK);
    }

    private void give(IoBuffer buffer) {
        if (free.size() < MAX_FREE_BUFFERS) {
            free.push(buffer);
        } else {
            kernel().release(buffer);
        }
    }

    LoopPromise<FileStatus> stat(OpenFile file) {
        long[] fields = new long[BlockingFiles.STAT_FIELDS];
        return requests.queue(
                "stat", file, token -> kernel().stat(file.handle(), fields, token), ok -> FileStatus.of(fields));
    }

    LoopPromise<Void> truncate(OpenFile file, long length) {
        return requests.queue("truncate", file, token -> kernel().truncate(file.handle(), length, token), ok -> null);
    }

    LoopPromise<Void> sync(OpenFile file) {
        return requests.queue("fsync", file, token -> kernel().fsync(file.handle(), false, token), ok -> null);
    }

    LoopPromise<Void> close(OpenFile file) {
        return requests.queue("close", file, token -> kernel().close(file.handle(), token), ok -> null);
    }

    /** Attributes of what a path leads to, links followed. */
    public LoopPromise<FileStatus> stat(Path path) {
        long[] fields = new long[BlockingFiles.STAT_FIELDS];
        String name = absolute(path);
        return onPool("stat", path, () -> kernel().files().stat(name, true, fields))
                .thenApply(ok -> FileStatus.of(fields));
    }

    /** The names in a directory, in alphabetical order, without "." and "..". */
    public LoopPromise<List<String>> readdir(Path path) {
        List<String> names = new ArrayList<>();
        String name = absolute(path);
        return onPool("readdir", path, () -> kernel().files().list(name, names)).thenApply(ok -> {
            names.sort(null);
            return names;
        });
    }

    /** Makes a directory. */
    public LoopPromise<Void> mkdir(Path path) {
        String name = absolute(path);
        return onPool("mkdir", path, () -> kernel().files().mkdir(name, 0777));
    }

    /** Removes an empty directory. */
    public LoopPromise<Void> rmdir(Path path) {
        String name = absolute(path);
        return onPool("rmdir", path, () -> kernel().files().rmdir(name));
    }

    /** Removes a file. */
    public LoopPromise<Void> unlink(Path path) {
        String name = absolute(path);
        return onPool("unlink", path, () -> kernel().files().unlink(name));
    }

    /** Renames a file or directory; replaces a file that was there. */
    public LoopPromise<Void> rename(Path from, Path to) {
        String oldName = absolute(from);
        String newName = absolute(to);
        return onPool("rename", from + " -> " + to, () -> kernel().files().rename(oldName, newName));
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().toString();
    }

    private LoopPromise<Void> onPool(String operation, Object subject, IntSupplier call) {
        BlockingTask task = call::getAsInt;
        return requests.queue(
                operation, subject, token -> kernel().blocking(task, WorkerLane.GENERAL, token), ok -> null);
    }
}
