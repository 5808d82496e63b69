package dev.torus.benchmarks.crossing;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** JNI, and what the JDK has instead: the clock and a write. POSIX only. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JniCrossing {
    @Benchmark
    public void jniEmpty(CrossingState state) {
        JniFunctions.empty();
    }

    @Benchmark
    public long jniClock(CrossingState state) {
        return JniFunctions.clock();
    }

    @Benchmark
    public int jniWrite(CrossingState state) {
        return JniFunctions.write(state.descriptor, state.address, 1);
    }

    @Benchmark
    public long jdkClock() {
        return System.nanoTime();
    }

    @Benchmark
    public int jdkWrite(CrossingState state) throws IOException {
        return state.channel.write(state.oneByte.clear());
    }
}
