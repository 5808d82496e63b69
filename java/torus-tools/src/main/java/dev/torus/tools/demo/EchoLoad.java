package dev.torus.tools.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Closed-loop load on an echo server: every connection has one message on its way. Runs on the JDK's own selector, so that
 * it is the same for every backend. Checks what comes back.
 */
final class EchoLoad implements AutoCloseable {
    private static final long STALL_MILLIS = 10_000;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final int bytes;
    private final ByteBuffer answer;
    private Histogram latency;
    private long messages;

    EchoLoad(InetSocketAddress server, int count, int bytes) throws IOException {
        this.bytes = bytes;
        this.answer = ByteBuffer.allocateDirect(bytes);
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Connection connection = new Connection(channel, bytes, (byte) i);
            channel.register(selector, SelectionKey.OP_READ, connection);
            connections.add(connection);
        }
    }

    /** What was measured. */
    record Result(long messages, double seconds, Histogram latencyNanos) {
        double perSecond() {
            return messages / seconds;
        }

        double micros(double percentile) {
            return latencyNanos.getValueAtPercentile(percentile) / 1e3;
        }
    }

    /** Keeps the server busy for so long; at the end no message is on its way. */
    Result run(long nanos) throws IOException {
        latency = new Histogram(TimeUnit.MINUTES.toNanos(1), SIGNIFICANT_DIGITS);
        messages = 0;
        long start = System.nanoTime();
        long deadline = start + nanos;
        for (Connection connection : connections) {
            connection.send();
        }
        int open = connections.size();
        while (open > 0) {
            boolean again = System.nanoTime() - deadline < 0;
            int[] ended = new int[1];
            int events =
                    selector.select(key -> ended[0] += receive((Connection) key.attachment(), again), STALL_MILLIS);
            if (events == 0) {
                throw new IOException("no answer within " + STALL_MILLIS + " ms");
            }
            open -= ended[0];
        }
        return new Result(messages, (System.nanoTime() - start) / 1e9, latency);
    }

    /** Takes what is there; 1 when this connection has its answer and sends no more. */
    private int receive(Connection connection, boolean again) {
        try {
            answer.clear().limit(bytes - connection.received);
            int got = connection.channel.read(answer);
            if (got < 0) {
                throw new IOException("the server closed a connection");
            }
            for (int i = 0; i < got; i++) {
                if (answer.get(i) != connection.message.get(connection.received + i)) {
                    throw new IOException("a byte came back wrong");
                }
            }
            connection.received += got;
            if (connection.received < bytes) {
                return 0;
            }
            latency.recordValue(System.nanoTime() - connection.sentNanos);
            messages++;
            if (again) {
                connection.send();
                return 0;
            }
            return 1;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }

    private static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer message;
        private int received;
        private long sentNanos;

        Connection(SocketChannel channel, int bytes, byte first) {
            this.channel = channel;
            this.message = ByteBuffer.allocateDirect(bytes);
            for (int i = 0; i < bytes; i++) {
                message.put(i, (byte) (first + i));
            }
        }

        void send() throws IOException {
            received = 0;
            sentNanos = System.nanoTime();
            message.clear();
            while (message.hasRemaining()) {
                // a small message with nothing else on its way always fits
                channel.write(message);
            }
        }
    }
}
