package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** The process that the loop runs in: its signals and its children. */
public final class LoopProcess {
    private final EventLoop loop;
    private final KernelPoller poller;
    private final Requests requests;
    private int children;

    LoopProcess(EventLoop loop, KernelPoller poller, Requests requests) {
        this.loop = loop;
        this.poller = poller;
        this.requests = requests;
    }

    /** Starts a program with three pipes; see {@link #spawn(List, SpawnOptions)}. */
    public ChildProcess spawn(String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.add(0, program);
        return spawn(command, SpawnOptions.defaults());
    }

    /**
     * Starts a program: no shell, the arguments reach it as they are (on Windows the JDK quotes them). It is loaded on the worker pool.
     * Closing the loop ends children that have pipes to it.
     *
     * @param command the program, which is looked for as the system does, and its arguments
     * @throws IllegalArgumentException if there is no program
     */
    public ChildProcess spawn(List<String> command, SpawnOptions options) {
        loop.checkThread();
        if (command.isEmpty() || command.get(0).isEmpty()) {
            throw new IllegalArgumentException("no program");
        }
        ChildProcess child =
                new ChildProcess(loop, this, poller, List.copyOf(command), Objects.requireNonNull(options, "options"));
        int limit = loop.options().maxChildren();
        if (children++ < limit) {
            child.start(requests);
        } else {
            child.refuse(TorusIoException.of(
                    "spawn", command.get(0) + " (" + limit + " children run)", Errno.EAGAIN.result()));
        }
        return child;
    }

    void childClosed() {
        children--;
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
            } else if (handle instanceof ChildProcess child) {
                child.loopClosed();
            }
        }
    }
}
