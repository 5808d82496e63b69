package dev.torus.benchmarks.strategies;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What the kernel knows of a process, from proc(5): processor time in ms, resident memory in KiB, threads, and how often
 * a thread gave the processor up (voluntary) or lost it (involuntary).
 */
record ProcessFigures(
        long userMillis, long systemMillis, long residentKib, long threads, long voluntary, long involuntary) {
    /** Of USER_HZ, which is 100 on every Linux that Java runs on. */
    private static final int MILLIS_PER_TICK = 10;

    private static final int FIELD_UTIME = 11; // counted from the state, the first field after the name
    private static final int FIELD_STIME = 12;

    static ProcessFigures of(long pid) throws IOException {
        Path folder = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(folder.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        String status = Files.readString(folder.resolve("status"));
        long voluntary = 0;
        long involuntary = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(folder.resolve("task"))) {
            for (Path task : tasks) {
                try {
                    String text = Files.readString(task.resolve("status"));
                    voluntary += number(text, "voluntary_ctxt_switches");
                    involuntary += number(text, "nonvoluntary_ctxt_switches");
                } catch (NoSuchFileException ended) {
                    // a thread that ended meanwhile
                }
            }
        }
        return new ProcessFigures(
                Long.parseLong(fields[FIELD_UTIME]) * MILLIS_PER_TICK,
                Long.parseLong(fields[FIELD_STIME]) * MILLIS_PER_TICK,
                number(status, "VmRSS"),
                number(status, "Threads"),
                voluntary,
                involuntary);
    }

    static long number(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }
}
