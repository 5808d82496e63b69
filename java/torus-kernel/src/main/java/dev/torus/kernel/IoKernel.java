package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import java.lang.System.Logger;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Completion-based I/O over one ring. Operations are queued without a system call, {@link #enter} submits all of them and
 * waits in one, {@link #drain} delivers completions; none of this allocates for sockets and registered buffers.
 *
 * <p><b>Threads.</b> The creating thread owns the kernel until the first {@link #enter}, which binds it to the calling platform
 * thread for good. Only {@link #post}, {@link #wakeup} and {@link #shutdown()} may be called by others; anything else throws
 * {@link WrongThreadException}.
 *
 * <p><b>Errors.</b> Misuse (bounds, a lent buffer, a foreign thread) throws when queueing, and nothing was queued. A stale or closing
 * handle completes with -EBADF. Results are negative errnos in Linux numbering; {@link TorusIoException#of} makes exceptions of them.
 *
 * <p><b>Buffers.</b> A buffer lent to an operation belongs to the kernel until the operation's last completion.
 */
public final class IoKernel extends FileOperations implements AutoCloseable {
    /** How long closing waits for the system to leave the buffers of zero-copy sends alone. */
    private static final long NOTIFICATION_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long CLOSE_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** The module is optional; its classes may be touched only where it is. */
    private static final boolean HAS_FLIGHT_RECORDER = ModuleLayer.boot()
            .findModule("jdk.jfr")
            .filter(IoKernel.class.getModule()::canRead)
            .isPresent();

    /** Every open kernel: its lent buffers must not be collected while the operating system may write into them. */
    private static final Set<IoKernel> OPEN = ConcurrentHashMap.newKeySet();

    private final Explanation explanation;

    private boolean draining;
    private boolean closeDeferred;
    private volatile boolean shutdown;

    private IoKernel(KernelOptions options, Backend backend, Explanation explanation) {
        super(options, backend);
        this.explanation = explanation;
        OPEN.add(this);
        if (HAS_FLIGHT_RECORDER) {
            KernelOpenedEvent.commit(explanation);
        }
    }

    /**
     * Opens the backend that {@code -Dtorus.backend} or {@code TORUS_BACKEND} names, or else the best one here.
     *
     * @throws BackendUnavailableException says why the one asked for, or every one, cannot be used
     */
    public static IoKernel open() throws BackendUnavailableException {
        return open(KernelOptions.defaults());
    }

    /** Opens with options; see {@link #open()}. */
    public static IoKernel open(KernelOptions options) throws BackendUnavailableException {
        BackendSelector.Selection selection = new BackendSelector().open(options.backend(), config(options));
        return new IoKernel(options, selection.backend(), selection.explanation());
    }

    /** Opens a given provider's backend: for the conformance kit and for providers that are not found by ServiceLoader. */
    public static IoKernel open(KernelOptions options, BackendProvider provider) throws BackendUnavailableException {
        Backend backend = provider.open(config(options));
        return new IoKernel(
                options,
                backend,
                new Explanation(
                        backend.name(),
                        "given by the program",
                        List.of(new Explanation.Candidate(
                                backend.name(), provider.priority(), null, backend.description()))));
    }

    private static BackendConfig config(KernelOptions options) {
        return new BackendConfig(options.submissionEntries(), options.completionEntries());
    }

    /** Which backend {@link #open()} would take and why each other one would not be; opens nothing. */
    public static Explanation explain() {
        return new BackendSelector().explain(null);
    }

    /** Which backend this kernel runs on and why not another. */
    public Explanation explanation() {
        return explanation;
    }

    /** Name of the backend in use. */
    public String backendName() {
        return engine.backend.name();
    }

    /** The backend in use: for the conformance kit and tools that read its counters. */
    public Backend backend() {
        return engine.backend;
    }

    /** The options it was opened with. */
    public KernelOptions options() {
        return options;
    }

    // ---- work
    // --------------------------------------------------------------------------------------------------------

    /** Does nothing and completes with 0; measures a turn. */
    public long nop(long token) {
        int slot = take(RingAbi.OP_NOP, token, 0);
        return engine.enqueue(slot, OpTable.NONE, HandleTable.UNORDERED, RingAbi.OP_NOP, 0, 0, 0, 0, 0);
    }

    /**
     * Runs work that may block on the worker pool; its result is the operation's. Accepted tasks run first in, first out; when too many
     * wait, the result is -EAGAIN.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long blocking(BlockingTask work, WorkerLane lane, long token) {
        return blocking(work, lane, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long blocking(BlockingTask work, WorkerLane lane, long token, long timeoutNanos) {
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(lane, "lane");
        int slot = take(OP_TASK, token, timeoutNanos);
        return engine.enqueueTask(slot, OpTable.NONE, HandleTable.UNORDERED, work, lane, null);
    }

    /** Runs work on the worker pool; see {@link #blocking(BlockingTask, WorkerLane, long)}. */
    public long blocking(BlockingTask work, long token) {
        return blocking(work, WorkerLane.GENERAL, token, 0);
    }

    /** Blocking file functions for use inside a {@link BlockingTask}: results are values or -errno. */
    public BlockingFiles files() {
        return engine.backend.files();
    }

    /**
     * Closes a handle in two phases: from now on its operations complete with -EBADF, and each pending one ends with
     * -ECANCELED or its real result; then the descriptor is closed. This completion is the last of the handle.
     */
    public long close(long handle, long token) {
        checkOpen();
        int index = engine.handles.findOpen(handle);
        int slot = take(RingAbi.OP_CLOSE, token, 0);
        return index == OpTable.NONE ? engine.refuseClose(slot) : engine.close(index, slot);
    }

    /**
     * Asks an operation to end. Its own completion comes in any case, with -ECANCELED or its real result.
     *
     * @param operation as returned when it was queued
     * @return an operation that completes with 0, -ENOENT (ended already) or -EALREADY (cannot be stopped any more)
     */
    public long cancel(long operation, long token) {
        checkOpen();
        return engine.cancel(operation, token);
    }

    // ---- turning
    // -----------------------------------------------------------------------------------------------------

    /**
     * Makes the calling thread the owner for good, as the first turn does: for a program that queues operations on another thread than
     * the one that opened the kernel before it turns.
     *
     * @throws WrongThreadException if another thread is the owner for good already, or this is a virtual thread
     */
    public void bind() {
        engine.ensureBound();
        checkOpen();
    }

    /**
     * One turn: submits what is queued and waits until something can be drained, the time is over, a deadline passes, or
     * another thread wakes it.
     *
     * @param timeoutNanos 0 polls, negative waits for ever
     * @return about how much can be drained
     */
    public int enter(long timeoutNanos) {
        engine.ensureBound();
        checkOpen();
        if (draining) {
            throw new IllegalStateException("enter inside drain");
        }
        return engine.enter(shutdown ? 0 : timeoutNanos);
    }

    /**
     * Delivers what is there when it begins, at most so much that a turn stays bounded. If the handler throws, what it was
     * called for is delivered, the rest comes with the next drain, and the exception leaves this method.
     *
     * @return the number of completions and posted tasks
     */
    public int drain(CompletionHandler handler) {
        return drain(handler, Integer.MAX_VALUE);
    }

    /**
     * As {@link #drain(CompletionHandler)}, but delivers at most so much. What is left comes with the next drain; the sources (ring, pool,
     * other threads) are the first in turn, so that none of them waits for ever.
     *
     * @throws IllegalArgumentException for a limit below 1
     */
    public int drain(CompletionHandler handler, int limit) {
        checkOpen();
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit);
        }
        if (draining) {
            throw new IllegalStateException("drain inside drain");
        }
        draining = true;
        try {
            return engine.drain(handler, limit);
        } finally {
            draining = false;
            if (closeDeferred) {
                close();
            }
        }
    }

    /** Whether {@link #drain} would deliver something now. */
    public boolean hasDeliverable() {
        checkOpen();
        return engine.hasDeliverable();
    }

    /**
     * Hands a task to the owner, which runs it in a drain, in the order of each poster. Any thread. A parked owner is woken,
     * by the first poster only.
     *
     * @return false if the queue is full or the kernel is closed: nothing was queued
     */
    public boolean post(Runnable task) {
        return !closed && engine.posts.offer(task);
    }

    /**
     * Like {@link #post(Runnable)}, but waits for room. Any thread but the owner's.
     *
     * @param timeoutNanos how long to wait; not positive: not at all
     * @return false if there was no room in time or the kernel is closed: nothing was queued
     * @throws InterruptedException while it waited: nothing was queued
     * @throws IllegalStateException on the owner's thread, which would wait for itself
     */
    public boolean post(Runnable task, long timeoutNanos) throws InterruptedException {
        if (owner.isCurrent()) {
            throw new IllegalStateException("the owner's thread cannot wait for room that only it makes");
        }
        return !closed && engine.posts.offer(task, timeoutNanos);
    }

    /**
     * Like {@link #post(Runnable)}; if there is no room, tells when there is. Any thread.
     *
     * @param whenRoom called once, by the owner, in a drain, if this returns false and the kernel is not closed
     * @return false if the queue is full or the kernel is closed: nothing was queued
     * @throws java.util.concurrent.RejectedExecutionException if too many callbacks wait already
     */
    public boolean post(Runnable task, Runnable whenRoom) {
        return !closed && engine.posts.offer(task, whenRoom);
    }

    /** Ends the present or else the next waiting {@link #enter}. Any thread; harmless after close. */
    public void wakeup() {
        engine.wakeRequested.set(true);
        if (engine.signal.signal()) {
            engine.backend.wakeup();
        }
    }

    /** Operations that have not been delivered yet. */
    public int pending() {
        return engine.pending();
    }

    /** Inside the handler, for a completion of {@link #recvFrom}: who sent it, or null if the system does not tell. */
    public SocketAddress datagramSource() {
        return engine.datagramSource();
    }

    /** Inside the handler, for a completion of {@link #recvFrom}: whether it did not fit and was cut off. */
    public boolean datagramTruncated() {
        return engine.datagramTruncated();
    }

    /** The system's own words or number for the last failure, or null: what a bug report needs. */
    public String failureDetail() {
        owner.check();
        return engine.failureDetail();
    }

    /**
     * Tells an observer of what is delivered from now on, in place of the one before; null for nobody. Without one this costs a branch
     * per completion.
     */
    public void observe(OperationObserver observer) {
        checkOpen();
        engine.observe(observer);
    }

    /** What it has done and holds. */
    public KernelStats stats() {
        owner.check();
        return engine.stats(lentBuffers());
    }

    /**
     * Threads that the operating system has now to do what the ring cannot do at once: on io_uring its workers, for file operations
     * that would block. 0 on other backends, whose files are read by the worker pool. Looks through the threads of the
     * process, so it is nothing for every turn.
     */
    public int systemWorkers() {
        checkOpen();
        return (int) engine.backend.counter(Backend.Counter.SYSTEM_WORKERS);
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    /** Asks the owner to end: {@link #enter} does not wait any more. Any thread; the owner then calls {@link #close()}. */
    public void shutdown() {
        shutdown = true;
        wakeup();
    }

    /** Whether {@link #shutdown()} or {@link #close()} was called. */
    public boolean isShutdown() {
        return shutdown;
    }

    /**
     * Closes all handles, waits for every pending operation and frees the ring; completions are not delivered any more. Inside a
     * drain it is deferred to its end. Does nothing when called again.
     *
     * <p>If the owner thread has died, any thread may call this: the memory is then reported and kept for ever, because the
     * operating system may still write into it.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (owner.isDead()) {
            reportLeak("its owner thread " + owner + " died");
            return;
        }
        owner.check();
        if (draining) {
            closeDeferred = true;
            return;
        }
        shutdown = true;
        boolean quiet = !owner.isBound() || endOperations();
        closed = true;
        boolean workersEnded = engine.pool.close(TimeUnit.SECONDS.toNanos(10));
        closeUnused();
        if (!quiet || !workersEnded) {
            reportLeak(quiet ? "a blocking task does not end" : "operations do not end: " + stats());
            return;
        }
        engine.backend.close();
        OPEN.remove(this);
    }

    private boolean endOperations() {
        HandleTable handles = engine.handles;
        for (int index = 0; index < handles.capacity(); index++) {
            if (handles.state[index] == HandleTable.OPEN) {
                engine.close(index, engine.take(RingAbi.OP_CLOSE, 0));
            }
        }
        engine.cancelTasks();
        engine.pool.interrupt();
        CompletionHandler discard = new CompletionHandler() {
            @Override
            public void completed(long token, long result, int flags) {
                if (handles.find(result) != OpTable.NONE && result >= 0) {
                    engine.closeIfOpen(result);
                }
            }

            @Override
            public void posted(Runnable task) {
                // tasks that were posted too late are dropped
            }
        };
        long deadline = System.nanoTime() + CLOSE_PATIENCE_NANOS;
        while (!engine.isQuiet()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            engine.enter(TimeUnit.MILLISECONDS.toNanos(10));
            engine.drain(discard, Integer.MAX_VALUE);
        }
        deadline = System.nanoTime() + NOTIFICATION_PATIENCE_NANOS;
        while (engine.detached() != 0 && System.nanoTime() - deadline < 0) {
            engine.enter(TimeUnit.MILLISECONDS.toNanos(10));
            engine.drain(discard, Integer.MAX_VALUE);
        }
        return engine.detached() == 0;
    }

    /** Descriptors of a kernel that never made a turn. */
    private void closeUnused() {
        HandleTable handles = engine.handles;
        for (int index = 0; index < handles.capacity(); index++) {
            if (handles.state[index] != HandleTable.FREE && !owner.isBound()) {
                engine.backend.sockets().close(handles.fd[index]);
            }
        }
    }

    private void reportLeak(String reason) {
        closed = true;
        System.getLogger(IoKernel.class.getName())
                .log(Logger.Level.ERROR, "kernel on {0} is not freed: {1}", backendName(), reason);
    }
}
