package dev.torus.kernel.spi;

/** Found through {@link java.util.ServiceLoader}: one per backend that a jar brings along. */
public interface BackendProvider {
    /** Name by which users choose it, lower case: {@code io_uring}, {@code epoll}, … */
    String name();

    /** The automatic choice takes the available backend with the highest priority: io_uring 400, epoll/kqueue/iocp 300, nio 100. */
    int priority();

    /**
     * Whether it can be opened here. Must be quick, must not throw.
     *
     * @return null if it can, otherwise the reason why not, for people ("kernel 5.10 is older than 6.1")
     */
    String unavailableReason();

    /**
     * Opens a ring.
     *
     * @throws BackendUnavailableException if it cannot be opened; says why
     */
    Backend open(BackendConfig config) throws BackendUnavailableException;
}
