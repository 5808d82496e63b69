package dev.torus.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A destination of bytes: a {@link Socket}, a {@link FileWriteStream}, the input of a {@link ChildProcess}. A handler that is set takes
 * the place of the one before. Loop thread only.
 */
public interface Writable {
    /** Called when everything queued has been written, after {@link #write} answered false. */
    Writable onDrain(Runnable handler);

    /** Called last of all. */
    Writable onClose(Runnable handler);

    /** Called with what went wrong; close follows. Without a handler that is an uncaught exception. */
    Writable onFailure(Consumer<IOException> handler);

    /**
     * Queues what remains in a buffer, which is copied; its position moves to its limit.
     *
     * @return false when more than the high watermark is queued: wait for {@link #onDrain} before writing more
     * @throws IllegalStateException after {@link #end} or {@link #destroy}
     * @throws QueuedBytesLimitException if more would be queued than {@link LoopOptions#maxQueuedBytes()}: nothing was
     */
    boolean write(ByteBuffer data);

    /** Writes what is queued and then ends. */
    void end();

    /** Whether {@link #end} or {@link #destroy} was called, so that nothing can be written any more. */
    boolean isEnded();

    /** Closes at once: what is queued is dropped, and only the close callback follows. */
    void destroy();

    /** Whether it was destroyed, by the program, an error, or because it has ended. */
    boolean isDestroyed();

    /** Bytes queued and not yet taken by the system. */
    int queuedBytes();
}
