package dev.torus.examples;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Makes lines of bytes as they come, however they were cut on the way. */
final class Lines implements Consumer<ByteBuffer> {
    private static final int MAX_BYTES = 64 * 1024;

    private final Consumer<String> line;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

    Lines(Consumer<String> line) {
        this.line = line;
    }

    @Override
    public void accept(ByteBuffer data) {
        while (data.hasRemaining()) {
            byte next = data.get();
            if (next == '\n') {
                line.accept(begun.toString(StandardCharsets.UTF_8).stripTrailing());
                begun.reset();
            } else if (begun.size() < MAX_BYTES) {
                begun.write(next);
            }
        }
    }
}
