package dev.torus.loop.trace;

/**
 * One thing that took time.
 *
 * @param kind what it was
 * @param name of the phase, callback or operation
 * @param beganNanos {@link System#nanoTime} when it began
 * @param endedNanos the same when it ended
 * @param worker the thread of the pool that did it, for {@link Kind#WORK}; otherwise null
 * @param id for operations and work: the same in both, and among operations that are under way at one time no other has it; otherwise 0
 * @param value for operations the result, for jobs how many; otherwise 0
 */
public record Span(Kind kind, String name, long beganNanos, long endedNanos, String worker, long id, long value) {
    /** What can take time. */
    public enum Kind {
        /** A phase of the loop; contains waits, callbacks and jobs. */
        PHASE,
        /** The native call that submits what is queued and waits for events. */
        WAIT,
        /** One macrotask, without the jobs that follow it. */
        CALLBACK,
        /** Ticks and microtasks that were run after a macrotask. */
        JOBS,
        /** An operation of the kernel, from the end of the callback that queued it until its last completion was delivered. */
        OPERATION,
        /** What a thread of the worker pool did. */
        WORK
    }

    /** How long it took. */
    public long nanos() {
        return endedNanos - beganNanos;
    }
}
