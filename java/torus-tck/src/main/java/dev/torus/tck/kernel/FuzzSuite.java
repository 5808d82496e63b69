package dev.torus.tck.kernel;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.util.concurrent.TimeUnit;

/**
 * Random operations with a seed. {@code torus.tck.fuzz.seconds} (5 unless set) is how long, per backend;
 * {@code torus.tck.fuzz.seed} repeats one round.
 */
public abstract class FuzzSuite {
    private static final long SECONDS = Long.getLong("torus.tck.fuzz.seconds", 5);
    /** Rounds that every run makes, whatever the time. */
    private static final int FIXED_SEEDS = 20;

    @BackendTest(operations = "random operations")
    void K20_randomOperationsEndOnceAndLeaveNothingBehind(Lab lab) {
        Long only = Long.getLong("torus.tck.fuzz.seed");
        if (only != null) {
            round(lab, only);
            return;
        }
        for (long seed = 1; seed <= FIXED_SEEDS; seed++) {
            round(lab, seed);
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        for (long seed = System.currentTimeMillis() << 8; System.nanoTime() - end < 0; seed++) {
            round(lab, seed);
        }
    }

    private static void round(Lab lab, long seed) {
        try (FuzzRound round = new FuzzRound(lab.provider(), seed)) {
            round.run();
        } catch (Throwable e) {
            throw new AssertionError(
                    "fuzz on " + lab.provider().name() + " failed; repeat with -Dtorus.tck.fuzz.seed=" + seed
                            + " -Dtorus.tck.backends=" + lab.provider().name() + ": " + e,
                    e);
        }
    }
}
