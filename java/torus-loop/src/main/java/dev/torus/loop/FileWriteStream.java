package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A file that is written piece by piece, as Node's {@code fs.WriteStream}: open, drain as often as needed, finish, close; after an error
 * that and close. One write is with the system at a time, what is queued meanwhile goes out together. Unref'd: only what it asks the
 * system for keeps the loop alive.
 */
public final class FileWriteStream extends FileStream implements Writable {
    private final WriteStreamOptions options;
    private final ArrayDeque<IoBuffer> filled = new ArrayDeque<>();
    private Runnable onDrain = () -> {};
    private Runnable onFinish = () -> {};
    private IoBuffer inFlight;
    /** How much of it was written. */
    private int offset;

    private int queued;
    private long position;
    private long bytesWritten;
    private boolean wasAbove;
    private boolean ending;
    private boolean finishing;

    FileWriteStream(EventLoop loop, Files files, Path path, WriteStreamOptions options) {
        super(loop, files, path);
        this.options = options;
        this.position = options.start();
    }

    FileWriteStream begin() {
        open(options.flags(), options.mode());
        return this;
    }

    /** Called once the file is open. */
    public FileWriteStream onOpen(Runnable handler) {
        handleOpen(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public FileWriteStream onDrain(Runnable handler) {
        onDrain = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called after {@link #end}, when everything was written; close follows. */
    public FileWriteStream onFinish(Runnable handler) {
        onFinish = Objects.requireNonNull(handler, "handler");
        return this;
    }

    @Override
    public FileWriteStream onClose(Runnable handler) {
        handleClose(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public FileWriteStream onFailure(Consumer<IOException> handler) {
        handleFailure(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    /** Queues a text in UTF-8; see {@link #write(ByteBuffer)}. */
    public boolean write(String text) {
        return write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public boolean write(ByteBuffer data) {
        loop.checkThread();
        if (isEnded()) {
            throw new IllegalStateException(isDestroyed() ? "write after destroy" : "write after end");
        }
        QueuedBytesLimitException.check(
                this, queued, data.remaining(), loop.options().maxQueuedBytes());
        queued += data.remaining();
        while (data.hasRemaining()) {
            fill(data);
        }
        boolean above = queued > options.highWatermark();
        wasAbove |= above;
        start();
        return !above;
    }

    private void fill(ByteBuffer data) {
        IoBuffer last = filled.peekLast();
        if (last == null || !last.bytes().hasRemaining()) {
            last = files.buffers().take(Math.max(data.remaining(), options.highWatermark()));
            last.bytes().clear();
            filled.add(last);
        }
        ByteBuffer to = last.bytes();
        int piece = Math.min(to.remaining(), data.remaining());
        to.put(to.position(), data, data.position(), piece);
        to.position(to.position() + piece);
        data.position(data.position() + piece);
    }

    @Override
    public void end() {
        loop.checkThread();
        if (!isEnded()) {
            ending = true;
            loop.nextTick(this::finishIfWritten);
        }
    }

    /** Writes a last text and ends. */
    public void end(String text) {
        write(text);
        end();
    }

    @Override
    public boolean isEnded() {
        return ending || isDestroyed();
    }

    @Override
    public int queuedBytes() {
        return queued;
    }

    /** Bytes that the system has taken so far. */
    public long bytesWritten() {
        return bytesWritten;
    }

    @Override
    void opened() {
        start();
        finishIfWritten();
    }

    private void start() {
        if (isOpen() && inFlight == null && !filled.isEmpty()) {
            inFlight = filled.poll();
            offset = 0;
            writeRest();
        }
    }

    private void writeRest() {
        int length = inFlight.bytes().position() - offset;
        files.write(file(), inFlight, offset, length, position).onSettled(this::written);
    }

    private void written(Integer count, Throwable reason) {
        if (isDestroyed()) {
            return;
        }
        if (reason != null) {
            fail(reason);
        } else if (count == 0) {
            fail(TorusIoException.of("write", path.toString(), Errno.ENOSPC.result()));
        } else {
            offset += count;
            queued -= count;
            bytesWritten += count;
            position += position == -1 ? 0 : count;
            if (offset < inFlight.bytes().position()) {
                writeRest();
                return;
            }
            files.buffers().give(inFlight);
            inFlight = null;
            start();
            finishIfWritten();
            drainIfEmpty();
        }
    }

    private void drainIfEmpty() {
        if (wasAbove && queued == 0 && !isEnded()) {
            wasAbove = false;
            onDrain.run();
        }
    }

    private void finishIfWritten() {
        if (!ending || finishing || queued != 0 || !isOpen()) {
            return;
        }
        finishing = true;
        if (options.sync()) {
            file().sync().onSettled((done, reason) -> {
                if (reason != null) {
                    fail(reason);
                } else {
                    finish();
                }
            });
        } else {
            finish();
        }
    }

    private void finish() {
        if (isDestroyed()) {
            return;
        }
        try {
            onFinish.run();
        } finally {
            destroy();
        }
    }

    @Override
    void release() {
        queued = 0;
        if (inFlight != null) {
            files.buffers().give(inFlight);
            inFlight = null;
        }
        filled.forEach(files.buffers()::give);
        filled.clear();
    }

    @Override
    public String toString() {
        return "write stream of " + path;
    }
}
