package dev.torus.loop;

import java.util.ArrayDeque;

/** Close callbacks of handles whose closing began before the phase, last closed first (R7). */
final class ClosingPhase {
    private ArrayDeque<Runnable> closing = new ArrayDeque<>();
    /** Handles that are being closed, ready for this phase or still waiting for the kernel. */
    private int pending;

    /** A handle begins to close: the loop stays alive until its callback has run (R8). */
    void begin() {
        pending++;
    }

    /** The kernel has given back everything: the callback may run in the next phase (R57). */
    void ready(Runnable callback) {
        closing.push(callback);
    }

    boolean hasReady() {
        return !closing.isEmpty();
    }

    /** Handles that wait for the kernel. */
    boolean isWaiting() {
        return pending != closing.size();
    }

    int pending() {
        return pending;
    }

    boolean keepAlive() {
        return pending != 0;
    }

    void run(Poller.MacrotaskSink sink) {
        if (closing.isEmpty()) {
            return;
        }
        ArrayDeque<Runnable> batch = closing;
        closing = new ArrayDeque<>();
        Runnable callback;
        while ((callback = batch.poll()) != null) {
            pending--;
            sink.run(callback);
        }
    }
}
