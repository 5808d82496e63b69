package dev.torus.loop;

import dev.torus.kernel.IoKernel;
import dev.torus.kernel.WorkerLane;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.loop.LoopProbe.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * An event loop with Node's order of events; R and a number in these pages names a rule of the loop.
 *
 * <p>All callbacks run on the thread that calls {@link #run}, one at a time, each to its end. Only {@link #execute} may be called
 * by other threads; anything else throws IllegalStateException there. The loop ends when nothing keeps it alive: no armed ref'd
 * timer, no ref'd immediate, no active ref'd handle, no outstanding request, no closing handle.
 */
public final class EventLoop implements Executor, AutoCloseable {
    /** A pending phase follows the poll at most so often, so that recursion there cannot stop the loop (R4). */
    private static final int MAX_PENDING_ROUNDS = 8;
    /** As often a poll goes on after what was for the loop itself. */
    private static final int MAX_SILENT_POLLS = 8;

    private final LoopClock clock;
    private final Poller poller;
    private final LoopOptions options;
    private final JobQueues jobs = new JobQueues(this::uncaught, this::unhandledRejection, this::leaveIfExited);
    private final Timers timers;
    private final Immediates immediates = new Immediates();
    private final PendingPhase pending = new PendingPhase();
    private final ClosingPhase closing = new ClosingPhase();
    private final LoopLife life = new LoopLife();
    private final Poller.MacrotaskSink sink = this::macrotask;
    /** Timers say themselves when to drain. */
    private final Poller.MacrotaskSink callSink = this::callWithoutDrain;

    private final Runnable drain = this::drain;
    private final List<Runnable> beforeExit = new ArrayList<>();
    private final List<Consumer<Integer>> onExit = new ArrayList<>();
    private final LoopShutdown shutdown = new LoopShutdown(this);
    private final LoopModules modules;

    private Thread thread = Thread.currentThread();
    private Consumer<Throwable> uncaughtHandler;
    private Consumer<Throwable> rejectionHandler;
    private boolean running;
    private boolean stopped;
    private boolean exiting;
    private Integer exitCode;
    private Throwable failure;
    /** Set once the run is to be left at once. */
    private LoopExit exit;

    private volatile boolean closed;
    /** Told what the loop does; null while nobody watches. Chosen anew each turn. */
    private LoopProbe probe;
    /** Null if runs are not to leave their traces in a folder. */
    private TraceFolder traces;

    private EventLoop(LoopOptions options, Poller poller) {
        this.options = options;
        this.clock = options.clock();
        this.poller = poller;
        this.timers = new Timers(clock);
        this.modules = poller instanceof KernelPoller kernelPoller ? new LoopModules(this, kernelPoller) : null;
    }

    /**
     * A loop on the best backend here, or the one that {@code -Dtorus.backend} or {@code TORUS_BACKEND} names.
     *
     * @throws BackendUnavailableException says why the one asked for cannot be used
     */
    public static EventLoop create() throws BackendUnavailableException {
        return create(LoopOptions.defaults());
    }

    /** A loop with options. */
    public static EventLoop create(LoopOptions options) throws BackendUnavailableException {
        EventLoop loop = new EventLoop(
                options, new KernelPoller(IoKernel.open(options.kernel()), options.maxCallbacksPerTurn()));
        try {
            loop.traces = TraceFolder.forLoop(loop);
        } catch (IllegalArgumentException e) {
            loop.close();
            throw e;
        }
        return loop;
    }

    /** For tests of order: events come from a script. */
    static EventLoop create(LoopClock clock, Poller poller) {
        return new EventLoop(LoopOptions.builder().clock(clock).build(), poller);
    }

    // ---- queueing
    // ----------------------------------------------------------------------------------------------------

    /** Runs a tick before anything else once the present callback has returned (R11). */
    public void nextTick(Runnable tick) {
        checkThread();
        jobs.nextTick(Objects.requireNonNull(tick, "tick"));
    }

    /** Runs a microtask after the ticks (R11); shares its queue with promises. */
    public void queueMicrotask(Runnable microtask) {
        checkThread();
        jobs.queueMicrotask(Objects.requireNonNull(microtask, "microtask"));
    }

    /**
     * Calls back once after so many milliseconds, not before.
     *
     * @param millis what is not within 1 to 2147483647 is 1; fractions are cut off (R18)
     */
    public Timeout setTimeout(double millis, Runnable callback) {
        checkThread();
        return timers.arm(Objects.requireNonNull(callback, "callback"), millis, false);
    }

    /** {@link #setTimeout(double, Runnable)} by a duration. */
    public Timeout setTimeout(Duration delay, Runnable callback) {
        return setTimeout(millis(delay), callback);
    }

    /** Calls back every so many milliseconds; the callback's own duration is not added, missed calls are not made up (R28). */
    public Timeout setInterval(double millis, Runnable callback) {
        checkThread();
        return timers.arm(Objects.requireNonNull(callback, "callback"), millis, true);
    }

    /** {@link #setInterval(double, Runnable)} by a duration. */
    public Timeout setInterval(Duration period, Runnable callback) {
        return setInterval(millis(period), callback);
    }

    private static double millis(Duration duration) {
        return duration.getSeconds() * 1e3 + duration.getNano() / 1e6;
    }

    /** Clears a timeout or an interval; null, fired and cleared ones have no effect (R26). */
    public void clearTimeout(Timeout timer) {
        checkThread();
        if (timer != null) {
            timer.clear();
        }
    }

    /** Clears a timeout or an interval by its number (R26). */
    public void clearTimeout(long id) {
        checkThread();
        timers.clear(id);
    }

    /** The same as {@link #clearTimeout(Timeout)}. */
    public void clearInterval(Timeout timer) {
        clearTimeout(timer);
    }

    /** Calls back in the next check phase: after the poll, before timers (R2). */
    public Immediate setImmediate(Runnable callback) {
        checkThread();
        return immediates.add(Objects.requireNonNull(callback, "callback"));
    }

    /** Clears an immediate at once (R36). */
    public void clearImmediate(Immediate immediate) {
        checkThread();
        if (immediate != null) {
            immediate.clear();
        }
    }

    /**
     * Runs a task on the loop, in a poll phase. Any thread; a sleeping loop is woken, by the first caller only. A task that waits
     * keeps a running loop alive, but nothing else does before it is here.
     *
     * @throws RejectedExecutionException if too many tasks wait or the loop is closed
     */
    @Override
    public void execute(Runnable task) {
        if (!poller.post(Objects.requireNonNull(task, "task"))) {
            throw new RejectedExecutionException("the loop's queue is full or the loop is closed");
        }
    }

    /**
     * The loop as an executor with schedules and futures, for other threads. Each call makes one with a life of its own: its shutdown
     * does not end the loop, and it never interrupts the loop's thread. A scheduled task keeps the loop alive as a timer does.
     */
    public ScheduledExecutorService newExecutorService() {
        return new LoopExecutorService(this, System::nanoTime);
    }

    /**
     * Calls on the loop what answers a stage, and answers a promise of its outcome that the calling thread, also a virtual one, may
     * wait for: {@code loop.ask(() -> loop.fs().readFile(path)).get()}. Any thread. A failure that nobody looks at is not reported.
     *
     * @throws RejectedExecutionException if too many tasks wait or the loop is closed
     */
    public <T> LoopPromise<T> ask(Callable<? extends CompletionStage<T>> question) {
        Objects.requireNonNull(question, "question");
        LoopPromise<T> promise = newPromise();
        promise.markHandled();
        execute(() -> {
            try {
                promise.adopt(question.call());
            } catch (LoopExit left) {
                throw left;
            } catch (Throwable e) {
                promise.completeExceptionally(e);
            }
        });
        return promise;
    }

    /**
     * Runs work that may block on the worker pool; the promise is kept or broken on the loop. The request keeps the loop
     * alive (R47).
     */
    public <T> LoopPromise<T> blocking(Callable<T> work) {
        return blocking(work, WorkerLane.GENERAL);
    }

    /** The same in a lane of the pool; the slow lane has half of the workers at most. */
    public <T> LoopPromise<T> blocking(Callable<T> work, WorkerLane lane) {
        checkThread();
        return modules().requests().blocking(work, lane);
    }

    // ---- modules
    // -----------------------------------------------------------------------------------------------------

    /** Files. */
    public Files fs() {
        return modules().fs();
    }

    /** TCP and Unix domain sockets. */
    public Net net() {
        return modules().net();
    }

    /** TLS over sockets. */
    public Tls tls() {
        return modules().tls();
    }

    /** UDP sockets. */
    public Datagrams dgram() {
        return modules().dgram();
    }

    /** The process that the loop runs in. */
    public LoopProcess process() {
        return modules().process();
    }

    /** Looks at the loop itself. */
    public Perf perf() {
        return modules().perf();
    }

    /** Hashes, key derivation and random bytes, on the worker pool. */
    public Crypto crypto() {
        return modules().crypto();
    }

    /** Name lookups. */
    public Dns dns() {
        return modules().dns();
    }

    /** A promise of this loop that the program keeps or breaks. */
    public <T> LoopPromise<T> newPromise() {
        return new LoopPromise<>(this);
    }

    /** A promise that is kept already. */
    public <T> LoopPromise<T> resolved(T value) {
        LoopPromise<T> promise = newPromise();
        promise.complete(value);
        return promise;
    }

    /** A promise of this loop with the outcome of any stage, such as a CompletableFuture of another library. */
    public <T> LoopPromise<T> promiseOf(CompletionStage<? extends T> stage) {
        LoopPromise<T> promise = newPromise();
        promise.adopt(stage);
        return promise;
    }

    private LoopModules modules() {
        if (modules == null) {
            throw new IllegalStateException("a loop without a kernel has no modules");
        }
        return modules;
    }

    // ---- handlers
    // ----------------------------------------------------------------------------------------------------

    /** Called at once with an exception that leaves a callback; without a handler the run ends with code 1 (R39). */
    public void onUncaughtException(Consumer<Throwable> handler) {
        checkThread();
        uncaughtHandler = handler;
    }

    /**
     * Called with the reason of a promise that was rejected and that nobody handles, once the ticks and microtasks are done; without a
     * handler that is an uncaught {@link UnhandledRejectionException}.
     */
    public void onUnhandledRejection(Consumer<Throwable> handler) {
        checkThread();
        rejectionHandler = handler;
    }

    /** Called when nothing is alive any more; may start new work, and then the loop goes on (R58). */
    public void onBeforeExit(Runnable handler) {
        checkThread();
        beforeExit.add(Objects.requireNonNull(handler, "handler"));
    }

    /** Called last of all with the exit code; what it queues is dropped, but for microtasks (R59). */
    public void onExit(Consumer<Integer> handler) {
        checkThread();
        onExit.add(Objects.requireNonNull(handler, "handler"));
    }

    // ---- running
    // -----------------------------------------------------------------------------------------------------

    /** Runs until nothing is alive; see {@link #run(Runnable)}. */
    public int run() {
        return run(() -> {});
    }

    /**
     * Calls the main program and runs until nothing is alive, {@link #stop} or {@link #exit} is called, or an exception that no handler
     * takes leaves a callback.
     *
     * @return the exit code: 0, what {@link #exit} was given, or 1 after an uncaught exception, which is logged
     * @throws IllegalStateException if it runs already or is closed, if another thread has run it before, or on a virtual thread
     */
    public int run(Runnable main) {
        if (running) {
            throw new IllegalStateException("the loop runs already");
        }
        if (closed) {
            throw new IllegalStateException("the loop is closed");
        }
        poller.own();
        thread = Thread.currentThread();
        running = true;
        stopped = false;
        exitCode = null;
        failure = null;
        exit = null;
        exiting = false;
        watchRun();
        try {
            mainProgram(main);
            do {
                turns();
            } while (!stopped && revivedBeforeExit());
            if (!stopped) {
                end(0, true);
            }
        } catch (LoopExit left) {
            return left.code;
        } finally {
            running = false;
            unwatchRun();
            shutdown.reset();
            poller.rest();
        }
        return exitCode == null ? 0 : exitCode;
    }

    /** R14, R41: ticks and microtasks of the main program run even if it threw. */
    private void mainProgram(Runnable main) {
        phase(Phase.MAIN);
        if (!macrotask(main)) {
            drain();
        }
    }

    private void turns() {
        if (!isAlive()) {
            return;
        }
        timersPhase();
        do {
            phase(Phase.PENDING);
            pending.run(sink);
            phase(Phase.POLL);
            int more = MAX_SILENT_POLLS;
            do {
                poller.prepare(); // before each poll: the silent end of a send leaves the next one to be sent
                poller.poll(pollTimeout(), sink);
            } while (poller.wasSilent() && more-- > 0);
            phase(Phase.PENDING);
            for (int round = 0; round < MAX_PENDING_ROUNDS && !pending.isEmpty(); round++) {
                pending.run(sink);
            }
            phase(Phase.CHECK);
            if (immediates.count() != 0) {
                drain();
                immediates.run(sink, options.maxCallbacksPerTurn());
            }
            phase(Phase.CLOSING);
            if (closing.isWaiting()) {
                poller.pollCloses();
            }
            closing.run(sink);
            timersPhase();
            watchTurn();
        } while (!stopped && isAlive());
    }

    private void timersPhase() {
        phase(Phase.TIMERS);
        if (timers.runDue(clock.millis(), callSink, drain)) {
            // R43: what an exception left behind
            drain();
        }
    }

    private void phase(Phase begins) {
        if (probe != null) {
            probe.phase(begins);
        }
    }

    private void watchRun() {
        if (traces != null) {
            traces.runBegins();
        }
        if (modules != null) {
            LoopProbe before = probe;
            probe = watch().atTurn();
            if (probe != null && probe == before) {
                probe.begins();
            }
        }
    }

    private void unwatchRun() {
        if (probe != null) {
            probe.ends();
        }
        if (traces != null) {
            traces.runEnds();
        }
    }

    private void watchTurn() {
        if (probe != null) {
            probe.phaseEnds();
            probe.turnEnds();
        }
        if (modules != null) {
            probe = watch().atTurn();
        }
    }

    /** R5. */
    private long pollTimeout() {
        boolean nothingActive = !life.hasRefedHandles() && !life.hasRequests();
        if (stopped
                || immediates.keepAlive()
                || !pending.isEmpty()
                || closing.hasReady()
                || (nothingActive && !timers.keepAlive() && !closing.keepAlive())) {
            return 0;
        }
        return untilNextTimer();
    }

    /** Milliseconds, 0 if it is past, -1 without timers. */
    long untilNextTimer() {
        return timers.untilNext(clock.millis());
    }

    /** Whether something keeps the loop alive (R8). */
    public boolean isAlive() {
        return timers.keepAlive()
                || immediates.keepAlive()
                || life.hasRefedHandles()
                || life.hasRequests()
                || !pending.isEmpty()
                || closing.keepAlive()
                || poller.hasPosted();
    }

    /** R58. */
    private boolean revivedBeforeExit() {
        if (!beforeExit.isEmpty()) {
            List<Runnable> handlers = List.copyOf(beforeExit);
            phase(Phase.END);
            macrotask(() -> handlers.forEach(Runnable::run));
        }
        return isAlive();
    }

    /** Lets the present turn finish and ends the run; a later run goes on (R10). */
    public void stop() {
        checkThread();
        stopped = true;
    }

    /**
     * Ends the run gracefully. Listeners and datagram sockets close at once and what is under way goes on; the handlers of
     * {@link #onShutdown} may end it. When the deadline has passed, everything is cancelled: connections are destroyed, timers and
     * immediates cleared, promises of requests broken with ECANCELED (not reported if nobody handles them); work on the pool that does
     * not end then is not waited for. The run ends as usual once nothing is alive. Any thread; a second call can only bring the
     * deadline forward.
     *
     * @param deadline how long to wait from now on; zero cancels in the next turn
     * @throws RejectedExecutionException if too many tasks wait or the loop is closed
     */
    public void shutdown(Duration deadline) {
        if (deadline.isNegative()) {
            throw new IllegalArgumentException("deadline " + deadline);
        }
        if (running && isLoopThread()) {
            shutdown.begin(deadline);
        } else {
            execute(() -> shutdown.begin(deadline));
        }
    }

    /** Called when a {@link #shutdown} begins, after the listeners were closed; loop thread. */
    public void onShutdown(Runnable handler) {
        checkThread();
        shutdown.onShutdown(Objects.requireNonNull(handler, "handler"));
    }

    boolean isShuttingDown() {
        return shutdown.hasBegun();
    }

    void clearTimersAndImmediates() {
        timers.clearAll();
        immediates.clearAll();
    }

    void cancelRequests(boolean abandon) {
        if (modules != null) {
            modules.requests().cancelAll();
            if (abandon) {
                modules.requests().abandonAll();
            }
        }
    }

    /**
     * Ends the run at once: exit handlers are called, and nothing after them (R60). Does not return.
     *
     * @param code what {@link #run} returns
     */
    public void exit(int code) {
        checkThread();
        end(code, false);
        exit = new LoopExit(code);
        throw exit;
    }

    /** Goes on leaving where something between a callback and the loop caught what {@link #exit} threw, as futures do. */
    private void leaveIfExited() {
        if (exit != null) {
            throw exit;
        }
    }

    /** The exit handlers, once; of what they queue only microtasks run (R59), and not even those after an exit (R60). */
    private void end(int code, boolean nothingAlive) {
        if (exiting) {
            return;
        }
        exiting = true;
        exitCode = code;
        if (modules != null) {
            modules.net().sendNow();
        }
        List<Consumer<Integer>> handlers = List.copyOf(onExit);
        boolean returned = guarded(() -> handlers.forEach(handler -> handler.accept(code)));
        jobs.clearTicks();
        if (nothingAlive && returned) {
            jobs.drainMicrotasks();
        }
        jobs.clear();
    }

    /** The exception that ended the last run, or null. */
    public Throwable failure() {
        return failure;
    }

    // ---- for the modules
    // ---------------------------------------------------------------------------------------------

    /** Runs a callback, then drains; not after one that threw (R43). Whether it returned normally. */
    boolean macrotask(Runnable callback) {
        return probe == null ? plainMacrotask(callback) : watchedMacrotask(callback, probe);
    }

    private boolean plainMacrotask(Runnable callback) {
        boolean returned = guarded(callback);
        if (returned) {
            jobs.drain();
        }
        return returned;
    }

    private boolean watchedMacrotask(Runnable callback, LoopProbe watching) {
        boolean returned = watchedCall(callback, watching);
        if (returned) {
            drain();
        }
        watching.macrotaskEnds();
        return returned;
    }

    private boolean watchedCall(Runnable callback, LoopProbe watching) {
        long began = watching.callbackBegins();
        try {
            return guarded(callback);
        } finally {
            watching.callbackEnds(began);
        }
    }

    private boolean callWithoutDrain(Runnable callback) {
        LoopProbe watching = probe;
        if (watching == null) {
            return guarded(callback);
        }
        boolean returned = watchedCall(callback, watching);
        if (!returned) {
            watching.macrotaskEnds(); // otherwise with the drain
        }
        return returned;
    }

    private void drain() {
        LoopProbe watching = probe;
        if (watching == null) {
            jobs.drain();
            return;
        }
        if (!jobs.isEmpty()) {
            long before = jobs.ran();
            jobs.drain();
            watching.drained(jobs.ran() - before);
        }
        watching.macrotaskEnds();
    }

    boolean guarded(Runnable callback) {
        try {
            callback.run();
        } catch (LoopExit left) {
            throw left;
        } catch (Throwable e) {
            leaveIfExited();
            uncaught(e);
            return false;
        }
        leaveIfExited();
        return true;
    }

    private void uncaught(Throwable e) {
        if (uncaughtHandler == null) {
            failUncaught(e);
        }
        try {
            uncaughtHandler.accept(e);
        } catch (LoopExit left) {
            throw left;
        } catch (Throwable inHandler) {
            inHandler.addSuppressed(e);
            failUncaught(inHandler);
        }
        // R44: at least one more check phase follows
        immediates.add(() -> {});
    }

    private void unhandledRejection(Throwable reason) {
        if (shutdown.caused(reason)) {
            return;
        }
        if (rejectionHandler == null) {
            uncaught(new UnhandledRejectionException(reason));
        } else {
            guarded(() -> rejectionHandler.accept(reason));
        }
    }

    private void failUncaught(Throwable e) {
        failure = e;
        System.getLogger(EventLoop.class.getName())
                .log(System.Logger.Level.ERROR, "uncaught exception ends the loop", e);
        end(1, false);
        exit = new LoopExit(1);
        throw exit;
    }

    void checkThread() {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("the loop belongs to thread " + thread.getName() + ", called by "
                    + Thread.currentThread().getName() + "; use execute()");
        }
    }

    boolean isRunning() {
        return running;
    }

    /** Any thread. */
    boolean isClosed() {
        return closed;
    }

    boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    JobQueues jobs() {
        return jobs;
    }

    LoopLife life() {
        return life;
    }

    PendingPhase pending() {
        return pending;
    }

    ClosingPhase closing() {
        return closing;
    }

    LoopOptions options() {
        return options;
    }

    LoopWatch watch() {
        return modules().watch();
    }

    /** The kernel that the loop turns: its backend and counters. */
    public IoKernel kernel() {
        return modules().kernel();
    }

    /** What keeps the loop alive, and what is open besides, a line each, for people. */
    public List<String> activeHandles() {
        checkThread();
        List<String> lines = new ArrayList<>();
        for (LoopHandle handle : life.handles()) {
            lines.add(handle + (handle.hasRef() ? "" : " (unref'd)"));
        }
        List<String> requests = modules == null ? List.of() : modules.requests().describe();
        lines.addAll(requests);
        count(lines, life.requests() - requests.size(), "requests of sockets", 0);
        count(lines, timers.armed(), "timers", timers.armed() - timers.refed());
        count(lines, immediates.queued(), "immediates", immediates.queued() - immediates.refed());
        count(lines, closing.pending(), "handles that are being closed", 0);
        return lines;
    }

    private static void count(List<String> lines, int count, String what, int unrefed) {
        if (count > 0) {
            lines.add(count + " " + what + (unrefed == 0 ? "" : " (" + unrefed + " unref'd)"));
        }
    }

    /** Ends everything that is still open and frees the kernel; joins the worker threads. Not while it runs. */
    @Override
    public void close() {
        checkThread();
        if (running) {
            throw new IllegalStateException("close() inside run(); use stop() or exit()");
        }
        if (!closed) {
            closed = true;
            if (modules != null) {
                modules.close();
            }
            poller.close();
        }
    }
}
