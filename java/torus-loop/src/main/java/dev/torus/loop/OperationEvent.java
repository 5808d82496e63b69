package dev.torus.loop;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** One operation of the kernel. */
@Name("torus.Operation")
@Label("Operation")
@Description(
        "An I/O operation or work on the pool, from when it was queued until its last completion was delivered; a receive also waits "
                + "for the peer, an accept for the next client")
@Category({"Torus", "Event Loop"})
@Threshold("20 ms")
@StackTrace(false)
final class OperationEvent extends Event {
    @Label("Backend")
    String backend;

    @Label("Operation")
    String operation;

    @Label("Result")
    @Description("A value, or a negative errno in Linux numbering")
    long result;
}
