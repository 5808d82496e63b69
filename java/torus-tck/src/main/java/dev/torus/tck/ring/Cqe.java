package dev.torus.tck.ring;

import dev.torus.kernel.spi.RingAbi;

/**
 * A completion entry as it stood in the ring.
 *
 * @param userData what the submission carried
 * @param result a value or -errno
 * @param flags the {@code CQE_F_*} bits
 */
public record Cqe(long userData, int result, int flags) {
    /** Whether more completions of this submission follow. */
    public boolean more() {
        return (flags & RingAbi.CQE_F_MORE) != 0;
    }

    /** Whether it hands over a provided buffer. */
    public boolean hasBuffer() {
        return (flags & RingAbi.CQE_F_BUFFER) != 0;
    }

    /** The provided buffer's id; only with {@link #hasBuffer()}. */
    public int bufferId() {
        return flags >>> RingAbi.CQE_BUFFER_SHIFT;
    }

    @Override
    public String toString() {
        return "Cqe[" + userData + " -> " + Linux.result(result) + (more() ? " MORE" : "")
                + (hasBuffer() ? " buffer " + bufferId() : "") + "]";
    }
}
