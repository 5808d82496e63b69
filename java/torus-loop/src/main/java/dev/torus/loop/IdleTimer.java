package dev.torus.loop;

import java.time.Duration;
import java.util.Objects;

/** Tells when nothing has happened for a while, once until something happens again. Unref'd, as Node's. Off at first. */
final class IdleTimer {
    private final EventLoop loop;
    /** Null while off. */
    private Timeout timer;

    IdleTimer(EventLoop loop) {
        this.loop = loop;
    }

    void set(Duration idle, Runnable callback) {
        loop.checkThread();
        Objects.requireNonNull(callback, "callback");
        Duration checked = idle.isZero() ? null : Deadlines.check(idle);
        stop();
        if (checked != null) {
            timer = loop.setTimeout(checked, callback).unref();
        }
    }

    /** Something has happened. */
    void activity() {
        if (timer != null) {
            timer.refresh();
        }
    }

    void stop() {
        if (timer != null) {
            timer.clear();
            timer = null;
        }
    }
}
