package dev.torus.loop;

/** Who watches a loop from within: decides once per turn whether the loop needs a probe. Loop thread only. */
final class LoopWatch {
    private final EventLoop loop;
    private final KernelPoller poller;
    /** Null if the flight recorder is not there. */
    private final LoopFlight flight;

    private LoopTracer tracer;
    private boolean flightRecords;
    /** In use, or null. */
    private LoopProbe probe;

    LoopWatch(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
        this.flight = LoopFlight.create(poller.kernel().backendName());
    }

    LoopTracer trace(int records) {
        if (tracer != null) {
            throw new IllegalStateException("the loop is traced already");
        }
        tracer = new LoopTracer(loop, records);
        return tracer;
    }

    /** From the next turn on. */
    void stop(LoopTracer stopped) {
        if (tracer == stopped) {
            tracer = null;
        }
    }

    /** The probe for the turn that begins, or null if nobody watches. */
    LoopProbe atTurn() {
        boolean records = flight != null && flight.isRecording();
        if (tracer == null && !records) {
            if (probe != null) {
                detach();
            }
            return null;
        }
        if (records && !flightRecords) {
            flight.forget();
        }
        flightRecords = records;
        if (probe == null) {
            probe = new LoopProbe(poller.kernel().backend());
            probe.watchers(tracer, records ? flight : null);
            poller.watch(probe);
            probe.begins();
        } else {
            probe.watchers(tracer, records ? flight : null);
        }
        return probe;
    }

    private void detach() {
        probe = null;
        flightRecords = false;
        poller.watch(null);
    }
}
