package dev.torus.loop;

import dev.torus.kernel.OperationObserver;
import dev.torus.kernel.spi.Backend;
import dev.torus.loop.trace.Span;
import java.util.Arrays;

/**
 * Where the loop tells what it does while somebody watches: a tracer, or the flight recorder. Loop thread only. It looks at the clock once
 * per wait, callback and drain; what begins where something else ended has the same time.
 */
final class LoopProbe implements OperationObserver {
    /** The phases by name; the callbacks of a phase are named after it, those of the poll after their operation. */
    enum Phase {
        MAIN("main program", "main program"),
        TIMERS("timers", "timer"),
        PENDING("pending", "pending callback"),
        POLL("poll", "event"),
        CHECK("check", "immediate"),
        CLOSING("closing", "close callback"),
        END("before exit", "before exit");

        final String title;
        final String callback;

        Phase(String title, String callback) {
            this.title = title;
            this.callback = callback;
        }
    }

    private final Backend backend;
    /** Null while there is none. */
    private LoopTracer tracer;
    /** Null while it does not record. */
    private LoopFlight flight;

    /** The latest time that was read. */
    private long now;

    private Phase phase;
    private long phaseBegan;
    private long callbacksBeforePhase;
    private long waitBegan;
    private long waited;

    /** Totals since somebody watches, and what they were when the turn began. */
    private long callbacks;

    private long completions;
    private long turnBegan;
    private long callbacksBefore;
    private long completionsBefore;
    private long syscallsBefore;
    private long crossingsBefore;
    private int depth;
    private String label = "";

    /** By token; 0 and null for an operation that was queued when nobody watched. */
    private long[] queuedAt = new long[256];

    private String[] queuedAs = new String[256];

    /** Tokens of operations that were queued since the time was read last. */
    private int[] fresh = new int[256];

    private int freshCount;

    LoopProbe(Backend backend) {
        this.backend = backend;
    }

    void watchers(LoopTracer tracing, LoopFlight recording) {
        tracer = tracing;
        flight = recording;
    }

    // ---- runs, turns, phases
    // -----------------------------------------------------------------------------------------

    /** A run begins, or somebody begins to watch one. */
    void begins() {
        phase = null;
        depth = 0;
        waited = 0;
        now = System.nanoTime();
        turnBegins();
        if (flight != null) {
            flightTurnEnds();
            flight.turnBegins();
        }
    }

    /** The run has ended, possibly in the midst of a phase. */
    void ends() {
        now = System.nanoTime();
        phaseEnds();
        if (callbacks != callbacksBefore) {
            turnEnds();
        }
        if (flight != null) {
            flightTurnEnds();
        }
    }

    private void turnBegins() {
        turnBegan = now;
        callbacksBefore = callbacks;
        completionsBefore = completions;
        syscallsBefore = backend.counter(Backend.Counter.SYSCALLS);
        crossingsBefore = backend.counter(Backend.Counter.CROSSINGS);
    }

    void turnEnds() {
        long began = turnBegan;
        long syscalls = syscallsBefore;
        long crossings = crossingsBefore;
        int called = (int) (callbacks - callbacksBefore);
        int completed = (int) (completions - completionsBefore);
        turnBegins();
        if (tracer != null) {
            tracer.turn(
                    began,
                    now,
                    (int) (syscallsBefore - syscalls),
                    (int) (crossingsBefore - crossings),
                    completed,
                    called);
        }
    }

    private void flightTurnEnds() {
        flight.turnEnds(
                waited,
                callbacks,
                completions,
                backend.counter(Backend.Counter.SYSCALLS),
                backend.counter(Backend.Counter.CROSSINGS));
    }

    /** A phase begins, and with it the one before ends. */
    void phase(Phase next) {
        phaseEnds();
        phase = next;
        phaseBegan = now;
        callbacksBeforePhase = callbacks;
        label = next.callback;
    }

    /** A phase in which nothing happened is not worth a record. */
    void phaseEnds() {
        if (phase != null && tracer != null && (callbacks != callbacksBeforePhase || phase == Phase.POLL)) {
            tracer.span(Span.Kind.PHASE, phase.title, phaseBegan, now);
        }
        phase = null;
    }

    void waitBegins() {
        now = System.nanoTime();
        stampFresh();
        waitBegan = now;
        if (flight != null) {
            flightTurnEnds();
        }
    }

    void waitEnds() {
        now = System.nanoTime();
        waited = now - waitBegan;
        if (tracer != null) {
            tracer.span(Span.Kind.WAIT, "wait", waitBegan, now);
        }
        if (flight != null) {
            flight.turnBegins();
        }
    }

    // ---- callbacks
    // ---------------------------------------------------------------------------------------------------

    /** What the next callbacks are, other than their phase tells. */
    void label(String name) {
        label = name;
    }

    String label() {
        return label;
    }

    /** When it began, for {@link #callbackEnds}. */
    long callbackBegins() {
        if (depth++ > 0) {
            return System.nanoTime();
        }
        if (flight != null) {
            flight.callbackBegins();
        }
        return now;
    }

    void callbackEnds(long began) {
        now = System.nanoTime();
        stampFresh();
        depth--;
        callbacks++;
        if (tracer != null) {
            tracer.span(Span.Kind.CALLBACK, label, began, now);
        }
    }

    /** Ticks and microtasks were run since the time that was read last. */
    void drained(long jobs) {
        long began = now;
        now = System.nanoTime();
        stampFresh();
        if (tracer != null) {
            tracer.jobs(began, now, jobs);
        }
    }

    /** A callback and what it had queued are over. */
    void macrotaskEnds() {
        if (flight != null && depth == 0) {
            flight.callbackEnds(label);
        }
    }

    // ---- operations
    // --------------------------------------------------------------------------------------------------

    /** An operation gets a token; a name only if the kernel's own does not tell enough. */
    void queued(int token, String name) {
        if (token >= queuedAt.length) {
            int size = Math.max(2 * queuedAt.length, token + 1);
            queuedAt = Arrays.copyOf(queuedAt, size);
            queuedAs = Arrays.copyOf(queuedAs, size);
        }
        queuedAt[token] = 0;
        queuedAs[token] = name;
        if (freshCount == fresh.length) {
            fresh = Arrays.copyOf(fresh, 2 * freshCount);
        }
        fresh[freshCount++] = token;
        if (flight != null) {
            flight.operationBegins(token);
        }
    }

    /** They begin now: nothing happens to an operation before the callback that queued it has ended. */
    private void stampFresh() {
        for (int i = 0; i < freshCount; i++) {
            queuedAt[fresh[i]] = now;
        }
        freshCount = 0;
    }

    private String nameOf(long token, String operation) {
        String name = token < queuedAs.length ? queuedAs[(int) token] : null;
        return name == null ? operation : name;
    }

    @Override
    public void delivering(long token, String operation, long result, boolean last) {
        String name = nameOf(token, operation);
        label = name;
        completions++;
        if (!last || token >= queuedAt.length || queuedAt[(int) token] == 0) {
            return;
        }
        if (tracer != null) {
            tracer.operation(name, (int) token, queuedAt[(int) token], now, result);
        }
        queuedAt[(int) token] = 0;
        queuedAs[(int) token] = null;
        if (flight != null) {
            flight.operationEnds((int) token, name, result);
        }
    }

    @Override
    public void worked(long token, String operation, String worker, long beganNanos, long endedNanos) {
        if (tracer != null) {
            tracer.work(nameOf(token, operation), worker, (int) token, beganNanos, endedNanos);
        }
    }
}
