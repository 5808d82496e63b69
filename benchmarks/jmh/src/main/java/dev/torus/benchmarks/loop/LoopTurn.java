package dev.torus.benchmarks.loop;

import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.Timeout;
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

/** One turn, one job and one timer of the loop; each run of the loop has a thousand of them, so its start and end hardly count. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class LoopTurn {
    private static final int PER_RUN = 1000;
    private static final int FAR_MILLIS = 1_000_000;

    /** The name of a backend; one that is not here fails with the reason. */
    @Param({"io_uring", "epoll", "nio"})
    public String backend;

    private EventLoop loop;
    private int left;
    private Runnable next;
    private final Timeout[] timers = new Timeout[PER_RUN];

    /** A loop that each invocation runs once more. */
    @Setup
    public void open() throws BackendUnavailableException {
        loop = EventLoop.create(LoopOptions.builder()
                .kernel(KernelOptions.builder().backend(backend).build())
                .build());
    }

    /** Frees the rings. */
    @TearDown
    public void close() {
        loop.close();
    }

    private int run(Runnable step) {
        left = PER_RUN;
        next = step;
        return loop.run(step);
    }

    private void immediate() {
        if (left-- > 0) {
            loop.setImmediate(next);
        }
    }

    private void tick() {
        if (left-- > 0) {
            loop.nextTick(next);
        }
    }

    private void microtask() {
        if (left-- > 0) {
            loop.queueMicrotask(next);
        }
    }

    private void armAndClear() {
        for (int i = 0; i < PER_RUN; i++) {
            timers[i] = loop.setTimeout(FAR_MILLIS + (i & 7), next);
        }
        for (int i = 0; i < PER_RUN; i++) {
            loop.clearTimeout(timers[i]);
        }
    }

    /** An immediate that sets the next one: a whole turn of all phases, with a look at the backend. */
    @Benchmark
    @OperationsPerInvocation(PER_RUN)
    public int turn() {
        return run(this::immediate);
    }

    @Benchmark
    @OperationsPerInvocation(PER_RUN)
    public int nextTick() {
        return run(this::tick);
    }

    @Benchmark
    @OperationsPerInvocation(PER_RUN)
    public int queuedMicrotask() {
        return run(this::microtask);
    }

    /** A timer that is set and cleared before it is due, as timeouts of connections mostly are. */
    @Benchmark
    @OperationsPerInvocation(PER_RUN)
    public int timerSetAndCleared() {
        return run(this::armAndClear);
    }
}
