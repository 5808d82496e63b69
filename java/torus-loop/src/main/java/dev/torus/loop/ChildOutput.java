package dev.torus.loop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * What a child prints. Its thread, which is made when somebody reads, reads a piece, hands it to the loop and waits until it was taken;
 * while paused the pipe fills, and then the child waits.
 */
final class ChildOutput extends ChildStream implements Readable {
    private static final int PIECE_BYTES = 64 * 1024;

    private final Semaphore taken = new Semaphore(0);
    private InputStream source;
    private Consumer<ByteBuffer> onData;
    private Runnable onEnd = () -> {};
    private ByteBuffer held;
    private boolean wantsData;
    private boolean paused;
    private boolean reading;
    private boolean atEnd;
    private boolean endDelivered;

    ChildOutput(EventLoop loop, KernelPoller poller, String name) {
        super(loop, poller, name);
    }

    /** The child runs. */
    void open(InputStream pipe) {
        source = pipe;
        if (isDestroyed()) {
            closePipe();
        } else {
            startReading();
        }
    }

    /** The child has ended: what nobody reads is dropped, so that it can close. */
    void childEnded() {
        if (!wantsData && !paused) {
            resume();
        }
    }

    @Override
    public ChildOutput onData(Consumer<ByteBuffer> handler) {
        onData = Objects.requireNonNull(handler, "handler");
        return want();
    }

    @Override
    public ChildOutput onEnd(Runnable handler) {
        onEnd = Objects.requireNonNull(handler, "handler");
        return want();
    }

    @Override
    public ChildOutput onClose(Runnable handler) {
        handleClose(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    @Override
    public ChildOutput onFailure(Consumer<IOException> handler) {
        handleFailure(Objects.requireNonNull(handler, "handler"));
        return this;
    }

    private ChildOutput want() {
        loop.checkThread();
        wantsData = true;
        startReading();
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
            loop.nextTick(this::deliver);
        }
        want();
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    private void startReading() {
        if (source != null && wantsData && !paused && !reading && !isDestroyed()) {
            reading = true;
            startThread(this::readAll);
        }
    }

    /** On its thread. */
    private void readAll() {
        byte[] bytes = new byte[PIECE_BYTES];
        try {
            while (!isStopped()) {
                int count = read(bytes);
                if (!post(() -> arrived(bytes, count)) || count < 0) {
                    return;
                }
                taken.acquireUninterruptibly();
            }
        } catch (IOException e) {
            post(() -> pipeFailed("read", e));
        }
    }

    private int read(byte[] bytes) throws IOException {
        try {
            return source.read(bytes);
        } catch (IOException e) {
            if (isStopped()) {
                throw e;
            }
            // the JDK changes the stream when the child ends, for what is left in the pipe, and a call may be caught in
            // between
            return source.read(bytes);
        }
    }

    private void arrived(byte[] bytes, int count) {
        if (count < 0) {
            atEnd = true;
        } else {
            held = ByteBuffer.wrap(bytes, 0, count).slice();
        }
        deliver();
    }

    private void deliver() {
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
                taken.release();
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
    void unblock() {
        taken.release();
    }

    @Override
    void closePipe() {
        if (source != null) {
            close(source);
        }
    }
}
