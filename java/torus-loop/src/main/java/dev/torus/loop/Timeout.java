package dev.torus.loop;

/** A timeout or an interval. Loop thread only. */
public final class Timeout {
    /** The duration of a timer that was cleared. */
    static final int CLEARED = -1;

    final Timers timers;
    final Runnable callback;
    /** Milliseconds, or {@link #CLEARED}. */
    int duration;
    /** An interval. */
    final boolean repeats;
    /** 0 until somebody asks for it. */
    long id;

    long start;
    boolean refed = true;
    /** Neither armed nor running: it does not count for the loop's life. */
    boolean ended;

    TimerList list;
    Timeout next;
    Timeout previous;

    Timeout(Timers timers, Runnable callback, int duration, boolean repeats) {
        this.timers = timers;
        this.callback = callback;
        this.duration = duration;
        this.repeats = repeats;
    }

    /** Number by which {@link EventLoop#clearTimeout(long)} knows it. */
    public long id() {
        return timers.idOf(this);
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
