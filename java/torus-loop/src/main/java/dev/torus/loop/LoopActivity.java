package dev.torus.loop;

import java.util.function.LongSupplier;

/**
 * When the loop works and when it waits for events. Told by the loop's thread, asked by any. Costs two readings of the clock per turn
 * that waits.
 */
final class LoopActivity {
    /** What {@link #busySince} answers while the loop waits or does not run. */
    static final long NOT_BUSY = Long.MIN_VALUE;

    private enum State {
        RESTING,
        BUSY,
        WAITING
    }

    private final LongSupplier nanoClock;
    private State state = State.RESTING;
    private long changedAt;
    private long busyNanos;
    private long waitingNanos;

    LoopActivity(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        changedAt = nanoClock.getAsLong();
    }

    /** Callbacks begin, or the run does. */
    void busy() {
        change(State.BUSY);
    }

    /** The wait for events begins. */
    void waiting() {
        change(State.WAITING);
    }

    /** The run has ended. */
    void resting() {
        change(State.RESTING);
    }

    private synchronized void change(State next) {
        account();
        state = next;
    }

    private void account() {
        long now = nanoClock.getAsLong();
        switch (state) {
            case BUSY -> busyNanos += now - changedAt;
            case WAITING -> waitingNanos += now - changedAt;
            case RESTING -> {
                // belongs to nobody
            }
        }
        changedAt = now;
    }

    /** The clock's nanoseconds when the callbacks began that run now, or {@link #NOT_BUSY}. */
    synchronized long busySince() {
        return state == State.BUSY ? changedAt : NOT_BUSY;
    }

    /** What was accounted so far, the present state included. */
    synchronized LoopUtilization utilization() {
        long now = nanoClock.getAsLong();
        long busy = busyNanos + (state == State.BUSY ? now - changedAt : 0);
        long waiting = waitingNanos + (state == State.WAITING ? now - changedAt : 0);
        return new LoopUtilization(waiting, busy);
    }
}
