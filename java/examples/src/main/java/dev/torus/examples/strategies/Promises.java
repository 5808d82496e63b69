package dev.torus.examples.strategies;

import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopPromise;
import dev.torus.loop.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The event loop with promises: the steps of an answer are a chain. */
final class Promises {
    private Promises() {}

    static Service start(Path file) throws IOException {
        return new LoopService((loop, socket) -> {
            // each answer waits for the one before it, so that they leave in order
            LoopPromise<?>[] last = {loop.resolved(null)};
            socket.onData(received -> {
                for (int left = Digests.requests(received); left > 0; left--) {
                    last[0] = last[0].thenCompose(before -> answer(loop, socket, file));
                }
            });
        });
    }

    private static LoopPromise<?> answer(EventLoop loop, Socket socket, Path file) {
        return loop.fs()
                .readBytes(file)
                .thenCompose(content -> loop.crypto().hash("SHA-256", content))
                .thenAccept(hash -> socket.write(ByteBuffer.wrap(Digests.line(hash))))
                .exceptionally(failure -> {
                    socket.destroy();
                    return null;
                });
    }
}
