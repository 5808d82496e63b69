package dev.torus.syscall;

import dev.torus.kernel.TorusIoException;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Where bytes can be written: a file, a pipe or a console.
 *
 * <p>Any thread; two writes at the same time may mix.
 */
public interface Output extends Closeable {
    /**
     * Writes once, from the position of a direct buffer to its limit, and moves the position over what was written. On a Windows console
     * the bytes are UTF-8 text, of which only whole characters are taken.
     *
     * @return bytes written, at least 1 unless the buffer is empty; possibly fewer than there are
     * @throws IllegalArgumentException for a heap buffer
     * @throws TorusIoException EBADF when closed, EPIPE when nobody reads any more, ENOSPC, and what the system says
     */
    int write(ByteBuffer bytes) throws TorusIoException;

    /** Writes a whole text as UTF-8. */
    default void print(String text) throws TorusIoException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocateDirect(utf8.length).put(utf8).flip();
        while (bytes.hasRemaining()) {
            write(bytes);
        }
    }

    /** Closes it; again does nothing. */
    @Override
    void close() throws TorusIoException;
}
