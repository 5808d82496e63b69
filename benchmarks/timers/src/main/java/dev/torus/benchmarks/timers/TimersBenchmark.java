package dev.torus.benchmarks.timers;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntUnaryOperator;

/**
 * One subject in one process: {@code TimersBenchmark SUBJECT COUNT}. Prints a line of JSON: CPU nanoseconds and allocated bytes per timer
 * that is armed and cancelled, and per timer that is armed and fires. {@code run.py} calls it in rounds.
 */
public final class TimersBenchmark {
    private static final int WARMUPS = 4;
    /** Of the count. */
    private static final int WARMUP_SHARE = 8;
    /** Durations of what is cancelled: timeouts of requests and connections. */
    private static final int[] FAR = {1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 75_000, 120_000};

    private TimersBenchmark() {}

    private static TimerSubject subject(String name) throws Exception {
        return switch (name) {
            case "torus" -> new TorusTimers();
            case "netty-wheel" -> new NettyWheelTimers();
            case "netty-loop" -> new NettyLoopTimers();
            case "jdk-executor" -> new ExecutorTimers();
            default -> throw new IllegalArgumentException("no subject " + name);
        };
    }

    /** The work of a situation. */
    private interface Work {
        void run(int count) throws Exception;
    }

    /** CPU nanoseconds and bytes of all Java threads. */
    private static long[] spent(ThreadMXBean threads) {
        long[] ids = threads.getAllThreadIds();
        return new long[] {
            Arrays.stream(threads.getThreadCpuTime(ids))
                    .filter(nanos -> nanos > 0)
                    .sum(),
            Arrays.stream(threads.getThreadAllocatedBytes(ids))
                    .filter(bytes -> bytes > 0)
                    .sum()
        };
    }

    private static String measured(ThreadMXBean threads, int count, Work work) throws Exception {
        for (int i = 0; i < WARMUPS; i++) {
            work.run(count / WARMUP_SHARE);
        }
        System.gc();
        long[] before = spent(threads);
        work.run(count);
        long[] after = spent(threads);
        return String.format(
                Locale.ROOT,
                "{\"ns\": %.1f, \"bytes\": %.1f}",
                (after[0] - before[0]) / (double) count,
                (after[1] - before[1]) / (double) count);
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        IntUnaryOperator far = i -> FAR[i & (FAR.length - 1)];
        IntUnaryOperator near = i -> 1 + (i * 31 & 63);
        try (TimerSubject subject = subject(arguments[0])) {
            String cancelled = measured(threads, count, timers -> subject.armAndCancel(timers, far));
            String fired = measured(threads, count, timers -> subject.armAndFire(timers, near));
            System.out.println("{\"cancelled\": " + cancelled + ", \"fired\": " + fired + "}");
        }
    }
}
