package dev.torus.kernel.internal.natives;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The system calls of libtorus at its two levels; a result is a value or -errno in Linux numbering. Any thread. */
public final class NativeSyscalls {
    /** Level of the raw instruction. */
    public static final int RAW = 0;

    /** Level of the system's library. */
    public static final int API = 1;

    private NativeSyscalls() {}

    /** Null if they are there, otherwise why the library is not loaded. */
    public static String unavailableReason() {
        return NativeLibrary.failure();
    }

    /** Creates or truncates a file for writing: its handle. */
    public static long open(int level, String path) {
        byte[] bytes = File.separatorChar == '\\' ? path.getBytes(StandardCharsets.UTF_8) : Text.pathBytes(path);
        return NativeBinding.syscallOpen(level, bytes);
    }

    /** Writes once: the number of bytes written. */
    public static int write(int level, long handle, ByteBuffer direct, int offset, int length) {
        return NativeBinding.syscallWrite(level, handle, direct, offset, length);
    }

    /** Closes a handle of {@link #open}. */
    public static int close(int level, long handle) {
        return NativeBinding.syscallClose(level, handle);
    }

    /** The handle of standard output, 1, or standard error, 2. */
    public static long standard(int level, int which) {
        return NativeBinding.syscallStandard(level, which);
    }

    /** This process's number. */
    public static long pid(int level) {
        return NativeBinding.syscallPid(level);
    }

    /** The clock. */
    public static long nanos(int level) {
        return NativeBinding.syscallNanos(level);
    }
}
