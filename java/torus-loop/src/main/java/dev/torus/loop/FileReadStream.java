package dev.torus.loop;

import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.spi.BlockingFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A file that is read piece by piece, as Node's {@code fs.ReadStream}: open, data in order, end, close; after an error that and close.
 * One piece is read at a time; while paused at most one is held. Unref'd: only what it asks the system for keeps the loop alive.
 */
public final class FileReadStream extends FileStream implements Readable {
    private final ReadStreamOptions options;
    private Consumer<ByteBuffer> onData;
    private Runnable onEnd = () -> {};
    private IoBuffer buffer;
    /** Arrived while paused. */
    private ByteBuffer held;

    private boolean wantsData;
    private boolean paused;
    private boolean reading;
    private boolean atEnd;
    private boolean endDelivered;
    private long position;
    private long left;
    private long bytesRead;

    FileReadStream(EventLoop loop, Files files, Path path, ReadStreamOptions options) {
        super(loop, files, path);
        this.options = options;
        this.position = options.start();
        this.left = options.length();
    }

    FileReadStream begin() {
        open(BlockingFiles.O_RDONLY, 0);
        return this;
    }

    /** Called once the file is open. */
    public FileReadStream onOpen(Runnable handler) {
        handleOpen(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public FileReadStream onData(Consumer<ByteBuffer> handler) {
        onData = Objects.requireNonNull(handler, "handler");
        return want();
    }

    @Override
    public FileReadStream onEnd(Runnable handler) {
        onEnd = Objects.requireNonNull(handler, "handler");
        return want();
    }

    @Override
    public FileReadStream onClose(Runnable handler) {
        handleClose(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public FileReadStream onFailure(Consumer<IOException> handler) {
        handleFailure(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    private FileReadStream want() {
        loop.checkThread();
        wantsData = true;
        advance();
        return this;
    }

    @Override
    public void pause() {
        loop.checkThread();
        paused = true;
    }

    @Override
    public void resume() {
        loop.checkThread();
        paused = false;
        if (held != null || atEnd) {
            loop.nextTick(this::deliverHeld);
        }
        want();
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    /** Bytes read so far. */
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    void opened() {
        advance();
    }

    /** Reads the next piece if one is wanted and there is room for it. */
    private void advance() {
        if (!isOpen() || !wantsData || paused || reading || held != null || atEnd) {
            return;
        }
        if (left == 0) {
            atEnd = true;
            loop.nextTick(this::deliverHeld);
            return;
        }
        if (buffer == null) {
            buffer = files.buffers().take(options.highWatermark());
        }
        reading = true;
        int length = (int) Math.min(options.highWatermark(), left);
        files.read(file(), buffer, length, position).onSettled(this::arrived);
    }

    private void arrived(Integer count, Throwable reason) {
        reading = false;
        if (isDestroyed()) {
            return;
        }
        if (reason != null) {
            fail(reason);
        } else if (count == 0) {
            atEnd = true;
            deliverHeld();
        } else {
            bytesRead += count;
            left -= left == Long.MAX_VALUE ? 0 : count;
            position += position == -1 ? 0 : count;
            held = buffer.bytes().duplicate().clear().limit(count);
            deliverHeld();
        }
    }

    private void deliverHeld() {
        if (paused || isDestroyed()) {
            return;
        }
        ByteBuffer data = held;
        if (data != null) {
            held = null;
            try {
                if (onData != null) {
                    onData.accept(data);
                }
            } finally {
                advance();
            }
        } else if (atEnd && !endDelivered) {
            endDelivered = true;
            try {
                onEnd.run();
            } finally {
                destroy();
            }
        }
    }

    @Override
    void release() {
        held = null;
        if (buffer != null) {
            files.buffers().give(buffer);
            buffer = null;
        }
    }

    @Override
    public String toString() {
        return "read stream of " + path;
    }
}
