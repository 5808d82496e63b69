package dev.torus.loop;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** What a child reads. Its thread, which is made with the first write, writes what is queued and tells the loop how much it was. */
final class ChildInput extends ChildStream implements Writable {
    private static final int HIGH_WATERMARK = 64 * 1024;
    private static final byte[] END = new byte[0];

    /** Bounded by the limit of queued bytes. */
    private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();

    private OutputStream destination;
    private Runnable onDrain = () -> {};
    private int queued;
    private boolean wasAbove;
    private boolean ending;
    private boolean writing;

    ChildInput(EventLoop loop, KernelPoller poller, String name) {
        super(loop, poller, name);
    }

    /** The child runs. */
    void open(OutputStream pipe) {
        destination = pipe;
        if (isDestroyed()) {
            closePipe();
        } else {
            startWriting();
        }
    }

    @Override
    public ChildInput onDrain(Runnable handler) {
        onDrain = Objects.requireNonNull(handler, "handler");
        return this;
    }

    @Override
    public ChildInput onClose(Runnable handler) {
        handleClose(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public ChildInput onFailure(Consumer<IOException> handler) {
        handleFailure(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public boolean write(ByteBuffer data) {
        loop.checkThread();
        if (isEnded()) {
            throw new IllegalStateException(isDestroyed() ? "write after destroy" : "write after end");
        }
        QueuedBytesLimitException.check(
                this, queued, data.remaining(), loop.options().maxQueuedBytes());
        if (data.hasRemaining()) {
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            queued += copy.length;
            queue.add(copy);
            startWriting();
        }
        boolean above = queued > HIGH_WATERMARK;
        wasAbove |= above;
        return !above;
    }

    @Override
    public void end() {
        loop.checkThread();
        if (!isEnded()) {
            ending = true;
            queue.add(END);
            startWriting();
        }
    }

    @Override
    public boolean isEnded() {
        return ending || isDestroyed();
    }

    @Override
    public int queuedBytes() {
        return queued;
    }

    private void startWriting() {
        if (destination == null || writing || queue.isEmpty()) {
            return;
        }
        if (queue.peek() == END) {
            // nothing was written: no thread is needed
            destroy();
        } else {
            writing = true;
            startThread(this::writeAll);
        }
    }

    /** On its thread. */
    private void writeAll() {
        List<byte[]> pieces = new ArrayList<>();
        try (OutputStream out = destination) {
            boolean end = false;
            while (!end && !isStopped()) {
                pieces.add(queue.take());
                queue.drainTo(pieces);
                int bytes = 0;
                for (byte[] piece : pieces) {
                    out.write(piece);
                    bytes += piece.length;
                    end |= piece == END;
                }
                out.flush();
                pieces.clear();
                int written = bytes;
                if (written > 0 && !post(() -> written(written))) {
                    return;
                }
            }
        } catch (IOException e) {
            post(() -> pipeFailed("write", e));
            return;
        } catch (InterruptedException e) {
            return;
        }
        post(this::destroy);
    }

    private void written(int bytes) {
        queued -= bytes;
        if (wasAbove && queued == 0 && !isEnded()) {
            wasAbove = false;
            onDrain.run();
        }
    }

    @Override
    void unblock() {
        queue.clear();
        queue.add(END);
    }

    /** Its thread may be in a write that waits for the child and then holds the stream's lock; it closes it itself. */
    @Override
    void closePipe() {
        if (destination != null && !writing) {
            close(destination);
        }
    }
}
