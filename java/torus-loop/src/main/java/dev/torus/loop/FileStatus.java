package dev.torus.loop;

import dev.torus.kernel.spi.BlockingFiles;
import java.time.Instant;

/**
 * Attributes of a file, see stat(2).
 *
 * @param mode type and permissions
 * @param size bytes
 * @param modified time of the last change of its content
 * @param accessed time of the last access, as far as the system keeps it
 * @param inode number that tells it from others on its device
 * @param device number of its device
 */
public record FileStatus(int mode, long size, Instant modified, Instant accessed, long inode, long device) {
    static FileStatus of(long[] fields) {
        return new FileStatus(
                (int) fields[BlockingFiles.STAT_MODE],
                fields[BlockingFiles.STAT_SIZE],
                Instant.ofEpochSecond(0, fields[BlockingFiles.STAT_MTIME]),
                Instant.ofEpochSecond(0, fields[BlockingFiles.STAT_ATIME]),
                fields[BlockingFiles.STAT_INODE],
                fields[BlockingFiles.STAT_DEVICE]);
    }

    /** Whether it is a regular file. */
    public boolean isFile() {
        return (mode & BlockingFiles.S_IFMT) == BlockingFiles.S_IFREG;
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return (mode & BlockingFiles.S_IFMT) == BlockingFiles.S_IFDIR;
    }

    /** Whether it is a symbolic link. */
    public boolean isSymbolicLink() {
        return (mode & BlockingFiles.S_IFMT) == BlockingFiles.S_IFLNK;
    }
}
