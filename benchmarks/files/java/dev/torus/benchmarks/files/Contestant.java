package dev.torus.benchmarks.files;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** What the Java contestants have in common: commands in, results out, and where the next operation is. See {@code ../files.py}. */
abstract class Contestant {
    /** What is measured. SYNC is a write and the sync behind it, OPEN an open and the close. */
    enum Operation {
        READ,
        WRITE,
        SYNC,
        OPEN,
        STAT
    }

    /** One command. */
    record Work(Operation operation, boolean sequential, int bytes, int depth, double seconds) {
        static Work parse(String line) {
            String[] words = line.strip().split(" ");
            return new Work(
                    Operation.valueOf(words[0].toUpperCase(Locale.ROOT)),
                    words[1].equals("sequential"),
                    Integer.parseInt(words[2]),
                    Integer.parseInt(words[3]),
                    Double.parseDouble(words[4]));
        }
    }

    static final int MAX_DEPTH = 256;
    static final int MAX_BYTES = 64 * 1024;

    final Path path;
    private final long fileBytes;
    private long random = 0x9E3779B97F4A7C15L;
    private long sequence;

    Contestant(Path path, long fileBytes) {
        this.path = path;
        this.fileBytes = fileBytes;
    }

    /** Keeps {@code depth} operations in flight until the time is over; how many were done. */
    abstract long run(Work work) throws Exception;

    /** Threads of the operating system that worked for the ring, as far as that can be told. */
    int workers() {
        return 0;
    }

    /** Position of the next read or write. */
    final long position(Work work) {
        long blocks = fileBytes / work.bytes;
        return (work.sequential ? sequence++ % blocks : (next() >>> 1) % blocks) * work.bytes;
    }

    private long next() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }

    static long deadline(Work work) {
        return System.nanoTime() + (long) (work.seconds * 1e9);
    }

    static void check(long result, long expected) {
        if (result != expected) {
            throw new IllegalStateException("result " + result + ", not " + expected);
        }
    }

    /** Obeys until the end of standard input. */
    final void obey() throws Exception {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        System.out.println("ready");
        System.out.flush();
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            Work work = Work.parse(line);
            if (work.depth > MAX_DEPTH || work.bytes > MAX_BYTES) {
                throw new IOException("too much: " + line);
            }
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            long begin = System.nanoTime();
            long operations = run(work);
            double seconds = (System.nanoTime() - begin) / 1e9;
            allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated;
            System.out.printf(
                    Locale.ROOT,
                    "{\"operations\": %d, \"seconds\": %.6f, \"workers\": %d, \"allocated\": %d}%n",
                    operations,
                    seconds,
                    workers(),
                    allocated);
            System.out.flush();
        }
    }
}
