package dev.torus.tck.ring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** What a test does with the other end of a connection, a blocking Java channel. */
public final class PeerIo {
    private PeerIo() {}

    /** A blocking channel connected to the port of 127.0.0.1. */
    public static SocketChannel connect(int port) {
        try {
            SocketChannel channel = SocketChannel.open(SockAddr.loopback(port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes all of it. */
    public static void write(SocketChannel channel, byte[] data) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(data);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads exactly {@code length} bytes, or fewer at end of stream. */
    public static byte[] read(SocketChannel channel, int length) {
        try {
            // through the socket's own stream, whose reads have a time limit: only a safety net
            channel.socket().setSoTimeout((int) (RingDriver.PATIENCE_NANOS / 1_000_000));
            return channel.socket().getInputStream().readNBytes(length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes it in order (FIN). */
    public static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes it with a reset (RST). */
    public static void reset(SocketChannel channel) {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
