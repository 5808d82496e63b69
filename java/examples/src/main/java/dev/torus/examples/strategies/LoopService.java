package dev.torus.examples.strategies;

import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** An event loop on a thread of its own, with a server on it. */
final class LoopService implements Service {
    private final EventLoop loop;
    private final int port;
    private final Thread thread;

    /** Serves a connection, on the loop's thread. */
    interface Conversation {
        void begin(EventLoop loop, Socket socket);
    }

    LoopService(Conversation conversation) throws IOException {
        CompletableFuture<EventLoop> made = new CompletableFuture<>();
        CompletableFuture<Integer> listening = new CompletableFuture<>();
        thread = new Thread(() -> run(conversation, made, listening), "loop");
        thread.start();
        try {
            loop = made.join();
            port = listening.join();
        } catch (java.util.concurrent.CompletionException e) {
            throw new IOException("the loop does not start", e.getCause());
        }
    }

    private static void run(
            Conversation conversation, CompletableFuture<EventLoop> made, CompletableFuture<Integer> listening) {
        try (EventLoop loop = EventLoop.create()) {
            made.complete(loop);
            loop.run(() -> {
                Server server = loop.net().createServer(socket -> {
                    socket.setNoDelay(true);
                    conversation.begin(loop, socket);
                });
                server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                server.onListening(() -> listening.complete(server.port()));
            });
        } catch (BackendUnavailableException e) {
            made.completeExceptionally(e);
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void close() {
        loop.execute(loop::stop);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
