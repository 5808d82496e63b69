package dev.torus.benchmarks.queue;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What adding an element and taking it cost by themselves: one thread fills a part of the queue and empties it again, so that no
 * cache line is another processor's. What two threads cost each other is in {@link QueueThroughput}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class QueueSteps {
    private static final int COUNT = 1024;
    private static final int CAPACITY = 4096;
    private static final Object ELEMENT = new Object();

    /** As in {@link QueueThroughput}. */
    @Param({"torus-event", "torus-mpsc", "jctools-mpsc", "agrona-mpsc", "torus-spsc", "jctools-spsc"})
    public String queue;

    private Transfer transfer;

    /** A new queue for every trial. */
    @Setup
    public void open() {
        transfer = Transfers.make(queue, CAPACITY);
    }

    /** One element in and out. */
    @Benchmark
    @OperationsPerInvocation(COUNT)
    public void offerAndPoll(Blackhole hole) {
        for (int i = 0; i < COUNT; i++) {
            transfer.offer(ELEMENT);
        }
        for (int i = 0; i < COUNT; i++) {
            hole.consume(transfer.poll());
        }
    }
}
