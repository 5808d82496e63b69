package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.OperationCancelledException;
import dev.torus.kernel.TorusIoException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * A program that runs beside this one. Its callbacks come in this order, as in Node: spawn, exit, close; close comes when the program has
 * ended and all its pipes have closed. If it cannot be started: error, close. It keeps the loop alive until then, unless it is unref'd.
 *
 * <p>The JDK's pipes block: a standard stream that is a pipe and is used has a daemon thread of its own, which ends with the pipe. A pipe
 * stays open as long as any process holds its other end, so one that the program left to a process of its own outlives it. Loop thread
 * only.
 */
public final class ChildProcess extends LoopHandle {
    private final LoopProcess owner;
    private final KernelPoller poller;
    private final List<String> command;
    private final SpawnOptions options;
    private final ChildInput input;
    private final ChildOutput output;
    private final ChildOutput error;

    private Runnable onSpawn = () -> {};
    private Consumer<TorusIoException> onError;
    private IntConsumer onExit = code -> {};
    private IntConsumer onClose = code -> {};
    private boolean ended;
    private boolean closed;
    private int exitCode;

    /** Set by a worker. Guarded by this. */
    private Process process;
    /** Guarded by this. */
    private boolean killed;
    /** Guarded by this. */
    private boolean killedForcibly;

    ChildProcess(EventLoop loop, LoopProcess owner, KernelPoller poller, List<String> command, SpawnOptions options) {
        super(loop);
        this.owner = owner;
        this.poller = poller;
        this.command = command;
        this.options = options;
        String name = "child " + command.get(0);
        input = options.input() == SpawnOptions.Stdio.PIPE ? new ChildInput(loop, poller, "stdin of " + name) : null;
        output = output(options.output(), "stdout of " + name);
        error = output(options.error(), "stderr of " + name);
        if (input != null) {
            input.afterClose(this::closeIfEnded);
        }
    }

    private ChildOutput output(SpawnOptions.Stdio stdio, String name) {
        if (stdio != SpawnOptions.Stdio.PIPE) {
            return null;
        }
        ChildOutput stream = new ChildOutput(loop, poller, name);
        stream.afterClose(this::closeIfEnded);
        return stream;
    }

    void start(Requests requests) {
        loop.life().activated(this);
        requests.blocking("spawn", command.get(0), this::launch, dev.torus.kernel.WorkerLane.GENERAL)
                .onSettled(this::launched);
    }

    void refuse(TorusIoException reason) {
        loop.life().activated(this);
        loop.nextTick(() -> notStarted(reason));
    }

    /** On a worker. */
    private Process launch() throws TorusIoException {
        Process started = ChildLauncher.start(command, options);
        synchronized (this) {
            process = started;
            if (killed) {
                signal(killedForcibly);
            }
        }
        return started;
    }

    private void launched(Process started, Throwable reason) {
        if (reason != null) {
            boolean byShutdown = reason instanceof OperationCancelledException;
            notStarted(
                    byShutdown
                            ? null
                            : reason instanceof TorusIoException e
                                    ? e
                                    : TorusIoException.of(
                                            "spawn", command.get(0) + " (" + reason + ")", Errno.EIO.result()));
            return;
        }
        if (input != null) {
            input.open(started.getOutputStream());
        }
        if (output != null) {
            output.open(started.getInputStream());
        }
        if (error != null) {
            error.open(started.getErrorStream());
        }
        started.onExit().thenAccept(this::tellExit);
        onSpawn.run();
    }

    /** On a thread of the JDK's, or on the loop's if the program has ended already. */
    private void tellExit(Process done) {
        Runnable exit = () -> exited(done.exitValue());
        if (loop.isLoopThread()) {
            loop.pending().add(exit);
        } else {
            poller.postWaiting(exit);
        }
    }

    private void notStarted(TorusIoException reason) {
        ended = true;
        exitCode = reason == null ? Errno.ECANCELED.result() : -reason.code();
        destroyStreams();
        if (reason != null) {
            loop.guarded(() -> {
                if (onError == null) {
                    throw new UncheckedLoopException(reason);
                }
                onError.accept(reason);
            });
        }
        loop.nextTick(this::closeIfEnded);
    }

    private void exited(int code) {
        ended = true;
        exitCode = code;
        if (input != null) {
            input.destroy();
        }
        if (output != null) {
            output.childEnded();
        }
        if (error != null) {
            error.childEnded();
        }
        loop.nextTick(this::closeIfEnded);
        onExit.accept(code);
    }

    private static boolean isClosed(ChildStream stream) {
        return stream == null || stream.isClosed();
    }

    private void closeIfEnded() {
        if (ended && !closed && isClosed(input) && isClosed(output) && isClosed(error)) {
            closed = true;
            loop.life().deactivated(this);
            owner.childClosed();
            onClose.accept(exitCode);
        }
    }

    // ---- handlers
    // ----------------------------------------------------------------------------------------------------

    /** Called once the program runs. */
    public ChildProcess onSpawn(Runnable handler) {
        onSpawn = handler;
        return this;
    }

    /**
     * Called when it cannot be started, with what is wrong: {@link dev.torus.kernel.NoSuchPathException} names a program, or a folder,
     * that is not there; EAGAIN says that {@link LoopOptions#maxChildren()} run. Without a handler that is an uncaught exception.
     */
    public ChildProcess onError(Consumer<TorusIoException> handler) {
        onError = handler;
        return this;
    }

    /**
     * Called when the program has ended, with its exit code; after a signal that is 128 and the signal's number, as shells have it. Its
     * pipes may still have data.
     */
    public ChildProcess onExit(IntConsumer handler) {
        onExit = handler;
        return this;
    }

    /** Called last of all, with the exit code, or -errno if it could not be started. */
    public ChildProcess onClose(IntConsumer handler) {
        onClose = handler;
        return this;
    }

    // ---- streams
    // -----------------------------------------------------------------------------------------------------

    /** What the program reads, or null if that is no pipe. What is not taken when the program ends is dropped. */
    public Writable stdin() {
        return input;
    }

    /** What the program prints, or null if that is no pipe. Unless somebody reads it, it is dropped when the program ends. */
    public Readable stdout() {
        return output;
    }

    /** What the program prints as errors, or null if that is no pipe. */
    public Readable stderr() {
        return error;
    }

    // ---- life
    // --------------------------------------------------------------------------------------------------------

    /** Number of the process; -1 before it runs. */
    public synchronized long pid() {
        return process == null ? -1 : process.pid();
    }

    /** Whether it runs, or is being started. */
    public boolean isRunning() {
        return !ended;
    }

    /**
     * Asks the program to end (SIGTERM; on Windows it is ended at once). One that is being started is asked when it runs.
     *
     * @return false if it has ended
     */
    public boolean kill() {
        return kill(false);
    }

    /** Ends the program without asking (SIGKILL); false if it has ended. */
    public boolean killForcibly() {
        return kill(true);
    }

    private synchronized boolean kill(boolean forcibly) {
        killed = true;
        killedForcibly |= forcibly;
        if (process == null) {
            return !ended;
        }
        boolean alive = process.isAlive();
        signal(forcibly);
        return alive;
    }

    /** By the handle: the process's own methods would close its pipes, and what is in them would be lost. */
    private void signal(boolean forcibly) {
        ProcessHandle handle = process.toHandle();
        if (forcibly) {
            handle.destroyForcibly();
        } else {
            handle.destroy();
        }
    }

    private void destroyStreams() {
        for (ChildStream stream : streams()) {
            stream.destroy();
        }
    }

    private List<ChildStream> streams() {
        return java.util.stream.Stream.of(input, output, error)
                .filter(stream -> stream != null)
                .toList();
    }

    @Override
    void abandon() {
        killForcibly();
        destroyStreams();
    }

    /** The loop is closed: a program that has pipes to it is ended; nothing is called back. */
    void loopClosed() {
        if (!streams().isEmpty()) {
            killForcibly();
            streams().forEach(ChildStream::stop);
            streams().forEach(ChildStream::closePipe);
        }
    }

    @Override
    public String toString() {
        return "child process " + command.get(0) + (pid() == -1 ? "" : " (" + pid() + ")");
    }
}
