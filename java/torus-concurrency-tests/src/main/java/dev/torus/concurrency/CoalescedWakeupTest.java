package dev.torus.concurrency;

import dev.torus.queue.WakeSignal;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two producers find a sleeping owner: one of them makes the system call. */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one call")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "woken twice")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a lost wake-up")
@State
public class CoalescedWakeupTest {
    private final WakeSignal signal = new WakeSignal();

    /** The owner sleeps. */
    public CoalescedWakeupTest() {
        signal.park();
    }

    /** Producer. */
    @Actor
    public void first(ZZ_Result r) {
        r.r1 = signal.signal();
    }

    /** Producer. */
    @Actor
    public void second(ZZ_Result r) {
        r.r2 = signal.signal();
    }
}
