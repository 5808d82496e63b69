package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;

/** Reads the flags of a completion. */
public final class Completions {
    private Completions() {}

    /** More completions of this operation will follow: a multishot accept or receive goes on. */
    public static boolean more(int flags) {
        return (flags & RingAbi.CQE_F_MORE) != 0;
    }

    /** The data lies in a provided buffer, {@link #bufferId}. */
    public static boolean hasBuffer(int flags) {
        return (flags & RingAbi.CQE_F_BUFFER) != 0;
    }

    /** Id of the provided buffer; meaningful only if {@link #hasBuffer}. */
    public static int bufferId(int flags) {
        return flags >>> RingAbi.CQE_BUFFER_SHIFT;
    }

    /** The operation's deadline ended it. */
    public static boolean timedOut(int flags) {
        return (flags & RingAbi.CQE_F_TIMED_OUT) != 0;
    }
}
