package dev.torus.benchmarks.tracer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Connections with one message on its way on each, driven by the calling thread. */
final class EchoClients implements AutoCloseable {
    private static final long STALL_MILLIS = 10_000;

    private final Selector selector = Selector.open();
    private final ByteBuffer answer;
    private final ByteBuffer message;
    private long messages;

    EchoClients(int port, int count, int bytes) throws IOException {
        answer = ByteBuffer.allocateDirect(bytes);
        message = ByteBuffer.allocateDirect(bytes);
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            send(channel);
        }
    }

    private void send(SocketChannel channel) throws IOException {
        channel.write(message.clear());
    }

    /** Keeps the server busy for so long; how many messages came back. */
    long run(long nanos) throws IOException {
        long before = messages;
        long deadline = System.nanoTime() + nanos;
        while (System.nanoTime() - deadline < 0) {
            if (selector.select(this::receive, STALL_MILLIS) == 0) {
                throw new IOException("no answer within " + STALL_MILLIS + " ms");
            }
        }
        return messages - before;
    }

    private void receive(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (channel.read(answer.clear()) != answer.capacity()) {
                throw new IOException("an answer came in pieces");
            }
            messages++;
            send(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
