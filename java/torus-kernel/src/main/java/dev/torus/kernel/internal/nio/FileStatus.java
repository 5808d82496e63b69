package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.BlockingFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * stat(2) in NIO's terms. Where a system has no mode bits, owners or inodes, the mode is a usual one and the others
 * are 0.
 */
final class FileStatus {
    private static final String UNIX_ATTRIBUTES =
            "unix:mode,size,lastModifiedTime,lastAccessTime,ctime,ino,dev,nlink,uid,gid";
    private static final int DIRECTORY_PERMISSIONS = 0755;
    private static final int FILE_PERMISSIONS = 0644;

    private FileStatus() {}

    static void read(Path path, long[] out, LinkOption... options) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            readUnix(Files.readAttributes(path, UNIX_ATTRIBUTES, options), out);
        } else {
            readBasic(Files.readAttributes(path, BasicFileAttributes.class, options), out);
        }
    }

    private static void readUnix(Map<String, Object> attributes, long[] out) {
        out[BlockingFiles.STAT_MODE] = number(attributes, "mode");
        out[BlockingFiles.STAT_SIZE] = number(attributes, "size");
        out[BlockingFiles.STAT_MTIME] = nanos((FileTime) attributes.get("lastModifiedTime"));
        out[BlockingFiles.STAT_ATIME] = nanos((FileTime) attributes.get("lastAccessTime"));
        out[BlockingFiles.STAT_CTIME] = nanos((FileTime) attributes.get("ctime"));
        out[BlockingFiles.STAT_INODE] = number(attributes, "ino");
        out[BlockingFiles.STAT_DEVICE] = number(attributes, "dev");
        out[BlockingFiles.STAT_LINKS] = number(attributes, "nlink");
        out[BlockingFiles.STAT_UID] = number(attributes, "uid");
        out[BlockingFiles.STAT_GID] = number(attributes, "gid");
    }

    /** Windows. */
    static void readBasic(BasicFileAttributes attributes, long[] out) {
        Arrays.fill(out, 0, BlockingFiles.STAT_FIELDS, 0);
        int kind = attributes.isDirectory()
                ? BlockingFiles.S_IFDIR | DIRECTORY_PERMISSIONS
                : attributes.isSymbolicLink()
                        ? BlockingFiles.S_IFLNK | FILE_PERMISSIONS
                        : BlockingFiles.S_IFREG | FILE_PERMISSIONS;
        out[BlockingFiles.STAT_MODE] = kind;
        out[BlockingFiles.STAT_SIZE] = attributes.size();
        out[BlockingFiles.STAT_MTIME] = nanos(attributes.lastModifiedTime());
        out[BlockingFiles.STAT_ATIME] = nanos(attributes.lastAccessTime());
        out[BlockingFiles.STAT_CTIME] = nanos(attributes.lastModifiedTime());
        out[BlockingFiles.STAT_LINKS] = 1;
    }

    private static long number(Map<String, Object> attributes, String name) {
        return ((Number) attributes.get(name)).longValue();
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }
}
