package dev.torus.loop;

import java.util.Arrays;
import jdk.jfr.FlightRecorder;

/**
 * Events of a loop for the flight recorder. The module jdk.jfr is optional: this class is used only where it is. One event object serves
 * all turns and another all callbacks; operations, which overlap, have one each, and only while their event is enabled.
 */
final class LoopFlight {
    private final String backend;
    private final LoopTurnEvent turn = new LoopTurnEvent();
    private final LoopBlockedEvent blocked = new LoopBlockedEvent();
    private final OperationEvent operation = new OperationEvent();
    private OperationEvent[] operations = {};
    private boolean inTurn;
    private boolean inCallback;
    private long callbacksBefore;
    private long completionsBefore;
    private long syscallsBefore;
    private long crossingsBefore;

    private LoopFlight(String backend) {
        this.backend = backend;
    }

    /** Null if this VM has no flight recorder that this module may use. */
    static LoopFlight create(String backend) {
        Module own = LoopFlight.class.getModule();
        boolean usable =
                ModuleLayer.boot().findModule("jdk.jfr").filter(own::canRead).isPresent();
        return usable ? new LoopFlight(backend) : null;
    }

    /** Whether a recording wants one of the events; costs nothing before the first recording of this VM. */
    boolean isRecording() {
        return FlightRecorder.isInitialized() && (turn.isEnabled() || blocked.isEnabled() || operation.isEnabled());
    }

    /** A wait has ended, or the run begins. */
    void turnBegins() {
        turn.begin();
        inTurn = true;
    }

    /** A wait begins, or the run has ended; the numbers are totals of the run. */
    void turnEnds(long waited, long callbacks, long completions, long syscalls, long crossings) {
        if (inTurn) {
            turn.end();
            if (turn.shouldCommit()) {
                turn.backend = backend;
                turn.waited = waited;
                turn.callbacks = (int) (callbacks - callbacksBefore);
                turn.completions = (int) (completions - completionsBefore);
                turn.systemCalls = (int) (syscalls - syscallsBefore);
                turn.nativeCalls = (int) (crossings - crossingsBefore);
                turn.commit();
            }
        }
        inTurn = false;
        callbacksBefore = callbacks;
        completionsBefore = completions;
        syscallsBefore = syscalls;
        crossingsBefore = crossings;
    }

    void callbackBegins() {
        blocked.begin();
        inCallback = true;
    }

    void callbackEnds(String name) {
        if (inCallback) {
            blocked.end();
            if (blocked.shouldCommit()) {
                blocked.backend = backend;
                blocked.callback = name;
                blocked.commit();
            }
        }
        inCallback = false;
    }

    void operationBegins(int token) {
        if (!operation.isEnabled()) {
            return;
        }
        if (token >= operations.length) {
            operations = Arrays.copyOf(operations, Math.max(2 * operations.length, Math.max(256, token + 1)));
        }
        operations[token] = new OperationEvent();
        operations[token].begin();
    }

    void operationEnds(int token, String name, long result) {
        if (token >= operations.length || operations[token] == null) {
            return;
        }
        OperationEvent event = operations[token];
        operations[token] = null;
        event.end();
        if (event.shouldCommit()) {
            event.backend = backend;
            event.operation = name;
            event.result = result;
            event.commit();
        }
    }

    /** Recording begins: what began in an earlier one is not this one's. */
    void forget() {
        Arrays.fill(operations, null);
        inTurn = false;
        inCallback = false;
    }
}
