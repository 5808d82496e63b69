package dev.torus.benchmarks.wakeup;

import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** A kernel that another thread wakes by posting to it. Arguments: BACKEND [SPIN_MICROS]. See {@code ../wakeup.py}. */
public final class Wakeup {
    private static final int MAX_POSTS = 1_000_000;

    private final IoKernel kernel;
    private volatile long sentAt;
    private volatile long taken;
    /** Of the first post of a round. */
    private volatile long latency;

    private final Runnable first = this::first;
    private final Runnable other = this::other;

    private Wakeup(IoKernel kernel) {
        this.kernel = kernel;
    }

    public static void main(String[] arguments) throws Exception {
        KernelOptions options = KernelOptions.builder()
                .backend(arguments[0])
                .spinMicros(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0)
                .build();
        try (IoKernel kernel = IoKernel.open(options)) {
            Wakeup wakeup = new Wakeup(kernel);
            kernel.bind();
            Thread poster = new Thread(wakeup::obey, "poster");
            poster.start();
            while (!kernel.isShutdown()) {
                kernel.enter(-1);
                kernel.drain((token, result, flags) -> {});
            }
            poster.join();
        }
    }

    private void first() {
        latency = System.nanoTime() - sentAt;
        other();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the owner alone writes it
    private void other() {
        taken++;
    }

    private void obey() {
        try {
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            System.out.println("ready");
            System.out.flush();
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] words = line.split(" ");
                run(Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            }
        } catch (Exception e) {
            e.printStackTrace();
        } finally {
            kernel.shutdown();
        }
    }

    private long wakeups() throws Exception {
        var answer = new java.util.concurrent.CompletableFuture<Long>();
        kernel.post(() -> answer.complete(kernel.stats().wakeups()));
        return answer.get();
    }

    private void run(int rounds, int size, int gapMicros) throws Exception {
        if ((long) rounds * size > MAX_POSTS) {
            throw new IllegalArgumentException("too many posts");
        }
        long[] latencies = new long[rounds];
        long wakeupsBefore = wakeups();
        taken = 0;
        long begin = System.nanoTime();
        for (int i = 0; i < rounds; i++) {
            sentAt = System.nanoTime();
            kernel.post(first);
            for (int n = 1; n < size; n++) {
                while (!kernel.post(other)) {
                    Thread.onSpinWait();
                }
            }
            while (taken < (long) (i + 1) * size) {
                Thread.onSpinWait();
            }
            latencies[i] = latency;
            long until = System.nanoTime() + gapMicros * 1000L;
            while (System.nanoTime() - until < 0) {
                Thread.onSpinWait();
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        long wakeups = wakeups() - wakeupsBefore;
        Arrays.sort(latencies);
        System.out.printf(
                Locale.ROOT,
                "{\"p50_ns\": %d, \"p90_ns\": %d, \"p99_ns\": %d, \"wakeups\": %d, \"posts\": %d, \"seconds\": %.6f}%n",
                latencies[rounds / 2],
                latencies[rounds * 9 / 10],
                latencies[rounds * 99 / 100],
                wakeups,
                (long) rounds * size,
                seconds);
        System.out.flush();
    }
}
