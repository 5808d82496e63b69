package dev.torus.examples.strategies;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The event loop with callbacks: each step is told what comes after it, and every one has to look for a failure. */
final class Callbacks {
    private final EventLoop loop;
    private final Socket socket;
    private final Path file;
    private int waiting;

    private Callbacks(EventLoop loop, Socket socket, Path file) {
        this.loop = loop;
        this.socket = socket;
        this.file = file;
    }

    static Service start(Path file) throws IOException {
        return new LoopService((loop, socket) -> {
            Callbacks conversation = new Callbacks(loop, socket, file);
            socket.onData(conversation::requested);
        });
    }

    private void requested(ByteBuffer received) {
        int before = waiting;
        waiting += Digests.requests(received);
        if (before == 0 && waiting > 0) {
            answer();
        }
    }

    private void answer() {
        loop.fs().readBytes(file).handle((content, readFailure) -> {
            if (readFailure != null) {
                socket.destroy();
                return null;
            }
            return loop.crypto().hash("SHA-256", content).handle((hash, hashFailure) -> {
                if (hashFailure != null) {
                    socket.destroy();
                    return null;
                }
                socket.write(ByteBuffer.wrap(Digests.line(hash)));
                if (--waiting > 0) {
                    answer();
                }
                return null;
            });
        });
    }
}
