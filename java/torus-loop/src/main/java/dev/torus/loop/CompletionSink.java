package dev.torus.loop;

/** Who waits for completions of one operation. */
@FunctionalInterface
interface CompletionSink {
    /** As {@link dev.torus.kernel.CompletionHandler#completed}. Calls users' code only through {@link EventLoop#macrotask}. */
    void completed(long result, int flags);
}
