package dev.torus.concurrency;

import dev.torus.queue.MpscRingQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A full queue whose consumer makes room while a producer offers: a slot is not filled before it was emptied. */
@JCStressTest
@Outcome(id = "true, 6", expect = Expect.ACCEPTABLE, desc = "the room was seen")
@Outcome(id = "false, 3", expect = Expect.ACCEPTABLE, desc = "full")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element was overwritten, lost or taken twice")
@State
public class MpscRoomTest {
    private final MpscRingQueue<Integer> queue = new MpscRingQueue<>(2);
    private int sum;

    /** Full. */
    public MpscRoomTest() {
        queue.offer(1);
        queue.offer(2);
    }

    /** Producer. */
    @Actor
    public void offer(ZI_Result r) {
        r.r1 = queue.offer(3);
    }

    /** Consumer. */
    @Actor
    public void consume() {
        queue.drain(element -> sum += element, 1);
    }

    /** All that was accepted. */
    @Arbiter
    public void rest(ZI_Result r) {
        queue.drain(element -> sum += element, 10);
        r.r2 = sum;
    }
}
