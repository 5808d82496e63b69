package dev.torus.benchmarks.crossing;

import java.nio.file.Files;
import java.nio.file.Path;

/** The functions of {@code c/crossing.c} by JNI. */
final class JniFunctions {
    private JniFunctions() {}

    /** Built by {@code make -C benchmarks/jmh/c}; {@code -Dtorus.crossing=FILE} names another place. */
    static Path library() {
        String name = System.mapLibraryName("crossing");
        Path file = Path.of(System.getProperty("torus.crossing", "benchmarks/jmh/c/build/" + name))
                .toAbsolutePath();
        if (!Files.exists(file)) {
            throw new IllegalStateException(
                    file + " is not there: make -C benchmarks/jmh/c builds it, -Dtorus.crossing=FILE names another");
        }
        return file;
    }

    static void load() {
        System.load(library().toString());
    }

    static native void empty();

    static native long clock();

    static native int write(int descriptor, long address, int length);

    static native int openNullDevice();

    static native long address(java.nio.ByteBuffer direct);
}
