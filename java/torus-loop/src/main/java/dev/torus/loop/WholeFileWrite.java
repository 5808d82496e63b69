package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BlockingFiles;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Writes all of a buffer into a file: open, write until nothing is left, close; in macrotasks, as {@link WholeFileRead}. */
final class WholeFileWrite {
    private static final int PERMISSIONS = 0666;

    private final Files files;
    private final LoopPromise<Void> promise;
    private final ByteBuffer content;
    /** What is under way. */
    private LoopPromise<?> step;

    private OpenFile file;

    WholeFileWrite(Files files, LoopPromise<Void> promise, ByteBuffer content) {
        this.files = files;
        this.promise = promise;
        this.content = content;
    }

    /** The flag: truncate or append. */
    LoopPromise<Void> begin(Path path, int flag) {
        int flags = BlockingFiles.O_WRONLY | BlockingFiles.O_CREAT | flag;
        promise.named("writeFile", path).onCancel(() -> step.cancel(false));
        LoopPromise<OpenFile> opening = files.open(path, flags, PERMISSIONS);
        step = opening;
        opening.onSettled((opened, failure) -> {
            if (failure != null) {
                promise.completeExceptionally(failure);
                return;
            }
            file = opened;
            writeRest();
        });
        return promise;
    }

    private void writeRest() {
        if (!content.hasRemaining()) {
            close(null);
            return;
        }
        LoopPromise<Integer> writing = files.write(file, content, -1);
        step = writing;
        writing.onSettled((count, failure) -> {
            if (failure == null && count == 0) {
                close(TorusIoException.of("write", file.toString(), Errno.ENOSPC.result()));
            } else if (failure != null) {
                close(failure);
            } else {
                writeRest();
            }
        });
    }

    private void close(Throwable failure) {
        file.close().onSettled((closed, closeFailure) -> {
            Throwable reason = failure != null ? failure : closeFailure;
            if (reason != null) {
                promise.completeExceptionally(reason);
            } else {
                promise.complete(null);
            }
        });
    }
}
