package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.OpenFile;
import dev.torus.loop.Timeout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Prints a file and then what is added to it, as {@code tail -f} does. {@code FileTail FILE} */
public final class FileTail {
    private static final int LOOK_EVERY_MILLIS = 100;

    private final EventLoop loop;
    private final Consumer<ByteBuffer> lines;
    private final ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
    private OpenFile file;
    private long position;
    /** While it waits for more. */
    private Timeout nextLook;

    private boolean stopped;

    private FileTail(EventLoop loop, Consumer<String> line) {
        this.loop = loop;
        this.lines = new Lines(line);
    }

    /** Follows a file and keeps the loop alive until it is stopped. A file that cannot be read is an unhandled rejection. */
    public static FileTail follow(EventLoop loop, Path path, Consumer<String> line) {
        FileTail tail = new FileTail(loop, line);
        loop.fs().open(path).thenAccept(file -> {
            tail.file = file;
            tail.look();
        });
        return tail;
    }

    private void look() {
        nextLook = null;
        if (stopped) {
            file.close();
            return;
        }
        file.read(buffer.clear(), position).thenAccept(count -> {
            if (count > 0) {
                position += count;
                lines.accept(buffer.flip());
                look();
            } else {
                atTheEnd();
            }
        });
    }

    /** Waits for more; a file that has become shorter is read from its beginning. */
    private void atTheEnd() {
        file.stat().thenAccept(status -> {
            position = status.size() < position ? 0 : position;
            nextLook = loop.setTimeout(LOOK_EVERY_MILLIS, this::look);
        });
    }

    /** Ends following, at once if it waits. */
    public void stop() {
        stopped = true;
        if (nextLook != null) {
            loop.clearTimeout(nextLook);
            loop.setImmediate(this::look);
        }
    }

    /** Runs until it is interrupted. */
    public static void main(String[] args) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            loop.run(() -> follow(loop, Path.of(args[0]), System.out::println));
        }
    }
}
