package dev.torus.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/*
 * The state of WakeSignal on cache lines of its own, as in MpscFields: every producer reads it with every event, and keeps it in its
 * cache as long as the owner is awake, whatever is written beside the signal.
 */

@SuppressWarnings("unused")
abstract class WakePad0 {
    long p000, p001, p002, p003, p004, p005, p006, p007, p008, p009, p010, p011, p012, p013, p014, p015;
}

@SuppressWarnings("unused") // through STATE
abstract class WakeState extends WakePad0 {
    /** Whether the owner sleeps or is about to. */
    int state;
}

@SuppressWarnings("unused")
abstract class WakeFields extends WakeState {
    static final VarHandle STATE;

    long p100, p101, p102, p103, p104, p105, p106, p107, p108, p109, p110, p111, p112, p113, p114, p115;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(WakeState.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
