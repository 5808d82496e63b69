package dev.torus.kernel;

/** Work that may block, for the worker pool. */
@FunctionalInterface
public interface BlockingTask {
    /**
     * Does the work on a worker thread.
     *
     * @return the result of the operation: a value, or a negative errno
     * @throws Exception completes the operation with -EIO; {@link IoKernel#failureDetail()} names it
     */
    long run() throws Exception;
}
