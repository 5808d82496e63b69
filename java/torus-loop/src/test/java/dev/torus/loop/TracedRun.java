package dev.torus.loop;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A program that does a little of everything a tracer records. */
public final class TracedRun {
    private TracedRun() {}

    /** Begins it; the loop ends by itself. */
    public static void begin(EventLoop loop, Path file) {
        loop.setTimeout(1, () -> loop.setImmediate(() -> loop.nextTick(() -> loop.queueMicrotask(() -> {}))));
        loop.fs().readFile(file).thenAccept(text -> loop.execute(() -> {}));
        loop.crypto().hash("SHA-256", "torus".getBytes(StandardCharsets.UTF_8)).thenAccept(digest -> {});
        Server server = loop.net().createServer(peer -> peer.pipe(peer)).listen(0);
        Socket socket = loop.net().connect(server.port());
        socket.onData(data -> {});
        socket.onClose(server::close);
        socket.end("hello");
    }
}
