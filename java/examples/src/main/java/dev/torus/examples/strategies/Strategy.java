package dev.torus.examples.strategies;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** The ways to serve many clients at once. */
public enum Strategy {
    /** A thread of the operating system for each connection; blocking calls. */
    THREADS(ThreadPerConnection::start),
    /** One thread waits for requests of all connections, a fixed pool of threads answers them with blocking calls. */
    POOL(FixedPool::start),
    /** A virtual thread for each connection (JDK 21 and later); the same blocking calls. */
    GREEN_THREADS(GreenThreads::start),
    /** The event loop; each step is given the callback that goes on. */
    CALLBACKS(Callbacks::start),
    /** The event loop; the steps are a chain of promises. */
    PROMISES(Promises::start),
    /** A loop written by hand on the kernel: operations, completions and a state for each connection. */
    KERNEL(KernelByHand::start);

    /** Starts a service that hashes a file. */
    interface Starter {
        Service start(Path file) throws IOException;
    }

    @SuppressWarnings("ImmutableEnumChecker") // a method reference without state
    private final Starter starter;

    Strategy(Starter starter) {
        this.starter = starter;
    }

    /** In lower case with hyphens, for command lines. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Why this JVM cannot run the strategy, or null. */
    public String unavailableReason() {
        return this == GREEN_THREADS && !GreenThreads.areThere() ? "virtual threads need JDK 21 or later" : null;
    }

    /**
     * Starts the service on a free port of the loopback interface.
     *
     * @throws UnsupportedOperationException if this JVM cannot, see {@link #unavailableReason}
     */
    public Service start(Path file) throws IOException {
        String reason = unavailableReason();
        if (reason != null) {
            throw new UnsupportedOperationException(title() + ": " + reason);
        }
        return starter.start(file);
    }

    /** By its {@link #title}. */
    public static Strategy named(String title) {
        for (Strategy strategy : values()) {
            if (strategy.title().equals(title)) {
                return strategy;
            }
        }
        throw new IllegalArgumentException("no strategy " + title);
    }
}
