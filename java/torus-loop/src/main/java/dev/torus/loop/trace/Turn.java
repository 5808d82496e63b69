package dev.torus.loop.trace;

/**
 * One turn of the loop: all phases once. The first one of a run also holds the main program and the timers phase before the first poll.
 *
 * @param number from 1 on, over all runs of the loop
 * @param beganNanos {@link System#nanoTime} when it began
 * @param endedNanos the same when it ended
 * @param syscalls system calls of the loop's thread for I/O, as far as the backend knows
 * @param crossings calls from Java into native code for I/O
 * @param completions completions that were delivered
 * @param callbacks macrotasks that were run
 */
public record Turn(
        long number, long beganNanos, long endedNanos, int syscalls, int crossings, int completions, int callbacks) {}
