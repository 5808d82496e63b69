package dev.torus.benchmarks.queue;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.infra.Control;

/**
 * Elements per second through a queue whose consumer never sleeps. What counts is {@code taken}, elements at the consumer;
 * JMH's own score adds the calls of both sides.
 *
 * <p>{@code oneProducer}, {@code twoProducers}, {@code fourProducers}: the consumer takes one at a time; {@code ...Drained}: in
 * batches. Change the number of producers with {@code -tg producers,1}.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Group)
public class QueueThroughput {
    private static final int BATCH = 256;
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final Object ELEMENT = new Object();

    /** Those with spsc in the name take one producer only. */
    @Param({
        "torus-mpsc",
        "torus-event",
        "torus-spsc",
        "jctools-mpsc",
        "jctools-spsc",
        "agrona-mpsc",
        "agrona-spsc",
        "disruptor-mpsc",
        "disruptor-spsc",
        "linked",
        "transfer",
        "array-blocking"
    })
    public String queue;

    /** Of the bounded ones. */
    @Param("4096")
    public int capacity;

    private Transfer transfer;

    /** A new queue for every trial. */
    @Setup
    public void open() {
        transfer = Transfers.make(queue, capacity);
    }

    /** Threads that cannot all run at once leave the processor to each other when they wait. */
    private static boolean yields(int threads) {
        return threads > PROCESSORS;
    }

    private void put(Worker worker, Control control, int threads) throws Exception {
        worker.begin(1, yields(threads));
        while (!transfer.offer(ELEMENT) && !control.stopMeasurement) {
            worker.pause();
        }
    }

    private void take(Worker worker, Control control, Counts counts, Blackhole hole, int threads) throws Exception {
        worker.begin(0, yields(threads));
        Object element;
        while ((element = transfer.poll()) == null && !control.stopMeasurement) {
            worker.pause();
        }
        if (element != null) {
            counts.taken++;
        }
        hole.consume(element);
    }

    private void takeAll(Worker worker, Control control, Counts counts, int threads) throws Exception {
        worker.begin(0, yields(threads));
        while (transfer.drain(counts.count, BATCH) == 0 && !control.stopMeasurement) {
            worker.pause();
        }
    }

    @Benchmark
    @Group("oneProducer")
    public void offer1(Worker worker, Control control) throws Exception {
        put(worker, control, 2);
    }

    @Benchmark
    @Group("oneProducer")
    public void poll1(Worker worker, Control control, Counts counts, Blackhole hole) throws Exception {
        take(worker, control, counts, hole, 2);
    }

    @Benchmark
    @Group("oneProducerDrained")
    public void offer1Drained(Worker worker, Control control) throws Exception {
        put(worker, control, 2);
    }

    @Benchmark
    @Group("oneProducerDrained")
    public void drain1(Worker worker, Control control, Counts counts) throws Exception {
        takeAll(worker, control, counts, 2);
    }

    @Benchmark
    @Group("twoProducers")
    @GroupThreads(2)
    public void offer2(Worker worker, Control control) throws Exception {
        put(worker, control, 3);
    }

    @Benchmark
    @Group("twoProducers")
    public void poll2(Worker worker, Control control, Counts counts, Blackhole hole) throws Exception {
        take(worker, control, counts, hole, 3);
    }

    @Benchmark
    @Group("twoProducersDrained")
    @GroupThreads(2)
    public void offer2Drained(Worker worker, Control control) throws Exception {
        put(worker, control, 3);
    }

    @Benchmark
    @Group("twoProducersDrained")
    public void drain2(Worker worker, Control control, Counts counts) throws Exception {
        takeAll(worker, control, counts, 3);
    }

    @Benchmark
    @Group("fourProducers")
    @GroupThreads(4)
    public void offer4(Worker worker, Control control) throws Exception {
        put(worker, control, 5);
    }

    @Benchmark
    @Group("fourProducers")
    public void poll4(Worker worker, Control control, Counts counts, Blackhole hole) throws Exception {
        take(worker, control, counts, hole, 5);
    }
}
