package dev.torus.loop.trace;

import java.time.Instant;
import java.util.List;

/**
 * What was recorded of a loop.
 *
 * @param thread name of the loop's thread
 * @param backend name of its backend
 * @param startNanos {@link System#nanoTime} when recording began: times of spans and turns are of the same clock
 * @param startedAt when that was
 * @param turns in order
 * @param spans by when they began, of two that began together the longer first, then by kind: what contains another precedes it
 * @param dropped how many spans and turns are missing, the oldest, because the recorder was full
 */
public record Trace(
        String thread,
        String backend,
        long startNanos,
        Instant startedAt,
        List<Turn> turns,
        List<Span> spans,
        long dropped) {
    /** Keeps unmodifiable copies of the lists. */
    public Trace {
        turns = List.copyOf(turns);
        spans = List.copyOf(spans);
    }
}
