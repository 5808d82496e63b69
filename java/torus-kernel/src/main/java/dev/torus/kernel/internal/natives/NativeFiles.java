package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.BlockingFiles;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Blocking file functions of the operating system. */
final class NativeFiles implements BlockingFiles {
    private static final int EINVAL = 22;

    private static byte[] bytes(String path) {
        return path.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int open(String path, int flags, int mode) {
        return Natives.fileOpen(bytes(path), flags, mode);
    }

    @Override
    public int read(int fd, long address, int length, long position) {
        return length < 0 ? -EINVAL : Natives.fileRead(fd, address, length, position);
    }

    @Override
    public int write(int fd, long address, int length, long position) {
        return length < 0 ? -EINVAL : Natives.fileWrite(fd, address, length, position);
    }

    @Override
    public int fsync(int fd, boolean dataOnly) {
        return Natives.fileSync(fd, dataOnly);
    }

    @Override
    public int truncate(int fd, long length) {
        return Natives.fileTruncate(fd, length);
    }

    @Override
    public int stat(String path, boolean followLinks, long[] out) {
        return out.length < STAT_FIELDS ? -EINVAL : Natives.fileStat(bytes(path), followLinks, out);
    }

    @Override
    public int fstat(int fd, long[] out) {
        return out.length < STAT_FIELDS ? -EINVAL : Natives.fileFstat(fd, out);
    }

    @Override
    public int rename(String from, String to) {
        return Natives.fileRename(bytes(from), bytes(to));
    }

    @Override
    public int unlink(String path) {
        return Natives.fileUnlink(bytes(path));
    }

    @Override
    public int rmdir(String path) {
        return Natives.fileRmdir(bytes(path));
    }

    @Override
    public int mkdir(String path, int mode) {
        return Natives.fileMkdir(bytes(path), mode);
    }

    @Override
    public int list(String path, List<String> names) {
        byte[][] found = new byte[1][];
        int result = Natives.fileList(bytes(path), found);
        if (result >= 0) {
            byte[] all = found[0];
            int start = 0;
            for (int i = 0; i < all.length; i++) {
                if (all[i] == 0) {
                    names.add(new String(all, start, i - start, StandardCharsets.UTF_8));
                    start = i + 1;
                }
            }
        }
        return result;
    }

    @Override
    public int close(int fd) {
        return Natives.fileClose(fd);
    }
}
