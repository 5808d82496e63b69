package dev.torus.loop;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;

/** What a loop did between two waits. */
@Name("torus.LoopTurn")
@Label("Loop Turn")
@Description("What an event loop did from when a wait for events ended until it waited again, if that took long")
@Category({"Torus", "Event Loop"})
@Threshold("10 ms")
@StackTrace(false)
final class LoopTurnEvent extends Event {
    @Label("Backend")
    String backend;

    @Label("Waited")
    @Description("How long the loop had waited before")
    @Timespan(Timespan.NANOSECONDS)
    long waited;

    @Label("Callbacks")
    int callbacks;

    @Label("Completions")
    int completions;

    @Label("System Calls")
    @Description("Of the loop's thread for I/O, the wait among them, as far as the backend knows")
    int systemCalls;

    @Label("Native Calls")
    @Description("From Java into native code for I/O")
    int nativeCalls;
}
