package dev.torus.concurrency;

import dev.torus.queue.SpscRingQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZI_Result;

/**
 * A producer of a full ring against a consumer that takes the first: what is taken is never what was put later, and what was
 * refused is not there.
 */
@JCStressTest
@Outcome(id = "1, false, 2", expect = Expect.ACCEPTABLE, desc = "still full")
@Outcome(id = "1, true, 23", expect = Expect.ACCEPTABLE, desc = "there was room")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element was lost, or overwritten another")
@State
public class SpscRoomTest {
    private final SpscRingQueue<Integer> queue = new SpscRingQueue<>(2);

    /** Full. */
    public SpscRoomTest() {
        queue.offer(1);
        queue.offer(2);
    }

    /** Consumer. */
    @Actor
    public void take(IZI_Result r) {
        r.r1 = queue.poll();
    }

    /** Producer. */
    @Actor
    public void put(IZI_Result r) {
        r.r2 = queue.offer(3);
    }

    /** What is left, as decimal digits. */
    @Arbiter
    public void look(IZI_Result r) {
        queue.drain(element -> r.r3 = r.r3 * 10 + element, 10);
    }
}
