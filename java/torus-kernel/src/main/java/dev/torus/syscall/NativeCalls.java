package dev.torus.syscall;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.internal.natives.NativeSyscalls;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The two levels that are made of C and assembler. */
final class NativeCalls implements SystemCalls {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    private final SyscallLevel level;
    private final int number;

    NativeCalls(SyscallLevel level) {
        this.level = level;
        number = level == SyscallLevel.RAW_INSTRUCTION ? NativeSyscalls.RAW : NativeSyscalls.API;
    }

    static String unavailableReason() {
        return NativeSyscalls.unavailableReason();
    }

    @Override
    public SyscallLevel level() {
        return level;
    }

    @Override
    public Output standardOutput() {
        return new NativeOutput(NativeSyscalls.standard(number, STDOUT), "standard output", false);
    }

    @Override
    public Output standardError() {
        return new NativeOutput(NativeSyscalls.standard(number, STDERR), "standard error", false);
    }

    @Override
    public Output create(Path file) throws TorusIoException {
        String path = file.toString();
        return new NativeOutput(check("open", path, NativeSyscalls.open(number, path)), path, true);
    }

    @Override
    public long processId() throws TorusIoException {
        return check("getpid", null, NativeSyscalls.pid(number));
    }

    @Override
    public long nanos() throws TorusIoException {
        return check("clock_gettime", null, NativeSyscalls.nanos(number));
    }

    private static long check(String operation, String subject, long result) throws TorusIoException {
        if (result < 0) {
            throw TorusIoException.of(operation, subject, result);
        }
        return result;
    }

    /** Writers and the one that closes take turns, so that a number that the system has given to another file is never used. */
    private final class NativeOutput implements Output {
        private final long handle;
        private final String name;
        private final boolean owned;
        private boolean closed;

        NativeOutput(long handle, String name, boolean owned) {
            this.handle = handle;
            this.name = name;
            this.owned = owned;
        }

        @Override
        public synchronized int write(ByteBuffer bytes) throws TorusIoException {
            if (!bytes.isDirect()) {
                throw new IllegalArgumentException("write needs a direct buffer, this is a heap buffer");
            }
            if (closed) {
                throw TorusIoException.of("write", name, Errno.EBADF.result());
            }
            int start = bytes.position();
            int written = (int)
                    check("write", name, NativeSyscalls.write(number, handle, bytes, start, bytes.limit() - start));
            bytes.position(start + written);
            return written;
        }

        @Override
        public synchronized void close() throws TorusIoException {
            if (owned && !closed) {
                closed = true;
                check("close", name, NativeSyscalls.close(number, handle));
            }
        }
    }
}
