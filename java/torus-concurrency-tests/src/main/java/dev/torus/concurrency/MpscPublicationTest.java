package dev.torus.concurrency;

import dev.torus.queue.MpscRingQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** What a producer wrote before it offered is seen by who polls. */
@JCStressTest
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "nothing there yet")
@Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "whole")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element without its content")
@State
public class MpscPublicationTest {
    private static final class Event {
        private int content;
    }

    private final MpscRingQueue<Event> queue = new MpscRingQueue<>(2);

    /** Producer. */
    @Actor
    public void offer() {
        Event event = new Event();
        event.content = 42;
        queue.offer(event);
    }

    /** Consumer. */
    @Actor
    public void poll(I_Result r) {
        Event event = queue.poll();
        r.r1 = event == null ? -1 : event.content;
    }
}
