package dev.torus.concurrency;

import dev.torus.queue.MpscRingQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** One slot is free, two producers: exactly one is told yes, and what it offered is in the queue. */
@JCStressTest
@Outcome(id = "true, false, 2", expect = Expect.ACCEPTABLE, desc = "the first had it")
@Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "the second had it")
@Outcome(expect = Expect.FORBIDDEN, desc = "an answer that is not true")
@State
public class MpscFullTest {
    private final MpscRingQueue<Integer> queue = new MpscRingQueue<>(2);

    /** One slot is free. */
    public MpscFullTest() {
        queue.offer(1);
    }

    /** Producer. */
    @Actor
    public void first(ZZI_Result r) {
        r.r1 = queue.offer(2);
    }

    /** Producer. */
    @Actor
    public void second(ZZI_Result r) {
        r.r2 = queue.offer(3);
    }

    /** How many there are. */
    @Arbiter
    public void rest(ZZI_Result r) {
        r.r3 = queue.drain(element -> {}, 10);
    }
}
