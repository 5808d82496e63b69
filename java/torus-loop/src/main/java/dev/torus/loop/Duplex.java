package dev.torus.loop;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A stream of bytes in both directions: a {@link Socket}, or what is laid over one, such as TLS. Data comes as it was sent, then end,
 * then close; close is always the last and comes once (R50). Loop thread only.
 */
public interface Duplex {
    /** Called with data as it arrives. The buffer is the handler's only until it returns. */
    Duplex onData(Consumer<ByteBuffer> handler);

    /** Called when the peer has ended its side, after all data. */
    Duplex onEnd(Runnable handler);

    /** Called when everything queued has been sent, after {@link #write} answered false. */
    Duplex onDrain(Runnable handler);

    /** Called last of all. */
    Duplex onClose(Runnable handler);

    /** Called with what went wrong; close follows. Without a handler that is an uncaught exception. */
    Duplex onFailure(Consumer<IOException> handler);

    /**
     * Queues what remains in a buffer, which is copied; its position moves to its limit.
     *
     * @return false when more than the high watermark is queued: wait for {@link #onDrain} before writing more
     * @throws IllegalStateException after {@link #end} or {@link #destroy}
     */
    boolean write(ByteBuffer data);

    /** Sends what is queued and then ends this side; the other stays usable (R53). */
    void end();

    /** No data callbacks until {@link #resume()}; nothing is lost (R54). */
    void pause();

    /** Goes on reading. */
    void resume();

    /** Whether reading is paused. */
    boolean isPaused();

    /** Closes at once: what is queued is dropped, and only the close callback follows (R50, R51). */
    void destroy();

    /** Whether it was destroyed, by the program, an error, or because both sides have ended. */
    boolean isDestroyed();

    /** Bytes queued and not yet taken by the system. */
    int queuedBytes();

    /** Address of the peer, or null when it is gone or not connected yet. */
    SocketAddress remoteAddress();

    /** Address of this side, or null. */
    SocketAddress localAddress();
}
