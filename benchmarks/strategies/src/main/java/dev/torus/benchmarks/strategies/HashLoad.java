package dev.torus.benchmarks.strategies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Closed-loop clients: every one has one request on its way, and checks the answer. */
final class HashLoad implements AutoCloseable {
    private static final byte[] REQUEST = "hash\n".getBytes(StandardCharsets.US_ASCII);
    private static final long STALL_MILLIS = 30_000;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private final ByteBuffer request =
            ByteBuffer.allocateDirect(REQUEST.length).put(REQUEST).flip();
    private final ByteBuffer expected;
    private final ByteBuffer answer;
    private Histogram latency;
    private long answers;

    HashLoad(InetSocketAddress server, int count, byte[] expectedAnswer) throws IOException {
        expected = ByteBuffer.wrap(expectedAnswer);
        answer = ByteBuffer.allocateDirect(expectedAnswer.length);
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Client client = new Client(channel);
            channel.register(selector, SelectionKey.OP_READ, client);
            clients.add(client);
        }
    }

    /** What was measured; latency in ns. */
    record Result(long answers, double seconds, Histogram latency) {}

    /** Keeps the server busy for so long; at the end no request is on its way. */
    Result run(double seconds) throws IOException {
        latency = new Histogram(TimeUnit.MINUTES.toNanos(2), SIGNIFICANT_DIGITS);
        answers = 0;
        long start = System.nanoTime();
        long deadline = start + (long) (seconds * 1e9);
        for (Client client : clients) {
            send(client);
        }
        int open = clients.size();
        while (open > 0) {
            boolean again = System.nanoTime() - deadline < 0;
            int[] ended = new int[1];
            int events = selector.select(key -> ended[0] += receive((Client) key.attachment(), again), STALL_MILLIS);
            if (events == 0) {
                throw new IOException("no answer within " + STALL_MILLIS + " ms");
            }
            open -= ended[0];
        }
        return new Result(answers, (System.nanoTime() - start) / 1e9, latency);
    }

    private void send(Client client) throws IOException {
        client.received = 0;
        client.sentNanos = System.nanoTime();
        request.clear();
        while (request.hasRemaining()) {
            client.channel.write(request); // a few bytes with nothing else on the way always fit
        }
    }

    /** Takes what is there; 1 when this client has its answer and asks no more. */
    private int receive(Client client, boolean again) {
        try {
            answer.clear().position(client.received);
            if (client.channel.read(answer) < 0) {
                throw new IOException("the server closed a connection");
            }
            int from = client.received;
            client.received = answer.position();
            int wrong = answer.flip()
                    .position(from)
                    .mismatch(expected.duplicate().limit(client.received).position(from));
            if (wrong >= 0) {
                throw new IOException("byte " + (from + wrong) + " of an answer is wrong");
            }
            if (client.received < answer.capacity()) {
                return 0;
            }
            latency.recordValue(System.nanoTime() - client.sentNanos);
            answers++;
            if (again) {
                send(client);
                return 0;
            }
            return 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }

    private static final class Client {
        private final SocketChannel channel;
        private int received;
        private long sentNanos;

        Client(SocketChannel channel) {
            this.channel = channel;
        }
    }
}
