package dev.torus.examples.strategies;

/** A running service. */
public interface Service extends AutoCloseable {
    /** Where it listens, on the loopback interface. */
    int port();

    /** Closes its connections and ends its threads. */
    @Override
    void close();
}
