package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Backends;
import dev.torus.tck.harness.Lab;
import java.util.List;

/**
 * The same random script, one operation at a time, on this backend and on a reference must end in the same results. The
 * reference is {@code torus.tck.reference}, or else the first other backend that is available. {@code torus.tck.scripts} (40
 * unless set) is how many scripts, {@code torus.tck.scripts.seed} the first seed.
 */
public abstract class DifferentialSuite {
    private static final int SCRIPTS = Integer.getInteger("torus.tck.scripts", 40);
    private static final long FIRST_SEED = Long.getLong("torus.tck.scripts.seed", 1);

    @BackendTest(operations = "the same script on two backends")
    void K21_theSameScriptEndsInTheSameResults(Lab lab) throws Exception {
        BackendProvider reference = reference(lab.provider());
        if (reference == null) {
            Lab.skip("no other backend is available here to compare with");
            return;
        }
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCRIPTS; seed++) {
            List<String> expected = run(reference, seed);
            List<String> actual = run(lab.provider(), seed);
            assertThat(actual)
                    .as(
                            "seed %d on %s compared with %s; repeat with -Dtorus.tck.scripts=1 -Dtorus.tck.scripts.seed=%d",
                            seed, lab.provider().name(), reference.name(), seed)
                    .isEqualTo(expected);
        }
    }

    @BackendTest(operations = "the same script on two backends")
    void K21_aScriptEndsInTheSameResultsEveryTime(Lab lab) throws Exception {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCRIPTS / 4; seed++) {
            assertThat(run(lab.provider(), seed)).as("seed %d", seed).isEqualTo(run(lab.provider(), seed));
        }
    }

    private static BackendProvider reference(BackendProvider tested) {
        String named = System.getProperty("torus.tck.reference");
        if (named != null) {
            return Backends.named(named);
        }
        return Backends.all().stream()
                .filter(provider -> !provider.name().equals(tested.name()))
                .filter(provider -> provider.unavailableReason() == null)
                .findFirst()
                .orElse(null);
    }

    private static List<String> run(BackendProvider provider, long seed) throws Exception {
        try (Script script = new Script(provider, seed)) {
            return script.run();
        }
    }
}
