package dev.torus.benchmarks.crossing;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The foreign function interface with the functions that {@link JniCrossing} calls by JNI, with and without the critical
 * option. Java 22 and newer: before that each of these fails and says so. POSIX only.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ForeignCrossing {
    private static final ForeignFunctions LIBRARY = new ForeignFunctions(JniFunctions.library());
    private static final MethodType EMPTY_TYPE = MethodType.methodType(void.class);
    private static final MethodType CLOCK_TYPE = MethodType.methodType(long.class);
    private static final MethodType WRITE_TYPE = MethodType.methodType(int.class, int.class, long.class, int.class);

    // static final: constants to the compiler, which then inlines the call
    private static final MethodHandle EMPTY = LIBRARY.find("crossing_empty", false, EMPTY_TYPE);
    private static final MethodHandle EMPTY_CRITICAL = LIBRARY.find("crossing_empty", true, EMPTY_TYPE);
    private static final MethodHandle CLOCK = LIBRARY.find("crossing_clock", false, CLOCK_TYPE);
    private static final MethodHandle CLOCK_CRITICAL = LIBRARY.find("crossing_clock", true, CLOCK_TYPE);
    private static final MethodHandle WRITE = LIBRARY.find("crossing_write", false, WRITE_TYPE);
    private static final MethodHandle WRITE_CRITICAL = LIBRARY.find("crossing_write", true, WRITE_TYPE);

    @Benchmark
    public void ffmEmpty() throws Throwable {
        EMPTY.invokeExact();
    }

    @Benchmark
    public void ffmCriticalEmpty() throws Throwable {
        EMPTY_CRITICAL.invokeExact();
    }

    @Benchmark
    public long ffmClock() throws Throwable {
        return (long) CLOCK.invokeExact();
    }

    @Benchmark
    public long ffmCriticalClock() throws Throwable {
        return (long) CLOCK_CRITICAL.invokeExact();
    }

    @Benchmark
    public int ffmWrite(CrossingState state) throws Throwable {
        return (int) WRITE.invokeExact(state.descriptor, state.address, 1);
    }

    @Benchmark
    public int ffmCriticalWrite(CrossingState state) throws Throwable {
        return (int) WRITE_CRITICAL.invokeExact(state.descriptor, state.address, 1);
    }
}
