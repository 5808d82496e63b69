package dev.torus.loop;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A callback that held the loop up. */
@Name("torus.LoopBlocked")
@Label("Loop Blocked")
@Description(
        "One callback, with the ticks and microtasks that followed it, kept an event loop from everything else for long")
@Category({"Torus", "Event Loop"})
@Threshold("50 ms")
@StackTrace(false)
final class LoopBlockedEvent extends Event {
    @Label("Backend")
    String backend;

    @Label("Callback")
    @Description("What was called: a phase's callback, or that of an operation")
    String callback;
}
