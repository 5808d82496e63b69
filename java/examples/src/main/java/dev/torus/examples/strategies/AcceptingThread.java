package dev.torus.examples.strategies;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/** Accepts connections and gives each a thread that the factory makes. */
final class AcceptingThread implements Service {
    private static final int BACKLOG = 4096;

    private final ServerSocket listener;
    private final ThreadFactory threads;
    private final Thread acceptor;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    /** Serves a connection, on its own thread. */
    interface Conversation {
        Runnable with(Socket socket);
    }

    AcceptingThread(ThreadFactory threads, Conversation conversation) throws IOException {
        this.threads = threads;
        listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        acceptor = new Thread(() -> accept(conversation), "acceptor");
        acceptor.start();
    }

    private void accept(Conversation conversation) {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                connections.add(socket);
                Runnable work = conversation.with(socket);
                threads.newThread(() -> {
                            work.run();
                            connections.remove(socket);
                        })
                        .start();
            } catch (IOException e) {
                // closed, or out of descriptors: the next accept says which
            }
        }
    }

    @Override
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() {
        try {
            listener.close();
            acceptor.join();
            for (Socket socket : connections) {
                socket.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
