package dev.torus.loop;

/** A long-lived object that can produce callbacks: a server, a socket. Ref'd at first: while active it keeps the loop alive. */
public abstract class LoopHandle {
    final EventLoop loop;
    private boolean refed = true;
    /** Kept by {@link LoopLife}. */
    boolean active;

    LoopHandle(EventLoop loop) {
        this.loop = loop;
    }

    /** Lets it keep the loop alive while active; a flag, not a count. */
    public final LoopHandle ref() {
        setRef(true);
        return this;
    }

    /** Lets the loop end without it (R55). */
    public final LoopHandle unref() {
        setRef(false);
        return this;
    }

    /** A graceful shutdown begins: whoever takes new work stops taking it. */
    void retire() {}

    /** The deadline of a shutdown has passed: closes at once. */
    abstract void abandon();

    private void setRef(boolean ref) {
        loop.checkThread();
        if (refed != ref) {
            loop.life().refChanges(this, ref);
            refed = ref;
        }
    }

    /** Whether it keeps the loop alive while active. */
    public final boolean hasRef() {
        return refed;
    }
}
