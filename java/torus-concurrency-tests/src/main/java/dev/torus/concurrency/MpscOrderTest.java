package dev.torus.concurrency;

import dev.torus.queue.MpscRingQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two producers, one of which is the consumer, too: all elements come, each once, a producer's in its order. */
@JCStressTest
@Outcome(id = "4, 0", expect = Expect.ACCEPTABLE, desc = "all there, in order")
@Outcome(expect = Expect.FORBIDDEN, desc = "lost, doubled or out of order")
@State
public class MpscOrderTest {
    private static final int PRODUCER = 10;

    private final MpscRingQueue<Integer> queue = new MpscRingQueue<>(4);
    private int count;
    private int disorder;
    private int lastOfFirst;
    private int lastOfSecond;

    /** Producer. */
    @Actor
    public void first() {
        queue.offer(1);
        queue.offer(2);
    }

    /** Producer and consumer. */
    @Actor
    public void second() {
        queue.offer(PRODUCER + 1);
        queue.drain(this::take, 1);
        queue.offer(PRODUCER + 2);
        queue.drain(this::take, 2);
    }

    private void take(Integer element) {
        count++;
        if (element < PRODUCER) {
            disorder += element <= lastOfFirst ? 1 : 0;
            lastOfFirst = element;
        } else {
            disorder += element <= lastOfSecond ? 1 : 0;
            lastOfSecond = element;
        }
    }

    /** Takes the rest and looks. */
    @Arbiter
    public void rest(II_Result r) {
        queue.drain(this::take, 10);
        r.r1 = count;
        r.r2 = disorder;
    }
}
