package dev.torus.examples.strategies;

import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.function.Consumer;

/** One connection on the kernel: receive, then for each request open, read until the end, close, hash, send; again. */
final class KernelConnection {
    static final int STEP_BITS = 3;
    static final int STEP_MASK = (1 << STEP_BITS) - 1;

    private static final int RECEIVE = 0;
    private static final int OPEN = 1;
    private static final int READ = 2;
    private static final int CLOSE_FILE = 3;
    private static final int SEND = 4;
    private static final int CLOSE = 5;

    private static final int REQUEST_BYTES = 512;
    private static final int CHUNK = 8192;

    private final IoKernel kernel;
    private final Path file;
    private final long token;
    private final Consumer<KernelConnection> closed;
    private final IoBuffer buffer;
    private final MessageDigest digest = Digests.sha256();

    private long socket;
    private long open;
    private long position;
    private int waiting;
    private int sent;

    KernelConnection(IoKernel kernel, Path file, int number, Consumer<KernelConnection> closed) {
        this.kernel = kernel;
        this.file = file;
        this.closed = closed;
        token = (long) number << STEP_BITS;
        buffer = kernel.allocate(CHUNK);
    }

    void begin(long accepted) {
        socket = accepted;
        waiting = 0;
        receive();
    }

    void completed(int step, long result) {
        switch (step) {
            case RECEIVE -> received(result);
            case OPEN -> opened(result);
            case READ -> read(result);
            case CLOSE_FILE -> answer();
            case SEND -> sent(result);
            case CLOSE -> closed.accept(this);
            default -> throw new AssertionError("step " + step);
        }
    }

    private void receive() {
        kernel.recv(socket, buffer, 0, REQUEST_BYTES, token | RECEIVE);
    }

    private void received(long result) {
        if (result <= 0) {
            close();
            return;
        }
        waiting =
                Digests.requests(buffer.bytes().duplicate().limit((int) result).position(0));
        next();
    }

    private void next() {
        if (waiting == 0) {
            receive();
        } else {
            waiting--;
            kernel.openFile(file, 0, 0, token | OPEN);
        }
    }

    private void opened(long result) {
        if (result < 0) {
            close();
            return;
        }
        open = result;
        position = 0;
        readChunk();
    }

    private void readChunk() {
        kernel.read(open, buffer, 0, CHUNK, position, token | READ);
    }

    private void read(long result) {
        if (result > 0) {
            digest.update(buffer.bytes().duplicate().limit((int) result).position(0));
            position += result;
            readChunk();
        } else {
            kernel.close(open, token | CLOSE_FILE);
        }
    }

    private void answer() {
        ByteBuffer out = buffer.bytes();
        out.clear().put(Digests.line(digest.digest()));
        sent = 0;
        kernel.send(socket, buffer, 0, Digests.LINE_BYTES, token | SEND);
    }

    private void sent(long result) {
        if (result < 0) {
            close();
            return;
        }
        sent += (int) result;
        if (sent < Digests.LINE_BYTES) {
            kernel.send(socket, buffer, sent, Digests.LINE_BYTES - sent, token | SEND);
        } else {
            next();
        }
    }

    private void close() {
        kernel.close(socket, token | CLOSE);
    }
}
