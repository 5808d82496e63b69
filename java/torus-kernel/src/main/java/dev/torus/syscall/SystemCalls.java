package dev.torus.syscall;

import dev.torus.kernel.TorusIoException;
import java.nio.file.Path;

/**
 * A few system calls at one level of abstraction. All levels do the same and fail alike, by a {@link TorusIoException}
 * with Linux's number.
 *
 * <p>Any thread.
 */
public interface SystemCalls {
    /**
     * The calls at a level.
     *
     * @throws UnsupportedOperationException if the level is not there, see {@link #unavailableReason}
     */
    static SystemCalls at(SyscallLevel level) {
        String reason = unavailableReason(level);
        if (reason != null) {
            throw new UnsupportedOperationException(level + ": " + reason);
        }
        return level == SyscallLevel.STANDARD_LIBRARY ? new StandardLibraryCalls() : new NativeCalls(level);
    }

    /** Why a level is not there (the native library cannot be loaded), or null if it is. */
    static String unavailableReason(SyscallLevel level) {
        return level == SyscallLevel.STANDARD_LIBRARY ? null : NativeCalls.unavailableReason();
    }

    /** The level of these calls. */
    SyscallLevel level();

    /** The process's standard output. Closing it does nothing. */
    Output standardOutput();

    /** The process's standard error. Closing it does nothing. */
    Output standardError();

    /** Creates a file, or empties the one that is there, for writing. */
    Output create(Path file) throws TorusIoException;

    /** The number of this process; the JDK asks the system once and remembers it. */
    long processId() throws TorusIoException;

    /**
     * Nanoseconds from an arbitrary start, never going back; only the raw level on macOS, which has no system call for
     * that, counts from 1970 and follows the wall clock.
     */
    long nanos() throws TorusIoException;
}
