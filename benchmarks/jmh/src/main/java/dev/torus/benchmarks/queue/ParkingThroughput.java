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
 * Elements per second through a queue whose consumer sleeps whenever it finds nothing, so that producers have to wake it. What
 * counts is {@code taken}. {@code oneBusyProducer} does some work for each element and is slower than the consumer, which
 * therefore sleeps often: there the wake-ups decide.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Group)
public class ParkingThroughput {
    private static final int BATCH = 256;
    private static final int WORK = 200;
    private static final Object ELEMENT = new Object();

    /** All but these have no consumer that sleeps. */
    @Param({"torus-event", "jctools-blocking", "disruptor-blocking", "linked-blocking", "array-blocking", "transfer"})
    public String queue;

    /** Of the bounded ones. */
    @Param("4096")
    public int capacity;

    private Parking parking;

    /** A new queue for every trial. */
    @Setup
    public void open() {
        parking = Parking.make(queue, capacity);
    }

    private void put(Worker worker, Control control) throws Exception {
        worker.begin(1, true);
        while (!parking.offer(ELEMENT) && !control.stopMeasurement) {
            worker.pause();
        }
    }

    private void takeSome(Worker worker, Control control, Counts counts) throws Exception {
        worker.begin(0, false);
        while (parking.take(counts.count, BATCH) == 0 && !control.stopMeasurement) {
            worker.pause();
        }
    }

    @Benchmark
    @Group("oneProducer")
    public void offer1(Worker worker, Control control) throws Exception {
        put(worker, control);
    }

    @Benchmark
    @Group("oneProducer")
    public void take1(Worker worker, Control control, Counts counts) throws Exception {
        takeSome(worker, control, counts);
    }

    @Benchmark
    @Group("oneBusyProducer")
    public void offerBusy(Worker worker, Control control) throws Exception {
        Blackhole.consumeCPU(WORK);
        put(worker, control);
    }

    @Benchmark
    @Group("oneBusyProducer")
    public void takeBusy(Worker worker, Control control, Counts counts) throws Exception {
        takeSome(worker, control, counts);
    }

    @Benchmark
    @Group("twoProducers")
    @GroupThreads(2)
    public void offer2(Worker worker, Control control) throws Exception {
        put(worker, control);
    }

    @Benchmark
    @Group("twoProducers")
    public void take2(Worker worker, Control control, Counts counts) throws Exception {
        takeSome(worker, control, counts);
    }
}
