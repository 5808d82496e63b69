package dev.torus.loop;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A stream of bytes in both directions: a {@link Socket}, or what is laid over one, such as TLS. Data comes as it was sent, then end,
 * then close; close is always the last and comes once (R50). Loop thread only.
 */
public interface Duplex extends Readable, Writable {
    @Override
    Duplex onData(Consumer<ByteBuffer> handler);

    /** Called when the peer has ended its side, after all data. */
    @Override
    Duplex onEnd(Runnable handler);

    @Override
    Duplex onDrain(Runnable handler);

    @Override
    Duplex onClose(Runnable handler);

    @Override
    Duplex onFailure(Consumer<IOException> handler);

    /** Sends what is queued and then ends this side; the other stays usable (R53). */
    @Override
    void end();

    /** Closes at once: what is queued is dropped, and only the close callback follows (R50, R51). */
    @Override
    void destroy();

    /** Whether it was destroyed, by the program, an error, or because both sides have ended. */
    @Override
    boolean isDestroyed();

    /** Whether this side can send no more; what cannot tell is taken to be able to until it is destroyed. */
    @Override
    default boolean isEnded() {
        return isDestroyed();
    }

    /** Address of the peer, or null when it is gone or not connected yet. */
    SocketAddress remoteAddress();

    /** Address of this side, or null. */
    SocketAddress localAddress();
}
