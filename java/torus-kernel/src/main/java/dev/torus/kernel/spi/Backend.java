package dev.torus.kernel.spi;

import java.nio.ByteBuffer;

/**
 * One open ring of one operating-system interface. This is the [B] half of the ring contract: a backend does I/O only;
 * ordering, deadlines, two-phase close and generations are kept by {@code IoKernel}.
 *
 * <p>Results are a non-negative value or a negative errno in Linux numbering. Only {@link #wakeup()} and the functions of
 * {@link #files()} may be called by a thread other than the owner. A backend is trusted code: it may rely on the addresses
 * in the entries being those that {@link #register} returned plus a checked offset.
 */
public interface Backend extends AutoCloseable {
    /** Name by which users choose it: {@code io_uring}, {@code epoll}, {@code kqueue}, {@code iocp}, {@code nio}. */
    String name();

    /** One line for people: version, features in use, what is missing and why. */
    String description();

    /** Where the rings lie; the same object for the life of the backend. */
    Rings rings();

    /** Whether the ring itself performs the operation (otherwise the worker pool does, or it is refused). */
    boolean supports(int opcode);

    /** Binds the ring to the calling thread, once, before the first {@link #enter}; 0 or -errno. */
    int enable();

    /**
     * Writes the entry that keeps the wake-up armed at {@code offset} of {@code entries}, with user_data
     * {@link RingAbi#USER_DATA_WAKE}; called after {@link #enable} and whenever that entry ends without MORE.
     *
     * @return false where {@link #enter} notices a wake-up without an entry; nothing was written then
     */
    default boolean armWakeup(ByteBuffer entries, int offset) {
        return false;
    }

    /**
     * Consumes {@code toSubmit} published entries, then waits until there is a completion, the timeout has passed, or a
     * wake-up came.
     *
     * @param minComplete 0 or 1; with 0 it does not wait
     * @param timeoutNanos 0 polls, negative waits for ever
     * @return the number of entries consumed, or -errno if none was; -EBUSY: consume completions first. EINTR is handled
     *     inside, a passed timeout is not an error.
     */
    int enter(int toSubmit, int minComplete, long timeoutNanos);

    /** Ends the present or next waiting {@link #enter}; any thread, any time, harmless after close, never lost. */
    void wakeup();

    /**
     * Makes direct memory known. The caller keeps the buffer reachable until it is unregistered.
     *
     * @return the base that entries add their offset to, or -errno
     */
    long register(ByteBuffer direct);

    /** Forgets memory that no operation uses any more; 0 or -errno. */
    int unregister(long base);

    /** Makes a provided-buffer ring of {@code entries} (a power of two) at {@code ringBase} known as {@code group}; 0 or -errno. */
    int registerBufferRing(int group, ByteBuffer ring, long ringBase, int entries);

    /** Forgets a provided-buffer ring; 0 or -errno. */
    int unregisterBufferRing(int group);

    /** The control plane of sockets: plain, synchronous, never blocking for long. */
    SocketControl sockets();

    /** Blocking file functions, called by worker threads. */
    BlockingFiles files();

    /** A counter by its index in {@link Counter}; monotonic unless said otherwise; owner's thread. */
    long counter(Counter counter);

    /** Message for the last failure behind an errno that has no Linux counterpart or was mapped, or null. */
    default String lastFailure() {
        return null;
    }

    /** Releases the ring; the owner's thread. Pending operations must have ended. */
    @Override
    void close();

    /** What a backend counts. */
    enum Counter {
        /** Calls of {@link #enter} and of what sends beside the ring that crossed into native code (0 on pure Java). */
        CROSSINGS,
        /** System calls made by those and {@link #wakeup()}, as far as the backend knows. */
        SYSCALLS,
        /** Attempts that found nothing (EAGAIN). */
        WOULD_BLOCK,
        /** Wake-up system calls. */
        WAKEUPS,
        /** Bytes received and read. */
        BYTES_IN,
        /** Bytes sent and written. */
        BYTES_OUT,
        /**
         * Threads that the operating system has now to do what this ring cannot do at once (io_uring's workers, "iou-wrk-…"); not
         * monotonic, and slow to find out.
         */
        SYSTEM_WORKERS
    }
}
