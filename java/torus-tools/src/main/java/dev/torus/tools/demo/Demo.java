package dev.torus.tools.demo;

import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import java.io.PrintStream;
import java.util.List;

/** The demonstration: what is there, the seed's program and what an echo costs on each backend. */
public final class Demo {
    private final PrintStream out;
    private final Progress progress;

    /** Prints to {@code out}; on a terminal progress is one line that changes. */
    public Demo(PrintStream out, boolean terminal) {
        this.out = out;
        this.progress = new Progress(out, terminal);
    }

    /**
     * Runs it all.
     *
     * @return whether every backend behaved the same
     */
    public boolean run(int connections, int bytes) throws Exception {
        Explanation explanation = IoKernel.explain();
        out.println(explanation);
        out.println();
        List<String> backends = explanation.candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(Explanation.Candidate::name)
                .toList();
        boolean same = new SeedComparison(out).run(backends);
        new EchoComparison(connections, bytes, out, progress).run(backends);
        return same;
    }
}
