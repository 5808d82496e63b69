package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Timeout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Code that waits, a virtual thread for each file, and one loop that does all their I/O: {@link EventLoop#ask} hands a question to the
 * loop, and only the asking thread waits for the answer. Compiled for Java 17; virtual threads are there from 21 on. {@code VirtualThreads
 * FILE…}
 */
public final class VirtualThreads {
    private static final long HOUR_MILLIS = 3_600_000;

    private VirtualThreads() {}

    /** Counts the lines of files, each on a thread of its own, and ends when all are counted. */
    public static void run(EventLoop loop, Executor threads, List<Path> files, Consumer<String> out) {
        AtomicInteger left = new AtomicInteger(files.size());
        loop.run(() -> {
            Timeout alive = loop.setInterval(HOUR_MILLIS, () -> {}); // threads alone do not keep a loop alive
            for (Path file : files) {
                threads.execute(() -> {
                    String said = count(loop, file);
                    loop.execute(() -> {
                        out.accept(said);
                        if (left.decrementAndGet() == 0) {
                            loop.clearInterval(alive);
                        }
                    });
                });
            }
        });
    }

    /** Plain blocking code: each get() parks this thread, not the loop's. */
    private static String count(EventLoop loop, Path file) {
        try {
            long size = loop.ask(() -> loop.fs().stat(file)).get().size();
            long lines = loop.ask(() -> loop.fs().readFile(file)).get().lines().count();
            return file.getFileName() + ": " + size + " bytes, " + lines + " lines";
        } catch (Exception e) {
            return file.getFileName() + ": " + e.getCause().getMessage();
        }
    }

    /** {@code Executors.newVirtualThreadPerTaskExecutor()}, which Java 17 does not know. */
    public static Executor virtualThreads() throws ReflectiveOperationException {
        return (Executor)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    /** Counts the files that are named. */
    public static void main(String[] args) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            run(loop, virtualThreads(), List.of(args).stream().map(Path::of).toList(), System.out::println);
        }
    }
}
