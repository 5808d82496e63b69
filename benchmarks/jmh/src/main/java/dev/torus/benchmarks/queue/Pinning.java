package dev.torus.benchmarks.queue;

import java.io.IOException;
import java.nio.file.Path;

/** Binds threads to processors, through taskset: Java has no call for it. */
final class Pinning {
    private Pinning() {}

    /** Binds the calling thread to one processor, counted from 0 among all; Linux with util-linux only. */
    static void pin(int processor) throws IOException, InterruptedException {
        String thread = Path.of("/proc/thread-self").toRealPath().getFileName().toString();
        Process taskset = new ProcessBuilder("taskset", "-p", "-c", Integer.toString(processor), thread)
                .redirectErrorStream(true)
                .start();
        String said = new String(taskset.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (taskset.waitFor() != 0) {
            throw new IOException("taskset: " + said);
        }
    }
}
