package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** A file, a timer, a server and a client on one loop. */
public final class LoopHello {
    private LoopHello() {}

    /** Runs until nothing is alive any more. */
    public static void run(Path file, Consumer<String> out) throws Exception {
        // README begins
        try (EventLoop loop = EventLoop.create()) {
            loop.run(() -> {
                loop.fs().readFile(file).thenAccept(text -> out.accept("read " + text.length() + " characters"));
                loop.setTimeout(Duration.ofMillis(50), () -> out.accept("50 ms"));
                Server server = loop.net().createServer(peer -> peer.pipe(peer)).listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onData(data -> out.accept("echo of " + data.remaining() + " bytes"));
                socket.onClose(server::close);
                socket.end("hello");
            }); // until nothing is alive any more, as Node does
        }
        // README ends
    }
}
