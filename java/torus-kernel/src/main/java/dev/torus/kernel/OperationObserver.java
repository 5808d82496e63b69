package dev.torus.kernel;

/**
 * Watches what a kernel delivers: for tracers and profilers. Both methods are called on the owner's thread, inside a drain, just before
 * the handler; neither may call the kernel or throw.
 */
public interface OperationObserver {
    /**
     * A completion is about to be delivered.
     *
     * @param token as given when the operation was queued
     * @param operation its name, such as "accept" or "recv"; "task" for work of the program's own
     * @param result as the handler will see it
     * @param last whether it is the operation's last
     */
    void delivering(long token, String operation, long result, boolean last);

    /**
     * The completion that will be delivered next was made by a thread of the worker pool. Only of tasks that were accepted after
     * {@link IoKernel#observe}.
     *
     * @param token as given when the operation was queued
     * @param operation its name
     * @param worker name of the thread
     * @param beganNanos {@link System#nanoTime} when the thread began with it
     * @param endedNanos the same when it had done it
     */
    void worked(long token, String operation, String worker, long beganNanos, long endedNanos);
}
