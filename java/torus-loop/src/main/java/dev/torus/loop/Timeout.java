package dev.torus.loop;

/** A timeout or an interval. Loop thread only. */
public final class Timeout {
    final Timers timers;
    final Runnable callback;
    final long id;
    /** Milliseconds; -1 once cleared. */
    long duration;
    /** Period of an interval, or 0. */
    final long period;

    long start;
    boolean refed = true;
    /** Neither armed nor running: it does not count for the loop's life. */
    boolean ended;

    TimerList list;
    Timeout next;
    Timeout previous;

    Timeout(Timers timers, long id, Runnable callback, long duration, boolean repeats) {
        this.timers = timers;
        this.id = id;
        this.callback = callback;
        this.duration = duration;
        this.period = repeats ? duration : 0;
    }

    /** Number by which {@link EventLoop#clearTimeout(long)} knows it. */
    public long id() {
        return id;
    }

    /** Restarts the period from now, and arms a timeout that has fired again; nothing once it was cleared (R30). */
    public Timeout refresh() {
        timers.refresh(this);
        return this;
    }

    /** Lets it keep the loop alive, as at first; a flag, not a count (R31). */
    public Timeout ref() {
        timers.setRef(this, true);
        return this;
    }

    /** Lets the loop end without it (R31, R32). */
    public Timeout unref() {
        timers.setRef(this, false);
        return this;
    }

    /** Whether it keeps the loop alive while armed. */
    public boolean hasRef() {
        return refed;
    }

    /** Clears it; again or after it has fired: no effect (R26). */
    public void clear() {
        timers.clear(this);
    }
}
