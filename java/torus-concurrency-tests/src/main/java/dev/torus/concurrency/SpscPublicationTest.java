package dev.torus.concurrency;

import dev.torus.queue.SpscRingQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Three elements through a ring of two: whole, in order, none lost that was accepted. */
@JCStressTest
@Outcome(id = "2, 3, 0", expect = Expect.ACCEPTABLE, desc = "two were accepted")
@Outcome(id = "3, 6, 0", expect = Expect.ACCEPTABLE, desc = "room came in time for the third")
@Outcome(expect = Expect.FORBIDDEN, desc = "lost, doubled, empty or out of order")
@State
public class SpscPublicationTest {
    private static final class Event {
        private int content;
    }

    private final SpscRingQueue<Event> queue = new SpscRingQueue<>(2);
    private int sum;
    private int last;
    private int disorder;

    /** Producer. */
    @Actor
    public void offer(III_Result r) {
        for (int i = 1; i <= 3; i++) {
            Event event = new Event();
            event.content = i;
            if (queue.offer(event)) {
                r.r1++;
            }
        }
    }

    /** Consumer. */
    @Actor
    public void consume() {
        queue.drain(this::take, 2);
    }

    private void take(Event event) {
        sum += event.content;
        if (event.content <= last) {
            disorder++;
        }
        last = event.content;
    }

    /** Takes the rest. */
    @Arbiter
    public void rest(III_Result r) {
        queue.drain(this::take, 10);
        r.r2 = sum;
        r.r3 = disorder;
    }
}
