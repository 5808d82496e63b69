package dev.torus.loop;

/** The loop's clock: whole milliseconds, monotonic, rounded down. A parameter of the loop, so that tests need not sleep. */
@FunctionalInterface
public interface LoopClock {
    /** Milliseconds since some fixed moment. */
    long millis();

    /** The system's monotonic clock, {@link System#nanoTime}. */
    static LoopClock system() {
        long origin = System.nanoTime();
        return () -> (System.nanoTime() - origin) / 1_000_000;
    }
}
