package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.Closeable;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * What the pipes of a child process have in common. The JDK's pipes can only be read and written by calls that block, so each that is
 * used has a daemon thread, which ends with the pipe; the worker pool is left alone.
 */
abstract class ChildStream {
    final EventLoop loop;
    final String name;
    private final KernelPoller poller;
    private Runnable onClose = () -> {};
    private Consumer<IOException> onFailure;
    private IOException failure;
    private boolean destroyed;
    private boolean closed;
    private Runnable afterClose = () -> {};
    /** The thread shall not go on. */
    private volatile boolean stopped;

    ChildStream(EventLoop loop, KernelPoller poller, String name) {
        this.loop = loop;
        this.poller = poller;
        this.name = name;
    }

    void handleClose(Runnable handler) {
        onClose = handler;
    }

    void handleFailure(Consumer<IOException> handler) {
        onFailure = handler;
    }

    /** Called after the close callback. */
    void afterClose(Runnable action) {
        afterClose = action;
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether it was destroyed, by the program, an error, or because it has ended. */
    public boolean isDestroyed() {
        return destroyed;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Gives the loop a task; false when the thread shall end. */
    boolean post(Runnable task) {
        return !stopped && poller.postWaiting(task);
    }

    void startThread(Runnable body) {
        Thread thread = new Thread(body, "torus-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Tells the thread to end as soon as it does not wait for the pipe; nothing is called back. Any thread. */
    void stop() {
        stopped = true;
        unblock();
    }

    /** Wakes the thread if it waits for the loop. */
    abstract void unblock();

    /** Frees the pipe. */
    abstract void closePipe();

    static void close(Closeable pipe) {
        try {
            pipe.close();
        } catch (IOException e) {
            // nobody is there any more to be told
        }
    }

    /** Ends it for a reason, unless it has ended. */
    void fail(IOException reason) {
        if (!destroyed) {
            failure = reason;
            destroy();
        }
    }

    /** The pipe has an error: the JDK says why in words only. */
    void pipeFailed(String operation, IOException e) {
        TorusIoException reason = TorusIoException.of(operation, name, Errno.EPIPE.result());
        reason.initCause(e);
        fail(reason);
    }

    /** Closes at once: only the close callback follows. */
    public void destroy() {
        loop.checkThread();
        if (destroyed) {
            return;
        }
        destroyed = true;
        stop();
        closePipe();
        loop.nextTick(this::closed);
    }

    private void closed() {
        closed = true;
        if (failure != null) {
            loop.guarded(this::report);
        }
        loop.guarded(onClose);
        afterClose.run();
    }

    private void report() {
        if (onFailure == null) {
            throw new UncheckedLoopException(failure);
        }
        onFailure.accept(failure);
    }

    @Override
    public String toString() {
        return name;
    }
}
