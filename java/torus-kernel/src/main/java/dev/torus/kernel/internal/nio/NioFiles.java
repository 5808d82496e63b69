package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.BlockingFiles;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Blocking file functions over {@link java.nio.channels.FileChannel}. Any thread; descriptors are those of the
 * backend's one table.
 *
 * <p>Where NIO has no descriptor-based function the path does: {@link #fstat} asks about the path that was opened, as long as that
 * file is there; of one that was removed, renamed or replaced it tells what was last seen of it, the links too. The size is the
 * descriptor's. On Windows a file that another has replaced is not noticed. Shortening a file behind its position moves that for a
 * moment. Interrupting a thread inside a transfer closes the file (-EINTR): that is how NIO's file
 * channels are.
 */
final class NioFiles implements BlockingFiles {
    private static final LinkOption[] FOLLOW = {};
    private static final LinkOption[] NOFOLLOW = {LinkOption.NOFOLLOW_LINKS};

    private interface FileFunction {
        int apply(FileHandle file) throws IOException;
    }

    private interface PathFunction {
        int apply(Path path) throws IOException;
    }

    private final HandleTable handles;
    private final Regions regions;
    private final Failures failures;
    private final Counters counters;

    NioFiles(HandleTable handles, Regions regions, Failures failures, Counters counters) {
        this.handles = handles;
        this.regions = regions;
        this.failures = failures;
        this.counters = counters;
    }

    @Override
    public int open(String path, int flags, int mode) {
        OpenFlags wanted = new OpenFlags(flags);
        if (!wanted.areValid()) {
            return -LinuxErrno.EINVAL;
        }
        return with(path, at -> {
            FileHandle file;
            try {
                file = wanted.open(at, mode);
            } catch (AccessDeniedException denied) {
                // Windows says so of directories.
                if (Files.isDirectory(at) && Files.isReadable(at)) {
                    return -LinuxErrno.EISDIR;
                }
                throw denied;
            }
            file.opened();
            int fd = handles.add(file);
            if (fd < 0) {
                file.close();
            }
            return fd;
        });
    }

    @Override
    public int read(int fd, long address, int length, long position) {
        return with(fd, file -> {
            ByteBuffer to = regions.slice(address, length);
            if (to == null) {
                return -LinuxErrno.EFAULT;
            }
            if (position < -1) {
                return -LinuxErrno.EINVAL;
            }
            if (length == 0) {
                return 0;
            }
            int bytes = Math.max(0, position == -1 ? file.channel.read(to) : file.channel.read(to, position));
            counters.fileBytesIn.addAndGet(bytes);
            return bytes;
        });
    }

    @Override
    public int write(int fd, long address, int length, long position) {
        return with(fd, file -> {
            ByteBuffer from = regions.slice(address, length);
            if (from == null) {
                return -LinuxErrno.EFAULT;
            }
            if (position < -1) {
                return -LinuxErrno.EINVAL;
            }
            return writeAll(file, from, position);
        });
    }

    /** What went before a failure counts: the failure comes again with the next write. */
    private int writeAll(FileHandle file, ByteBuffer from, long position) throws IOException {
        try {
            if (file.appends) {
                synchronized (file) {
                    long end = file.channel.size();
                    if (position == -1) {
                        file.channel.position(end);
                    }
                    // as pwrite(2) on Linux: to the end, wherever it was to go, and without moving the position
                    writeOn(file, from, position == -1 ? -1 : end);
                }
            } else {
                writeOn(file, from, position);
            }
        } catch (IOException | RuntimeException failure) {
            if (from.position() == 0) {
                throw failure;
            }
        }
        counters.fileBytesOut.addAndGet(from.position());
        return from.position();
    }

    private static void writeOn(FileHandle file, ByteBuffer from, long position) throws IOException {
        while (from.hasRemaining()) {
            int bytes =
                    position == -1 ? file.channel.write(from) : file.channel.write(from, position + from.position());
            if (bytes == 0) {
                return;
            }
        }
    }

    @Override
    public int fsync(int fd, boolean dataOnly) {
        return with(fd, file -> {
            file.channel.force(!dataOnly);
            return 0;
        });
    }

    /** Shortens or lengthens a file; the new part is zeros. Lengthening is not atomic with other writers. */
    @Override
    public int truncate(int fd, long length) {
        return with(fd, file -> {
            if (length < 0) {
                return -LinuxErrno.EINVAL;
            }
            try {
                if (length <= file.channel.size()) {
                    shorten(file, length);
                } else {
                    lengthen(file, length);
                }
            } catch (NonWritableChannelException e) {
                return -LinuxErrno.EINVAL; // what ftruncate(2) answers, where write(2) has EBADF
            }
            return 0;
        });
    }

    /** NIO's truncate moves a position that is behind the new end, ftruncate(2) does not. */
    private static void shorten(FileHandle file, long length) throws IOException {
        long position = file.channel.position();
        file.channel.truncate(length);
        if (position > length) {
            file.channel.position(position);
        }
    }

    private static void lengthen(FileHandle file, long length) throws IOException {
        ByteBuffer zero = ByteBuffer.allocate(1);
        file.channel.write(zero, length - 1);
        if (file.channel.size() == length) {
            return;
        }
        // The channel appends, so that the byte went to the end: fill up with zeros from there.
        ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
        for (long missing = length - file.channel.size(); missing > 0; missing = length - file.channel.size()) {
            file.channel.write(zeros.clear().limit((int) Math.min(missing, zeros.capacity())));
        }
    }

    @Override
    public int stat(String path, boolean followLinks, long[] out) {
        return with(path, at -> {
            FileStatus.read(at, out, followLinks ? FOLLOW : NOFOLLOW);
            return 0;
        });
    }

    @Override
    public int fstat(int fd, long[] out) {
        return with(fd, file -> {
            file.status(out);
            if ((out[STAT_MODE] & S_IFMT) == S_IFREG) {
                out[STAT_SIZE] = file.channel.size();
            }
            return 0;
        });
    }

    @Override
    public int rename(String from, String to) {
        return with(
                from,
                source -> with(to, target -> {
                    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
                    return 0;
                }));
    }

    @Override
    public int unlink(String path) {
        return with(path, at -> {
            if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                return -LinuxErrno.EISDIR;
            }
            Files.delete(at);
            return 0;
        });
    }

    @Override
    public int rmdir(String path) {
        return with(path, at -> {
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                return -LinuxErrno.ENOTDIR;
            }
            Files.delete(at);
            return 0;
        });
    }

    @Override
    public int mkdir(String path, int mode) {
        return with(path, at -> {
            Files.createDirectory(at, OpenFlags.permissions(at, mode));
            return 0;
        });
    }

    @Override
    public int list(String path, List<String> names) {
        return with(path, at -> {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(at)) {
                for (Path entry : entries) {
                    names.add(entry.getFileName().toString());
                }
                return 0;
            } catch (DirectoryIteratorException failure) {
                throw failure.getCause();
            }
        });
    }

    @Override
    public int close(int fd) {
        return with(fd, file -> {
            if (!handles.remove(fd, file)) {
                return -LinuxErrno.EBADF;
            }
            file.close();
            return 0;
        });
    }

    private int with(int fd, FileFunction function) {
        Handle handle = handles.get(fd);
        if (!(handle instanceof FileHandle fileHandle)) {
            return handle == null ? -LinuxErrno.EBADF : -LinuxErrno.EINVAL;
        }
        try {
            return function.apply(fileHandle);
        } catch (IOException | RuntimeException failure) {
            return failures.result(failure);
        }
    }

    private int with(String path, PathFunction function) {
        Path at = null;
        try {
            at = Path.of(path);
            return function.apply(at);
        } catch (IOException | RuntimeException failure) {
            int result = failures.result(failure);
            return result == -LinuxErrno.ENOENT && at != null && isBelowAFile(at) ? -LinuxErrno.ENOTDIR : result;
        }
    }

    /** Windows does not tell a folder that is missing from a file where a folder should be; other systems do. */
    private static boolean isBelowAFile(Path path) {
        if (File.separatorChar != '\\') {
            return false;
        }
        Path above = path.getParent();
        while (above != null && !Files.exists(above)) {
            above = above.getParent();
        }
        return above != null && !Files.isDirectory(above);
    }
}
