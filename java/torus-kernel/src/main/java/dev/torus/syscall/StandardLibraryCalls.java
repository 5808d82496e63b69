package dev.torus.syscall;

import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.internal.nio.Failures;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The level of the JDK. */
final class StandardLibraryCalls implements SystemCalls {
    @Override
    public SyscallLevel level() {
        return SyscallLevel.STANDARD_LIBRARY;
    }

    @Override
    public Output standardOutput() {
        return standard(FileDescriptor.out, "stdout", "standard output");
    }

    @Override
    public Output standardError() {
        return standard(FileDescriptor.err, "stderr", "standard error");
    }

    @SuppressWarnings("resource") // a standard stream is the process's
    private static Output standard(FileDescriptor descriptor, String stream, String name) {
        FileOutputStream output = new FileOutputStream(descriptor);
        Charset codePage = ConsoleOutput.codePage(stream);
        return codePage == null
                ? new ChannelOutput(output.getChannel(), name, false)
                : new ConsoleOutput(output, codePage, name);
    }

    @Override
    public Output create(Path file) throws TorusIoException {
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
            return new ChannelOutput(channel, file.toString(), true);
        } catch (IOException e) {
            throw failure("open", file.toString(), e);
        }
    }

    @Override
    public long processId() {
        return ProcessHandle.current().pid();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    static TorusIoException failure(String operation, String subject, IOException e) {
        TorusIoException failure = TorusIoException.of(operation, subject, -Failures.errno(e), 0, e.getMessage());
        failure.initCause(e);
        return failure;
    }

    private record ChannelOutput(FileChannel channel, String name, boolean owned) implements Output {
        @Override
        public int write(ByteBuffer bytes) throws TorusIoException {
            if (!bytes.isDirect()) {
                throw new IllegalArgumentException("write needs a direct buffer, this is a heap buffer");
            }
            try {
                return channel.write(bytes);
            } catch (IOException e) {
                throw failure("write", name, e);
            }
        }

        @Override
        public void close() throws TorusIoException {
            if (!owned) {
                return;
            }
            try {
                channel.close();
            } catch (IOException e) {
                throw failure("close", name, e);
            }
        }
    }
}
