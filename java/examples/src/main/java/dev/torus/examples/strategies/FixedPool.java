package dev.torus.examples.strategies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One thread waits for all connections; a request is given to a pool of as many threads as there are processors, at least
 * 4, which read, hash and answer with blocking calls. While a connection is with the pool it is not waited for, so its
 * answers keep their order.
 */
final class FixedPool implements Service {
    private static final int BACKLOG = 4096;
    private static final int REQUEST_BYTES = 512;

    private final Path file;
    private final Selector selector;
    private final ServerSocketChannel listener;
    private final ExecutorService pool;
    private final ConcurrentLinkedQueue<SelectionKey> answered = new ConcurrentLinkedQueue<>();
    private final Thread waiter;
    private volatile boolean closed;

    private FixedPool(Path file) throws IOException {
        this.file = file;
        selector = Selector.open();
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        pool = Executors.newFixedThreadPool(Math.max(4, Runtime.getRuntime().availableProcessors()));
        waiter = new Thread(this::waitForRequests, "waiter");
        waiter.start();
    }

    static Service start(Path file) throws IOException {
        return new FixedPool(file);
    }

    private void waitForRequests() {
        try {
            while (!closed) {
                selector.select(this::ready);
                for (SelectionKey key = answered.poll(); key != null; key = answered.poll()) {
                    if (key.isValid()) {
                        key.interestOps(SelectionKey.OP_READ);
                    }
                }
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void ready(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
        } else {
            key.interestOps(0);
            pool.execute(() -> answer(key));
        }
    }

    private void accept() {
        try {
            for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
                client.configureBlocking(false);
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                client.register(selector, SelectionKey.OP_READ, ByteBuffer.allocateDirect(REQUEST_BYTES));
            }
        } catch (IOException e) {
            // closed, or out of descriptors: the selector tells again
        }
    }

    private void answer(SelectionKey key) {
        SocketChannel client = (SocketChannel) key.channel();
        ByteBuffer received = (ByteBuffer) key.attachment();
        try {
            if (client.read(received.clear()) < 0) {
                client.close();
                return;
            }
            for (int left = Digests.requests(received.flip()); left > 0; left--) {
                ByteBuffer line = ByteBuffer.wrap(Digests.answer(Files.readAllBytes(file)));
                while (line.hasRemaining()) {
                    client.write(line);
                }
            }
            answered.add(key);
            selector.wakeup();
        } catch (IOException e) {
            key.cancel();
            closeQuietly(client);
        }
    }

    private static void closeQuietly(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }

    @Override
    public int port() {
        return listener.socket().getLocalPort();
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            waiter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.shutdown();
    }
}
