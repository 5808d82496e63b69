package dev.torus.tools.server;

import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import java.util.stream.Stream;

/** The backends that can be used here, for parameterised tests. */
final class Backends {
    private Backends() {}

    static Stream<String> available() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(Explanation.Candidate::name);
    }
}
