package dev.torus.benchmarks.kernel;

import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.spi.BackendUnavailableException;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One operation that does nothing, through the whole path: queued, submitted, completed, delivered; so many of them in each
 * turn. {@code c/system_costs} does the same in C by liburing, {@code nop.py} compares the two in interleaved rounds.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class NopBatch {
    /** The name of a backend; one that is not here fails with the reason. */
    @Param({"io_uring", "epoll", "nio"})
    public String backend;

    private IoKernel kernel;
    private int delivered;
    private final CompletionHandler count = (token, result, flags) -> delivered++;

    /** A kernel with rings that have room for every batch. */
    @Setup
    public void open() throws BackendUnavailableException {
        kernel = IoKernel.open(KernelOptions.builder().backend(backend).build());
    }

    /** Frees the rings. */
    @TearDown
    public void close() {
        kernel.close();
    }

    private int turn(int batch) {
        delivered = 0;
        for (int i = 0; i < batch; i++) {
            kernel.nop(i);
        }
        while (delivered < batch) {
            kernel.enter(-1);
            kernel.drain(count);
        }
        return delivered;
    }

    @Benchmark
    public int batch1() {
        return turn(1);
    }

    @Benchmark
    @OperationsPerInvocation(8)
    public int batch8() {
        return turn(8);
    }

    @Benchmark
    @OperationsPerInvocation(64)
    public int batch64() {
        return turn(64);
    }

    @Benchmark
    @OperationsPerInvocation(512)
    public int batch512() {
        return turn(512);
    }
}
