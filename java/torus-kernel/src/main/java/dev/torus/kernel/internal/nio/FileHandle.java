package dev.torus.kernel.internal.nio;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** An open file. Its channel serves any number of threads. */
final class FileHandle extends Handle {
    final FileChannel channel;
    final Path path;
    /** Every write goes to the end. NIO has no channel that reads and appends, so the handle does it itself then. */
    final boolean appends;

    FileHandle(FileChannel channel, Path path, boolean appends) {
        this.channel = channel;
        this.path = path;
        this.appends = appends;
    }

    @Override
    void close() throws IOException {
        channel.close();
    }
}
