package dev.torus.loop;

/** A callback of the next check phase. Loop thread only. */
public final class Immediate {
    final Immediates immediates;
    final Runnable callback;
    boolean refed = true;
    /** Still to be run. */
    boolean queued = true;

    Immediate(Immediates immediates, Runnable callback) {
        this.immediates = immediates;
        this.callback = callback;
    }

    /** Lets it keep the loop alive, as at first; nothing after it ran or was cleared (R37). */
    public Immediate ref() {
        immediates.setRef(this, true);
        return this;
    }

    /** Lets the loop end, or sleep, without it (R5, R37). */
    public Immediate unref() {
        immediates.setRef(this, false);
        return this;
    }

    /** Whether it keeps the loop alive: not any more once it runs or was cleared. */
    public boolean hasRef() {
        return queued && refed;
    }

    /** Clears it at once; harmless after it ran (R36). */
    public void clear() {
        immediates.clear(this);
    }
}
