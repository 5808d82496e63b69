package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads all of a file: open, ask for its size, read until the end, close. The steps follow each other in the macrotasks
 * of their completions, as in Node, so that the promise is settled in the macrotask of the last.
 */
final class WholeFileRead {
    private static final int GROWTH = 64 * 1024;

    private final Files files;
    private final LoopPromise<byte[]> promise;
    private OpenFile file;
    private ByteBuffer into;

    WholeFileRead(Files files, LoopPromise<byte[]> promise) {
        this.files = files;
        this.promise = promise;
    }

    LoopPromise<byte[]> begin(Path path) {
        files.open(path).onSettled((opened, failure) -> {
            if (failure != null) {
                promise.completeExceptionally(failure);
                return;
            }
            file = opened;
            files.stat(opened).onSettled(this::sized);
        });
        return promise;
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
            files.read(file, into, 0).onSettled(this::read);
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
            files.read(file, into, into.position()).onSettled(this::read);
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
