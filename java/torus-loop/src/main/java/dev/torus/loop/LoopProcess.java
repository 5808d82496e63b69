package dev.torus.loop;

import java.util.Objects;
import java.util.function.Consumer;

/** The process that the loop runs in: its signals. */
public final class LoopProcess {
    private final EventLoop loop;
    private final KernelPoller poller;

    LoopProcess(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
    }

    /**
     * Calls back on the loop when a signal comes, in place of what the JVM does with it: SIGINT, SIGTERM and SIGHUP then do not end the
     * JVM. Several handlers, also of several loops, are all called. Closing the loop ends them.
     *
     * @throws IllegalStateException if the JVM keeps the signal for itself (-Xrs) or this system has no such signal
     */
    public SignalHandle onSignal(Signal signal, Consumer<Signal> callback) {
        loop.checkThread();
        SignalHandle handle = new SignalHandle(
                loop, poller, Objects.requireNonNull(signal, "signal"), Objects.requireNonNull(callback, "callback"));
        handle.start();
        return handle;
    }

    /** The loop is closed. */
    void close() {
        for (LoopHandle handle : loop.life().handles()) {
            if (handle instanceof SignalHandle signal) {
                signal.stop();
            }
        }
    }
}
