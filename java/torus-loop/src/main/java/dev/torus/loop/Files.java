package dev.torus.loop;

import dev.torus.kernel.BlockingTask;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WorkerLane;
import dev.torus.kernel.spi.BlockingFiles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Files, asynchronously: by the ring where the backend has them there, otherwise on the worker pool (R45). Every promise is broken
 * with a {@link TorusIoException} that names operation, path and error (R48).
 */
public final class Files {
    private final EventLoop loop;
    private final Requests requests;
    private final TransferBuffers buffers = new TransferBuffers(this::kernel);

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

    /** Reads all of a file piece by piece; see {@link #createReadStream(Path, ReadStreamOptions)}. */
    public FileReadStream createReadStream(Path path) {
        return createReadStream(path, ReadStreamOptions.defaults());
    }

    /** Reads a file, or a part of it, piece by piece. It is opened at once; what fails is told in a later callback. */
    public FileReadStream createReadStream(Path path, ReadStreamOptions options) {
        loop.checkThread();
        return new FileReadStream(loop, this, path, options).begin();
    }

    /** Writes a file in place of one that was there; see {@link #createWriteStream(Path, WriteStreamOptions)}. */
    public FileWriteStream createWriteStream(Path path) {
        return createWriteStream(path, WriteStreamOptions.defaults());
    }

    /** Writes a file piece by piece. It is opened at once; what fails is told in a later callback. */
    public FileWriteStream createWriteStream(Path path, WriteStreamOptions options) {
        loop.checkThread();
        return new FileWriteStream(loop, this, path, options).begin();
    }

    /** The text of a file, which must be UTF-8; what is not becomes replacement characters. */
    public LoopPromise<String> readFile(Path path) {
        LoopPromise<byte[]> read = readBytes(path);
        LoopPromise<String> text = read.thenApply(bytes -> new String(bytes, StandardCharsets.UTF_8));
        text.named("readFile", path).onCancel(() -> read.cancel(false));
        return text;
    }

    /** The bytes of a file. */
    public LoopPromise<byte[]> readBytes(Path path) {
        return new WholeFileRead(this, loop.newPromise()).begin(path);
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
        return new WholeFileWrite(this, loop.newPromise(), content.duplicate()).begin(path, flag);
    }

    LoopPromise<Integer> read(OpenFile file, ByteBuffer into, long position) {
        IoBuffer buffer = buffers.take(into.remaining());
        int length = Math.min(into.remaining(), buffer.capacity());
        return requests.queue(
                "read",
                file,
                token -> kernel().read(file.handle(), buffer, 0, length, position, token),
                count -> {
                    into.put(into.position(), buffer.bytes(), 0, (int) count);
                    into.position(into.position() + (int) count);
                    return (int) count;
                },
                () -> buffers.give(buffer));
    }

    TransferBuffers buffers() {
        return buffers;
    }

    /** Reads into the beginning of a buffer that the caller lends. */
    LoopPromise<Integer> read(OpenFile file, IoBuffer into, int length, long position) {
        return requests.queue(
                "read", file, token -> kernel().read(file.handle(), into, 0, length, position, token), count ->
                        (int) count);
    }

    /** Writes a part of a buffer that the caller lends. */
    LoopPromise<Integer> write(OpenFile file, IoBuffer from, int offset, int length, long position) {
        return requests.queue(
                "write", file, token -> kernel().write(file.handle(), from, offset, length, position, token), count ->
                        (int) count);
    }

    /** Closes a file after all its operations; {@code closed} is called in a macrotask, also after a failure. Cannot be cancelled. */
    void closeAtLast(OpenFile file, Runnable closed) {
        requests.close(file.handle(), closed);
    }

    LoopPromise<Integer> write(OpenFile file, ByteBuffer from, long position) {
        IoBuffer buffer = buffers.take(from.remaining());
        int length = Math.min(from.remaining(), buffer.capacity());
        buffer.bytes().put(0, from, from.position(), length);
        return requests.queue(
                "write",
                file,
                token -> kernel().write(file.handle(), buffer, 0, length, position, token),
                count -> {
                    from.position(from.position() + (int) count);
                    return (int) count;
                },
                () -> buffers.give(buffer));
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
        return onPool("stat", path, () -> kernel().files().stat(name, true, fields), () -> FileStatus.of(fields));
    }

    /** Attributes of a path itself: of a symbolic link, not of what it leads to. */
    public LoopPromise<FileStatus> lstat(Path path) {
        long[] fields = new long[BlockingFiles.STAT_FIELDS];
        String name = absolute(path);
        return onPool("lstat", path, () -> kernel().files().stat(name, false, fields), () -> FileStatus.of(fields));
    }

    /**
     * Kept if a path is there and may be used so; what is true now may be wrong when it is opened.
     *
     * @param modes what is asked besides that it is there
     */
    public LoopPromise<Void> access(Path path, AccessMode... modes) {
        return nio("access", path, () -> {
            path.getFileSystem().provider().checkAccess(path, modes);
            return null;
        });
    }

    /** Copies a file in place of one that was there. */
    public LoopPromise<Void> copyFile(Path from, Path to) {
        return copyFile(from, to, true);
    }

    /** Copies a file; without {@code replace} a file that is there is an error (EEXIST). */
    public LoopPromise<Void> copyFile(Path from, Path to, boolean replace) {
        CopyOption[] options = replace ? new CopyOption[] {StandardCopyOption.REPLACE_EXISTING} : new CopyOption[0];
        return nio("copyFile", from + " -> " + to, () -> {
            java.nio.file.Files.copy(from, to, options);
            return null;
        });
    }

    /** The absolute path without symbolic links, "." and "..". */
    public LoopPromise<Path> realpath(Path path) {
        return nio("realpath", path, () -> path.toRealPath());
    }

    /** What a symbolic link leads to, as it was written; EINVAL for what is none. */
    public LoopPromise<Path> readlink(Path link) {
        return nio("readlink", link, () -> java.nio.file.Files.readSymbolicLink(link));
    }

    /** Makes a symbolic link; EOPNOTSUPP where there are none. */
    public LoopPromise<Void> symlink(Path target, Path link) {
        return nio("symlink", target + " -> " + link, () -> {
            java.nio.file.Files.createSymbolicLink(link, target);
            return null;
        });
    }

    /** Makes a directory and those above it; no error if they are there. */
    public LoopPromise<Void> mkdirs(Path path) {
        return nio("mkdir", path, () -> {
            java.nio.file.Files.createDirectories(path);
            return null;
        });
    }

    /** Sets the length of a file. */
    public LoopPromise<Void> truncate(Path path, long length) {
        return open(path, BlockingFiles.O_WRONLY, 0)
                .thenCompose(file -> file.truncate(length)
                        .handle((done, reason) -> reason)
                        .thenCompose(reason -> file.close().thenApply(closed -> {
                            if (reason != null) {
                                throw reason instanceof CompletionException e ? e : new CompletionException(reason);
                            }
                            return null;
                        })));
    }

    private <T> LoopPromise<T> nio(String operation, Object subject, PathCalls.Call<T> call) {
        return requests.blocking(operation, subject, () -> PathCalls.run(operation, subject, call), WorkerLane.GENERAL);
    }

    /** The names in a directory, in alphabetical order, without "." and "..". */
    public LoopPromise<List<String>> readdir(Path path) {
        List<String> names = new ArrayList<>();
        String name = absolute(path);
        return onPool("readdir", path, () -> kernel().files().list(name, names), () -> {
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
        return onPool(operation, subject, call, () -> null);
    }

    private <T> LoopPromise<T> onPool(String operation, Object subject, IntSupplier call, Supplier<T> value) {
        BlockingTask task = call::getAsInt;
        return requests.queue(
                operation, subject, token -> kernel().blocking(task, WorkerLane.GENERAL, token), ok -> value.get());
    }
}
