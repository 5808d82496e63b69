package dev.torus.loop;

import java.util.ArrayDeque;

/** The check phase (rules R34 to R38): runs what was queued when it began; what is queued meanwhile waits a turn. */
final class Immediates {
    private ArrayDeque<Immediate> queue = new ArrayDeque<>();
    private ArrayDeque<Immediate> running = new ArrayDeque<>();
    private int refed;

    Immediate add(Runnable callback) {
        Immediate immediate = new Immediate(this, callback);
        queue.add(immediate);
        refed++;
        return immediate;
    }

    boolean keepAlive() {
        return refed != 0;
    }

    int count() {
        return queue.size() + running.size();
    }

    int refed() {
        return refed;
    }

    /** Those that will run. */
    int queued() {
        int count = 0;
        for (Immediate immediate : queue) {
            count += immediate.queued ? 1 : 0;
        }
        for (Immediate immediate : running) {
            count += immediate.queued ? 1 : 0;
        }
        return count;
    }

    void clearAll() {
        queue.forEach(this::clear);
        running.forEach(this::clear);
    }

    void setRef(Immediate immediate, boolean ref) {
        if (immediate.queued && immediate.refed != ref) {
            immediate.refed = ref;
            refed += ref ? 1 : -1;
        }
    }

    void clear(Immediate immediate) {
        if (immediate.queued) {
            immediate.queued = false;
            if (immediate.refed) {
                refed--;
            }
        }
    }

    /** Runs at most so many; what is left runs in the next check phase, before what was queued later. */
    void run(Poller.MacrotaskSink sink, int limit) {
        ArrayDeque<Immediate> batch = takeBatch();
        Immediate immediate;
        for (int left = limit; left > 0 && (immediate = next(batch)) != null; left--) {
            clear(immediate);
            boolean returned = sink.run(immediate.callback);
            if (!returned && skipCleared(batch).isEmpty()) {
                // as in Node: after the last one threw, the phase begins anew with what was queued meanwhile
                batch = queue;
                queue = running;
                running = batch;
            }
        }
    }

    private ArrayDeque<Immediate> takeBatch() {
        if (!running.isEmpty()) {
            running.addAll(queue);
            queue.clear();
            return running;
        }
        ArrayDeque<Immediate> batch = queue;
        queue = running;
        running = batch;
        return batch;
    }

    private static Immediate next(ArrayDeque<Immediate> batch) {
        return skipCleared(batch).poll();
    }

    private static ArrayDeque<Immediate> skipCleared(ArrayDeque<Immediate> batch) {
        while (!batch.isEmpty() && !batch.peek().queued) {
            batch.poll();
        }
        return batch;
    }
}
