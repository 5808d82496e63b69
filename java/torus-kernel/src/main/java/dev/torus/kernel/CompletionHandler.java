package dev.torus.kernel;

/** Receives what {@link IoKernel#drain} delivers, on the owner's thread. */
@FunctionalInterface
public interface CompletionHandler {
    /**
     * One completion. New operations may be queued from here; {@link IoKernel#close()} is deferred to the end of the drain.
     *
     * @param token the token given when the operation was queued
     * @param result bytes, a handle (accept, open), 0, or a negative errno; see {@link Errno}
     * @param flags see {@link Completions}
     */
    void completed(long token, long result, int flags);

    /** A task that came in by {@link IoKernel#post}; runs it unless overridden. */
    default void posted(Runnable task) {
        task.run();
    }
}
