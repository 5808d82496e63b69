package dev.torus.tck.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Child;
import dev.torus.tck.harness.Lab;

/** Accepting when the process has no descriptor left: an error that comes once per operation, not a spinning loop. */
public abstract class DescriptorLimitSuite {
    @BackendTest(operations = {"ACCEPT", "ACCEPT multishot"})
    void B00_acceptAtTheDescriptorLimitIsEmfileAndDoesNotSpin(Lab lab) throws Exception {
        String reason = Child.unavailableReason();
        if (reason != null) {
            Lab.skip(reason);
        }
        Child.Result result = Child.run(
                "ulimit -n 160",
                AcceptAtTheLimit.class,
                lab.provider().getClass().getName());

        assertThat(result.output()).endsWith("accepted at last\n");
        assertThat(result.status()).isZero();
    }
}
