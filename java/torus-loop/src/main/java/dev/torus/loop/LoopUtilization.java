package dev.torus.loop;

/**
 * How long a loop waited for events and how long it worked, since the measuring began; Node's eventLoopUtilization. A time in which
 * the loop was not run counts for neither.
 *
 * @param idleNanos nanoseconds that it waited for events
 * @param activeNanos nanoseconds that it did anything else
 */
public record LoopUtilization(long idleNanos, long activeNanos) {
    /** The share of the time that the loop worked, 0 to 1; 0 if there was no time. */
    public double utilization() {
        long total = idleNanos + activeNanos;
        return total == 0 ? 0 : (double) activeNanos / total;
    }

    /** What came after an earlier measurement of the same loop. */
    public LoopUtilization since(LoopUtilization earlier) {
        return new LoopUtilization(idleNanos - earlier.idleNanos, activeNanos - earlier.activeNanos);
    }
}
