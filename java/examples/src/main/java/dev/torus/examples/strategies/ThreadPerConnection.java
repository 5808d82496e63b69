package dev.torus.examples.strategies;

import java.io.IOException;
import java.nio.file.Path;

/** A thread of the operating system for each connection. */
final class ThreadPerConnection {
    private ThreadPerConnection() {}

    static Service start(Path file) throws IOException {
        return new AcceptingThread(
                work -> {
                    Thread thread = new Thread(work, "connection");
                    thread.setDaemon(true);
                    return thread;
                },
                socket -> new BlockingConversation(socket, file));
    }
}
