package dev.torus.benchmarks.timers;

import java.util.function.IntUnaryOperator;

/** A timer implementation in two situations. What is measured is the CPU time and the allocation of all Java threads meanwhile. */
interface TimerSubject extends AutoCloseable {
    /** Arms so many, of durations in milliseconds that are far away, then cancels all, and returns when they are gone. */
    void armAndCancel(int count, IntUnaryOperator millis) throws Exception;

    /** Arms so many, and returns when all have fired. */
    void armAndFire(int count, IntUnaryOperator millis) throws Exception;

    @Override
    void close() throws Exception;
}
