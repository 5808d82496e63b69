package dev.torus.tck.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.tck.harness.Child;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit itself: it passes a good backend and catches each broken one by a test of the rule that is broken. */
class FaultsAreCaughtTest {
    @ParameterizedTest
    @EnumSource
    void aFaultIsCaughtByATestOfItsRule(Fault fault) throws Exception {
        assumeThat(Child.unavailableReason()).isNull();
        Child.Result run = Child.run(":", FaultRun.class, fault.name());

        if (fault == Fault.NONE) {
            assertThat(run.output()).isEqualTo("finished\n");
        } else {
            // a failed test, or the watchdog's word that one hangs, which is all that can be seen of a lost wake-up
            assertThat(run.output()).containsAnyOf("#" + fault.rule + "_", "torus-tck: " + fault.rule + "_");
        }
    }
}
