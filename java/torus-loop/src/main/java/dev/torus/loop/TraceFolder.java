package dev.torus.loop;

import dev.torus.loop.trace.ChromeTrace;
import dev.torus.loop.trace.Timeline;
import dev.torus.loop.trace.Trace;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Traces every loop of a program that knows nothing of it: with {@code -Dtorus.trace=FOLDER} each loop leaves {@code trace.json} and
 * {@code trace.html} there when a run of it ends or the VM does, the second loop {@code trace-2.json} and so on.
 */
final class TraceFolder {
    static final String PROPERTY = "torus.trace";
    private static final String RECORDS_PROPERTY = "torus.trace.records";
    private static final long PATIENCE_MILLIS = 1000;
    private static final AtomicInteger LOOPS = new AtomicInteger();
    private static final Set<TraceFolder> RUNNING = ConcurrentHashMap.newKeySet();

    private final EventLoop loop;
    private final LoopTracer tracer;
    private final Path folder;
    private final String name;

    private TraceFolder(EventLoop loop, LoopTracer tracer, Path folder, int number) {
        this.loop = loop;
        this.tracer = tracer;
        this.folder = folder;
        this.name = number == 1 ? "trace" : "trace-" + number;
    }

    /**
     * Begins to trace a loop if the property is set; otherwise null.
     *
     * @throws IllegalArgumentException if {@code torus.trace.records} is no number or out of range
     */
    static TraceFolder forLoop(EventLoop loop) {
        String folder = System.getProperty(PROPERTY);
        if (folder == null || folder.isEmpty()) {
            return null;
        }
        int number = LOOPS.incrementAndGet();
        if (number == 1) {
            Runtime.getRuntime().addShutdownHook(new Thread(TraceFolder::writeRunning, "torus-trace"));
        }
        return new TraceFolder(loop, loop.perf().trace(records()), Path.of(folder), number);
    }

    private static int records() {
        String given = System.getProperty(RECORDS_PROPERTY);
        try {
            return given == null ? LoopTracer.DEFAULT_RECORDS : Integer.parseInt(given);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(RECORDS_PROPERTY + " is not a number: " + given, e);
        }
    }

    void runBegins() {
        RUNNING.add(this);
    }

    void runEnds() {
        if (RUNNING.remove(this)) {
            write(tracer.trace());
        }
    }

    /** The VM ends while loops run: each writes by itself; for one that is stuck in a callback, and so records nothing, this thread does. */
    private static void writeRunning() {
        for (TraceFolder folder : List.copyOf(RUNNING)) {
            CountDownLatch written = new CountDownLatch(1);
            try {
                folder.loop.execute(() -> {
                    folder.runEnds();
                    written.countDown();
                });
                if (written.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                    continue;
                }
            } catch (RejectedExecutionException | InterruptedException e) {
                // as if it were stuck
            }
            if (RUNNING.remove(folder)) {
                folder.write(folder.tracer.snapshot());
            }
        }
    }

    private void write(Trace trace) {
        try {
            Files.createDirectories(folder);
            try (Writer out = Files.newBufferedWriter(folder.resolve(name + ".json"))) {
                ChromeTrace.write(trace, out);
            }
            try (Writer out = Files.newBufferedWriter(folder.resolve(name + ".html"))) {
                Timeline.write(trace, out);
            }
        } catch (IOException e) {
            System.getLogger(TraceFolder.class.getName())
                    .log(System.Logger.Level.ERROR, "cannot write the trace to " + folder, e);
        }
    }
}
