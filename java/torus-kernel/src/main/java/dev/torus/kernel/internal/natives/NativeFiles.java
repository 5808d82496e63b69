package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.BlockingFiles;
import java.util.List;

/** The blocking file functions of a {@link NativeBackend}; any thread. */
final class NativeFiles implements BlockingFiles {
    private final NativeBackend backend;

    NativeFiles(NativeBackend backend) {
        this.backend = backend;
    }

    @Override
    public int open(String path, int flags, int mode) {
        return backend.openFile(Text.pathBytes(path), flags, mode);
    }

    @Override
    public int read(int fd, long address, int length, long position) {
        return backend.readFile(fd, address, length, position);
    }

    @Override
    public int write(int fd, long address, int length, long position) {
        return backend.writeFile(fd, address, length, position);
    }

    @Override
    public int fsync(int fd, boolean dataOnly) {
        return NativeBinding.fileSync(fd, dataOnly);
    }

    @Override
    public int truncate(int fd, long length) {
        return NativeBinding.fileTruncate(fd, length);
    }

    @Override
    public int stat(String path, boolean followLinks, long[] out) {
        return NativeBinding.fileStat(Text.pathBytes(path), followLinks, out);
    }

    @Override
    public int fstat(int fd, long[] out) {
        return NativeBinding.fileFstat(fd, out);
    }

    @Override
    public int rename(String from, String to) {
        return NativeBinding.fileRename(Text.pathBytes(from), Text.pathBytes(to));
    }

    @Override
    public int unlink(String path) {
        return NativeBinding.fileUnlink(Text.pathBytes(path));
    }

    @Override
    public int rmdir(String path) {
        return NativeBinding.fileRmdir(Text.pathBytes(path));
    }

    @Override
    public int mkdir(String path, int mode) {
        return NativeBinding.fileMkdir(Text.pathBytes(path), mode);
    }

    @Override
    public int list(String path, List<String> names) {
        byte[][] out = new byte[1][];
        int result = NativeBinding.fileList(Text.pathBytes(path), out);
        if (result < 0) {
            return result;
        }
        byte[] all = out[0];
        for (int start = 0, at = 0; at < all.length; at++) {
            if (all[at] == 0) {
                names.add(Text.pathOf(all, start, at - start));
                start = at + 1;
            }
        }
        return 0;
    }

    @Override
    public int close(int fd) {
        return backend.closeFile(fd);
    }
}
