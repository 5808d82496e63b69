package dev.torus.benchmarks.queue;

import java.io.IOException;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** How each thread of a benchmark of queues runs. */
@State(Scope.Thread)
public class Worker {
    /** Whether the consumer is bound to processor 0 and the producers to processor 1. */
    @Param({"false", "true"})
    public boolean pinned;

    private boolean begun;
    private boolean yields;

    /** With every call of the benchmark; the first one binds the thread if threads are bound. */
    final void begin(int processor, boolean whetherYields) throws IOException, InterruptedException {
        if (!begun) {
            begun = true;
            yields = whetherYields;
            if (pinned) {
                Pinning.pin(processor);
            }
        }
    }

    /** Between two tries. */
    final void pause() {
        if (yields) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }
}
