package dev.torus.benchmarks.crossing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Where the three ways write to: one byte to the null device. */
@State(Scope.Thread)
public class CrossingState {
    final ByteBuffer oneByte = ByteBuffer.allocateDirect(1);
    FileChannel channel;
    int descriptor;
    long address;

    /** Opens the null device twice: for C, and for Java. */
    @Setup
    public void open() throws IOException {
        JniFunctions.load();
        descriptor = JniFunctions.openNullDevice();
        address = JniFunctions.address(oneByte);
        channel = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE);
    }

    /** Closes Java's; C's lives as long as the process. */
    @TearDown
    public void close() throws IOException {
        channel.close();
    }
}
