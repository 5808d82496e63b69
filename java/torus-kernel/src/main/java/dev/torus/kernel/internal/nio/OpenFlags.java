package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.BlockingFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/** What open(2)'s flags and mode mean to NIO. */
final class OpenFlags {
    private static final int ACCESS = 3;
    private static final int O_DSYNC = 0x1000;
    private static final int O_SYNC = 0x101000;
    private static final int O_NOFOLLOW = 0x20000;
    /** O_NOCTTY, O_NONBLOCK, O_LARGEFILE and O_CLOEXEC: already so, or without a meaning here. */
    private static final int IGNORED = 0x100 | 0x800 | 0x8000 | 0x80000;

    private static final int KNOWN = ACCESS
            | BlockingFiles.O_CREAT
            | BlockingFiles.O_EXCL
            | BlockingFiles.O_TRUNC
            | BlockingFiles.O_APPEND
            | O_SYNC
            | O_NOFOLLOW
            | IGNORED;

    private final int flags;

    OpenFlags(int flags) {
        this.flags = flags;
    }

    boolean areValid() {
        return (flags & ~KNOWN) == 0 && (flags & ACCESS) != ACCESS;
    }

    private boolean has(int flag) {
        return (flags & flag) == flag;
    }

    private boolean reads() {
        return (flags & ACCESS) != BlockingFiles.O_WRONLY;
    }

    private boolean writes() {
        return (flags & ACCESS) != BlockingFiles.O_RDONLY;
    }

    FileHandle open(Path path, int mode) throws IOException {
        if (!writes() && has(BlockingFiles.O_CREAT)) {
            createUnlessThere(path, mode);
        }
        FileAttribute<?>[] attributes = has(BlockingFiles.O_CREAT) ? permissions(path, mode) : new FileAttribute<?>[0];
        FileChannel channel = FileChannel.open(path, options(), attributes);
        if (appendsByChannel() && has(BlockingFiles.O_TRUNC)) {
            channel.truncate(0);
        }
        return new FileHandle(channel, path, writes() && has(BlockingFiles.O_APPEND) && !appendsByChannel());
    }

    /** NIO ignores CREATE when it opens for reading only. */
    private void createUnlessThere(Path path, int mode) throws IOException {
        try {
            Files.createFile(path, permissions(path, mode));
        } catch (FileAlreadyExistsException there) {
            if (has(BlockingFiles.O_EXCL)) {
                throw there;
            }
        }
    }

    /** The system's own append, atomic with other processes: where only writing is asked for. */
    private boolean appendsByChannel() {
        return has(BlockingFiles.O_APPEND) && !reads();
    }

    private Set<OpenOption> options() {
        Set<OpenOption> options = new HashSet<>();
        if (reads()) {
            options.add(StandardOpenOption.READ);
        }
        if (writes()) {
            options.add(appendsByChannel() ? StandardOpenOption.APPEND : StandardOpenOption.WRITE);
            if (has(BlockingFiles.O_CREAT)) {
                options.add(has(BlockingFiles.O_EXCL) ? StandardOpenOption.CREATE_NEW : StandardOpenOption.CREATE);
            }
            if (has(BlockingFiles.O_TRUNC) && !appendsByChannel()) {
                options.add(StandardOpenOption.TRUNCATE_EXISTING);
            }
        }
        if (has(O_SYNC)) {
            options.add(StandardOpenOption.SYNC);
        } else if (has(O_DSYNC)) {
            options.add(StandardOpenOption.DSYNC);
        }
        if (has(O_NOFOLLOW)) {
            options.add(LinkOption.NOFOLLOW_LINKS);
        }
        return options;
    }

    /** Permission bits for a new file or directory, less the umask; none on systems that have no such bits. */
    static FileAttribute<?>[] permissions(Path path, int mode) {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            // Declared in the order of the bits, the owner's read permission first.
            if ((mode & 0400 >> i) != 0) {
                permissions.add(all[i]);
            }
        }
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }
}
