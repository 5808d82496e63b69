package dev.torus.loop;

import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What file streams have in common: open, fail, close. What a stream asks the system for keeps the loop alive, the stream itself does not,
 * as in Node: one that is paused, or that nobody reads or writes, lets the loop end.
 */
abstract class FileStream extends LoopHandle {
    final Files files;
    final Path path;

    private OpenFile file;
    private boolean opening;
    private boolean destroyed;
    private IOException failure;
    private Runnable onOpen = () -> {};
    private Runnable onClose = () -> {};
    private Consumer<IOException> onFailure;

    FileStream(EventLoop loop, Files files, Path path) {
        super(loop);
        this.files = files;
        this.path = path;
        unref();
    }

    void handleOpen(Runnable handler) {
        onOpen = handler;
    }

    void handleClose(Runnable handler) {
        onClose = handler;
    }

    void handleFailure(Consumer<IOException> handler) {
        onFailure = handler;
    }

    /** Opens the file; success is told to {@link #opened}. */
    void open(int flags, int mode) {
        loop.life().activated(this);
        opening = true;
        files.open(path, flags, mode).onSettled((open, reason) -> {
            opening = false;
            file = open;
            if (destroyed) {
                close();
                return;
            }
            if (reason != null) {
                fail(reason);
                return;
            }
            try {
                onOpen.run();
            } finally {
                opened();
            }
        });
    }

    /** The file is open; may be destroyed already. */
    abstract void opened();

    /** All operations have ended: gives back what they used. */
    abstract void release();

    boolean isOpen() {
        return file != null && !destroyed;
    }

    OpenFile file() {
        return file;
    }

    /** Ends it for a reason, unless it has ended. */
    void fail(Throwable reason) {
        if (destroyed) {
            return;
        }
        failure = reason instanceof IOException e ? e : new IOException(reason);
        destroy();
    }

    void fail(TorusIoException reason) {
        fail((Throwable) reason);
    }

    /** Closes at once: only the close callback follows. */
    public void destroy() {
        loop.checkThread();
        if (destroyed) {
            return;
        }
        destroyed = true;
        if (!opening) {
            close();
        }
    }

    /** Whether it was destroyed, by the program, an error, or because it has ended. */
    public boolean isDestroyed() {
        return destroyed;
    }

    private void close() {
        if (file != null) {
            files.closeAtLast(file, this::closed);
        } else {
            closed();
        }
    }

    private void closed() {
        release();
        loop.life().deactivated(this);
        if (failure != null) {
            loop.guarded(this::report);
        }
        onClose.run();
    }

    private void report() {
        if (onFailure == null) {
            throw new UncheckedLoopException(failure);
        }
        onFailure.accept(failure);
    }

    @Override
    void abandon() {
        destroy();
    }
}
