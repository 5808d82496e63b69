package dev.torus.concurrency;

import dev.torus.queue.MpscRingQueue;
import dev.torus.queue.WakeSignal;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Park against a producer: never asleep with an event in the queue and nobody who wakes. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "sleeps, and the producer wakes it")
@Outcome(id = "false, false", expect = Expect.ACCEPTABLE, desc = "does not sleep, and there is no system call")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "saw the event after it had parked: a call for nothing")
@Outcome(id = "true, false", expect = Expect.FORBIDDEN, desc = "a lost wake-up")
@State
public class WakeSignalTest {
    private final MpscRingQueue<Integer> queue = new MpscRingQueue<>(4);
    private final WakeSignal signal = new WakeSignal();

    /** Producer: whether it makes the system call. */
    @Actor
    public void produce(ZZ_Result r) {
        queue.offer(1);
        r.r2 = signal.signal();
    }

    /** Owner: sleeps only if it parked and the queue is empty then. */
    @Actor
    public void owner(ZZ_Result r) {
        signal.park();
        r.r1 = queue.isEmpty();
    }
}
