package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.BlockingFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** An open file. Its channel serves any number of threads. */
final class FileHandle extends Handle {
    final FileChannel channel;
    final Path path;
    /** Every write goes to the end. NIO has no channel that reads and appends, so the handle does it itself then. */
    final boolean appends;
    /** Attributes as they were last seen. */
    private long[] seen = new long[BlockingFiles.STAT_FIELDS];

    FileHandle(FileChannel channel, Path path, boolean appends) {
        this.channel = channel;
        this.path = path;
        this.appends = appends;
    }

    /** Remembers what the file is, for when its path is gone. */
    void opened() throws IOException {
        FileStatus.read(path, seen);
    }

    /** The attributes of the file, not of another that has its path now. Any thread. */
    synchronized void status(long[] out) throws IOException {
        try {
            long[] now = new long[BlockingFiles.STAT_FIELDS];
            FileStatus.read(path, now);
            if (isSame(now)) {
                seen = now;
            }
        } catch (NoSuchFileException removed) {
            // what was seen last is all there is
        }
        System.arraycopy(seen, 0, out, 0, BlockingFiles.STAT_FIELDS);
    }

    private boolean isSame(long[] now) {
        return now[BlockingFiles.STAT_INODE] == seen[BlockingFiles.STAT_INODE]
                && now[BlockingFiles.STAT_DEVICE] == seen[BlockingFiles.STAT_DEVICE];
    }

    @Override
    void close() throws IOException {
        channel.close();
    }
}
