package dev.torus.http;

import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopClock;
import dev.torus.loop.LoopOptions;
import java.util.stream.Stream;

/** The backends that can be used here, by name. */
final class Backends {
    private Backends() {}

    static Stream<String> available() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(Explanation.Candidate::name);
    }

    static EventLoop loop(String backend) throws Exception {
        return loop(backend, LoopClock.system());
    }

    static EventLoop loop(String backend, LoopClock clock) throws Exception {
        return EventLoop.create(
                LoopOptions.builder().backend(backend).clock(clock).build());
    }
}
