package dev.torus.kernel;

/**
 * How long the owner looks for something before it sleeps. The time doubles, up to its limit, each time that was worth it, and
 * halves when it was not; when it has become too short to find anything, only now and then a turn tries again.
 */
final class AdaptiveSpin {
    private static final long LEAST_NANOS = 1000;
    /** After so many turns without spinning one spins again. */
    private static final int TRY_AGAIN = 64;

    private final long mostNanos;
    private long nanos;
    private int turnsWithout;
    private long spins;
    private long hits;

    AdaptiveSpin(int mostMicros) {
        mostNanos = mostMicros * 1000L;
        nanos = mostNanos;
    }

    /** How long this turn may spin; 0: not at all. */
    long budget() {
        if (nanos == 0 && mostNanos != 0 && ++turnsWithout == TRY_AGAIN) {
            turnsWithout = 0;
            nanos = Math.min(LEAST_NANOS, mostNanos);
        }
        return nanos;
    }

    /** A turn has spun. */
    void spun(boolean found) {
        spins++;
        if (found) {
            hits++;
            nanos = Math.min(mostNanos, 2 * nanos);
        } else {
            nanos = nanos / 2 < LEAST_NANOS ? 0 : nanos / 2;
        }
    }

    long spins() {
        return spins;
    }

    long hits() {
        return hits;
    }
}
