package dev.torus.benchmarks.queue;

import java.util.function.Consumer;

/** What every queue here can do; a process sees one implementation only, so that calls through it are inlined. */
public interface Transfer {
    /** Producer: false when full. */
    boolean offer(Object element);

    /** Consumer: null when empty. */
    Object poll();

    /** Consumer: takes up to {@code limit} elements in the way its library recommends; how many. */
    int drain(Consumer<Object> consumer, int limit);
}
