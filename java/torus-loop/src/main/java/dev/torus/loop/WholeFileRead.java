package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * Reads all of a file: open, ask for its size, read until the end, close. The steps follow each other in the macrotasks
 * of their completions, as in Node, so that the promise is settled in the macrotask of the last.
 */
final class WholeFileRead {
    private static final int GROWTH = 64 * 1024;

    private final Files files;
    private final LoopPromise<byte[]> promise;
    /** What is under way. */
    private LoopPromise<?> step;

    private OpenFile file;
    private ByteBuffer into;

    WholeFileRead(Files files, LoopPromise<byte[]> promise) {
        this.files = files;
        this.promise = promise;
    }

    LoopPromise<byte[]> begin(Path path) {
        promise.named("readFile", path).onCancel(() -> step.cancel(false));
        then(files.open(path), (opened, failure) -> {
            if (failure != null) {
                promise.completeExceptionally(failure);
                return;
            }
            file = opened;
            then(files.stat(opened), this::sized);
        });
        return promise;
    }

    private <T> void then(LoopPromise<T> next, BiConsumer<? super T, ? super Throwable> callback) {
        step = next;
        next.onSettled(callback);
    }

    private void sized(FileStatus status, Throwable failure) {
        if (failure != null) {
            close(null, failure);
        } else if (status.isDirectory()) {
            close(null, TorusIoException.of("read", file.toString(), Errno.EISDIR.result()));
        } else if (status.size() > Integer.MAX_VALUE - 8) {
            close(null, TorusIoException.of("read", file.toString(), Errno.EFBIG.result()));
        } else {
            // the size is a hint: files of /proc say 0, and a file may grow
            into = ByteBuffer.allocate((int) status.size() + 1);
            then(files.read(file, into, 0), this::read);
        }
    }

    private void read(Integer count, Throwable failure) {
        if (failure != null) {
            close(null, failure);
        } else if (count == 0) {
            close(Arrays.copyOfRange(into.array(), into.arrayOffset(), into.arrayOffset() + into.position()), null);
        } else {
            if (!into.hasRemaining()) {
                into = ByteBuffer.allocate(Math.max(GROWTH, 2 * into.capacity()))
                        .put(into.flip());
            }
            then(files.read(file, into, into.position()), this::read);
        }
    }

    private void close(byte[] bytes, Throwable failure) {
        file.close().onSettled((closed, ignored) -> {
            if (failure != null) {
                promise.completeExceptionally(failure);
            } else {
                promise.complete(bytes);
            }
        });
    }
}
