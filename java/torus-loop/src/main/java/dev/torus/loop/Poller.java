package dev.torus.loop;

/** What the poll phase asks for events; in the running loop a kernel, in tests of order a script. */
interface Poller extends AutoCloseable {
    /** Makes the calling thread the one that polls, for good. */
    default void own() {}

    /** The run has ended. */
    default void rest() {}

    /** Queues what has been put off until the poll; called before it is known how long to wait. */
    default void prepare() {}

    /**
     * Waits for events and delivers each as a macrotask of its own through the sink. Delivers only what was ready when the
     * waiting ended.
     *
     * @param timeoutMillis 0 polls, negative waits for ever
     */
    void poll(long timeoutMillis, MacrotaskSink sink);

    /**
     * Whether all that the last poll had was for the loop itself, such as the end of a send that nobody asked about: then the poll is not
     * over, as nothing was asked beyond it (R6).
     */
    default boolean wasSilent() {
        return false;
    }

    /** Asks for the ends of closing handles only, without waiting. */
    default void pollCloses() {}

    /** Whether tasks of other threads wait to be delivered. */
    boolean hasPosted();

    /** Hands in a task from any thread; false when the queue is full or the loop is closed. */
    boolean post(Runnable task);

    @Override
    void close();

    /** Runs one macrotask: exceptions go to the loop's handler, then ticks and microtasks are drained. */
    @FunctionalInterface
    interface MacrotaskSink {
        /** Whether it returned normally. */
        boolean run(Runnable macrotask);
    }
}
