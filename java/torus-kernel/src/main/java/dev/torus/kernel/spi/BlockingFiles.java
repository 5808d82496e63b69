package dev.torus.kernel.spi;

import java.util.List;

/**
 * Blocking file functions, safe to call from any number of worker threads. Paths are absolute. Every result is a value or
 * -errno; flags and modes are Linux's. Addresses come from {@link Backend#register}.
 */
public interface BlockingFiles {
    /** Indexes into the array that {@link #stat} fills; times are nanoseconds since 1970. */
    int STAT_MODE = 0, STAT_SIZE = 1, STAT_MTIME = 2, STAT_ATIME = 3, STAT_CTIME = 4;

    int STAT_INODE = 5, STAT_DEVICE = 6, STAT_LINKS = 7, STAT_UID = 8, STAT_GID = 9;
    int STAT_FIELDS = 10;

    int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2;
    int O_CREAT = 0x40, O_EXCL = 0x80, O_TRUNC = 0x200, O_APPEND = 0x400;
    int S_IFMT = 0xF000, S_IFDIR = 0x4000, S_IFREG = 0x8000, S_IFLNK = 0xA000;

    int open(String path, int flags, int mode);

    /** Reads at {@code position}, or at the file's own position if that is -1; 0 at the end. */
    int read(int fd, long address, int length, long position);

    /** Writes at {@code position}, or at the file's own position if that is -1. */
    int write(int fd, long address, int length, long position);

    int fsync(int fd, boolean dataOnly);

    int truncate(int fd, long length);

    /** Fills {@code out} ({@link #STAT_FIELDS} long). */
    int stat(String path, boolean followLinks, long[] out);

    int fstat(int fd, long[] out);

    int rename(String from, String to);

    int unlink(String path);

    int rmdir(String path);

    int mkdir(String path, int mode);

    /** Adds the names in a directory, without "." and "..", in no particular order. */
    int list(String path, List<String> names);

    int close(int fd);
}
