package dev.torus.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Tells the flight recorder which backend a kernel was opened on and why not another. The module jdk.jfr is optional. */
@Name("torus.KernelOpened")
@Label("Kernel Opened")
@Description("An I/O kernel was opened: on which backend, what decided, and why each other one was not taken")
@Category("Torus")
@StackTrace(false)
final class KernelOpenedEvent extends Event {
    @Label("Backend")
    String backend;

    @Label("Decided By")
    String decidedBy;

    @Label("Explanation")
    @Description("A line per backend")
    String explanation;

    private KernelOpenedEvent() {}

    /** Does nothing while nothing is recorded. */
    static void commit(Explanation explanation) {
        if (!FlightRecorder.isInitialized()) {
            return;
        }
        KernelOpenedEvent event = new KernelOpenedEvent();
        if (event.shouldCommit()) {
            event.backend = explanation.chosen();
            event.decidedBy = explanation.because();
            event.explanation = explanation.toString();
            event.commit();
        }
    }
}
