package dev.torus.benchmarks.syscall;

import dev.torus.kernel.TorusIoException;
import dev.torus.syscall.Output;
import dev.torus.syscall.SyscallLevel;
import dev.torus.syscall.SystemCalls;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A call at each level of {@link SyscallLevel}. The JDK asks for the process's number once; the OS's clock is read without
 * entering the system where it can be (the vDSO of Linux), which is why the raw clock is the dearest.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class SyscallLevels {
    private static final String NULL_DEVICE = System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null";

    /** Which level. */
    @Param
    public SyscallLevel level;

    private SystemCalls calls;
    private Output sink;
    private final ByteBuffer oneByte = ByteBuffer.allocateDirect(1);

    /** Opens the null device. */
    @Setup
    public void open() throws TorusIoException {
        calls = SystemCalls.at(level);
        sink = calls.create(Path.of(NULL_DEVICE));
    }

    /** Closes it. */
    @TearDown
    public void close() throws TorusIoException {
        sink.close();
    }

    @Benchmark
    public long processId() throws TorusIoException {
        return calls.processId();
    }

    @Benchmark
    public long clock() throws TorusIoException {
        return calls.nanos();
    }

    @Benchmark
    public int writeOneByte() throws TorusIoException {
        oneByte.clear();
        return sink.write(oneByte);
    }
}
