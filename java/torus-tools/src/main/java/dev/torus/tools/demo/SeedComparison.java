package dev.torus.tools.demo;

import dev.torus.examples.SeedProgram;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The seed's program on each backend: the order of its events must be the same. */
final class SeedComparison {
    private final PrintStream out;

    SeedComparison(PrintStream out) {
        this.out = out;
    }

    /** Whether all backends had the same order. */
    boolean run(List<String> backends) throws Exception {
        Path file = Files.createTempFile("torus-demo", ".txt");
        try {
            Files.writeString(file, "A torus is a ring turned round a ring.\n".repeat(50));
            List<String> first = null;
            boolean same = true;
            for (String backend : backends) {
                List<String> events = SeedProgram.run(backend, file, out::println);
                if (first == null) {
                    first = events;
                } else if (!events.equals(first)) {
                    same = false;
                    out.println("a different order than on " + backends.get(0) + ": " + events);
                }
                out.println();
            }
            out.println(
                    same
                            ? "the same order of events on " + backends
                                    + " (the second read is left out: its place is the worker pool's)"
                            : "the order of events differs");
            out.println();
            return same;
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
