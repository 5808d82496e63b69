package dev.torus.loop;

import java.util.ArrayDeque;

/** Callbacks that could not be made where they arose (R4). */
final class PendingPhase {
    private ArrayDeque<Runnable> queue = new ArrayDeque<>();

    void add(Runnable callback) {
        queue.add(callback);
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Runs what is there at the start; what is added meanwhile waits for the next pending phase. */
    void run(Poller.MacrotaskSink sink) {
        ArrayDeque<Runnable> batch = queue;
        queue = new ArrayDeque<>();
        Runnable callback;
        while ((callback = batch.poll()) != null) {
            sink.run(callback);
        }
    }
}
