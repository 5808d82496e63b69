package dev.torus.benchmarks.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/**
 * What it costs that two threads write different words of the same cache line: a ring of numbers with one producer and one
 * consumer, whose two indices are so many bytes apart. 8: on the same line; 64: on neighbouring lines, which processors may
 * fetch in pairs; 128: as in {@link dev.torus.queue.SpscRingQueue}. What counts is {@code taken}.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Group)
public class FalseSharing {
    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CAPACITY = 4096;
    private static final int LINE_BYTES = 128;

    /** Bytes between the producer's and the consumer's index. */
    @Param({"8", "64", "128"})
    public int distance;

    private final long[] ring = new long[CAPACITY];
    private final long[] indices = new long[4 * LINE_BYTES / Long.BYTES];
    private int tail;
    private int head;

    /** Both away from the ends of the array. */
    @Setup
    public void place() {
        tail = LINE_BYTES / Long.BYTES;
        head = tail + distance / Long.BYTES;
    }

    /** Each on a processor of its own. */
    @State(Scope.Thread)
    public static class Worker {
        private boolean bound;

        private void begin(int processor) throws Exception {
            if (!bound) {
                bound = true;
                Pinning.pin(processor);
            }
        }
    }

    @Benchmark
    @Group("ring")
    public void put(Worker worker, Control control) throws Exception {
        worker.begin(1);
        long at = indices[tail];
        while (at - (long) LONG.getAcquire(indices, head) >= CAPACITY) {
            if (control.stopMeasurement) {
                return;
            }
            Thread.onSpinWait();
        }
        ring[(int) at & (CAPACITY - 1)] = at;
        LONG.setRelease(indices, tail, at + 1);
    }

    @Benchmark
    @Group("ring")
    public long take(Worker worker, Control control, Counts counts) throws Exception {
        worker.begin(0);
        long at = indices[head];
        while ((long) LONG.getAcquire(indices, tail) <= at) {
            if (control.stopMeasurement) {
                return 0;
            }
            Thread.onSpinWait();
        }
        long element = ring[(int) at & (CAPACITY - 1)];
        LONG.setRelease(indices, head, at + 1);
        counts.taken++;
        return element;
    }
}
