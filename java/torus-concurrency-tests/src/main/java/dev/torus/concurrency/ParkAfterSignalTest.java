package dev.torus.concurrency;

import dev.torus.queue.MpscRingQueue;
import dev.torus.queue.WakeSignal;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * A signal was given before, so a producer that finds its trace makes no system call; the owner wakes, drains and parks at the same
 * time. The owner must not sleep while that producer's event is in the queue.
 */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "the event was drained before the owner slept")
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "sleeps and is woken")
@Outcome(id = "false, [01]", expect = Expect.ACCEPTABLE, desc = "does not sleep")
@Outcome(
        id = "true, -1",
        expect = Expect.FORBIDDEN,
        desc = "sleeps with an event in the queue and no call: a lost wake-up")
@Outcome(expect = Expect.FORBIDDEN, desc = "cannot be")
@State
public class ParkAfterSignalTest {
    private final MpscRingQueue<Integer> queue = new MpscRingQueue<>(4);
    private final WakeSignal signal = new WakeSignal();
    private final AtomicInteger calls = new AtomicInteger();

    /** The owner slept, and a signal has ended that. */
    public ParkAfterSignalTest() {
        signal.park();
        signal.signal();
    }

    /** Producer. */
    @Actor
    public void produce() {
        queue.offer(1);
        if (signal.signal()) {
            calls.incrementAndGet();
        }
    }

    /** Owner: one turn as OpEngine makes it, then to sleep. */
    @Actor
    public void owner(ZI_Result r) {
        signal.awake();
        queue.drain(event -> {}, 10);
        signal.park();
        r.r1 = queue.isEmpty();
    }

    /** -1: an event is left and nobody called. */
    @Arbiter
    public void look(ZI_Result r) {
        r.r2 = r.r1 && !queue.isEmpty() && calls.get() == 0 ? -1 : calls.get();
    }
}
