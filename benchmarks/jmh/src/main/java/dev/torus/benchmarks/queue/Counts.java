package dev.torus.benchmarks.queue;

import java.util.function.Consumer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the consumer has got. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Counts {
    /** Elements. */
    public long taken;

    final Consumer<Object> count = element -> taken++;
}
