package dev.torus.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Calls back on the loop when a signal comes. Unref'd at first, as in Node: waiting for a signal does not keep the loop alive. While one
 * call is on its way further signals are the same one. Loop thread only.
 */
public final class SignalHandle extends LoopHandle {
    private final KernelPoller poller;
    private final Signal signal;
    private final Consumer<Signal> callback;
    private final Runnable arrival = this::arrived;
    private final AtomicBoolean onItsWay = new AtomicBoolean();
    private boolean closed;

    SignalHandle(EventLoop loop, KernelPoller poller, Signal signal, Consumer<Signal> callback) {
        super(loop);
        this.poller = poller;
        this.signal = signal;
        this.callback = callback;
        unref();
    }

    void start() {
        JvmSignals.add(signal, arrival);
        loop.life().activated(this);
    }

    /** On a thread of the JVM's. */
    private void arrived() {
        if (onItsWay.compareAndSet(false, true) && !poller.postWaiting(this::deliver)) {
            onItsWay.set(false);
        }
    }

    private void deliver() {
        onItsWay.set(false);
        if (!closed) {
            callback.accept(signal);
        }
    }

    /** Calls back no more; after the last handle of a signal it does what it did before. */
    public void close() {
        loop.checkThread();
        stop();
    }

    void stop() {
        if (!closed) {
            closed = true;
            JvmSignals.remove(signal, arrival);
            loop.life().deactivated(this);
        }
    }

    @Override
    void abandon() {
        stop();
    }

    @Override
    public String toString() {
        return "handler of " + signal;
    }
}
