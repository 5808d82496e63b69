package dev.torus.loop.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.KernelOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs generated programs on Node and on the loop and finds the first that differ. Where they differ, Node
 * runs it again: a program with which Node does not agree with itself is left out, because something else than the program decided, and
 * so is one where a timer was overdue when a poll began (R25).
 */
final class GeneratedPrograms {
    private static final int SHRINKING_TRIES = 400;

    private final VirtualNode node;
    private final List<String> backends;
    private final AtomicInteger compared = new AtomicInteger();
    private final AtomicInteger leftOut = new AtomicInteger();

    GeneratedPrograms(VirtualNode node, List<String> backends) {
        this.node = node;
        this.backends = backends;
    }

    /**
     * A program that prints something else on the loop.
     *
     * @param text the smallest one found that still does
     */
    record Difference(long seed, String backend, String text, String expected, String found) {
        @Override
        public String toString() {
            return "seed " + seed + " differs on " + backend + ", shrunken to\n" + text + "\nNode:\n" + expected
                    + "\nTorus:\n" + found;
        }
    }

    /** Programs of consecutive seeds, some at a time; the differences, at most {@code enough} of them. */
    List<Difference> compare(long firstSeed, int count, int atATime, int enough) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(atATime);
        List<Difference> differences = new ArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        try {
            List<Future<Difference>> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long seed = firstSeed + i;
                Callable<Difference> one = () -> stop.get() ? null : compare(seed);
                results.add(workers.submit(one));
            }
            for (Future<Difference> result : results) {
                Difference difference = result.get();
                if (difference != null) {
                    differences.add(difference);
                    stop.set(differences.size() >= enough);
                }
            }
        } finally {
            workers.shutdownNow();
        }
        return differences;
    }

    /** How many were compared, and how many differed in what the rules leave open. */
    String summary() {
        return compared + " programs compared on " + backends + ", " + leftOut + " left out";
    }

    int leftOut() {
        return leftOut.get();
    }

    private Difference compare(long seed) throws Exception {
        ProgramSort sort = ProgramSort.of(seed);
        List<Statement> program = sort.program(seed);
        String expected = sort.onNode(ProgramText.of(program), node);
        compared.incrementAndGet();
        for (KernelOptions kernel : sort.kernels(backends)) {
            NodeWorld.Output found = sort.onLoop(ProgramText.of(program), kernel);
            if (!found.toString().equals(expected)) {
                if (!found.open() && sort.onNode(ProgramText.of(program), node).equals(expected)) {
                    Difference first =
                            new Difference(seed, name(kernel), ProgramText.of(program), expected, found.toString());
                    return shrunken(first, sort, program, kernel);
                }
                compared.decrementAndGet();
                leftOut.incrementAndGet();
                return null;
            }
        }
        return null;
    }

    /** A program by hand: the same lines everywhere. */
    void compareText(ProgramSort sort, String program) throws Exception {
        String expected = sort.onNode(program, node);
        for (KernelOptions kernel : sort.kernels(backends)) {
            assertThat(sort.onLoop(program, kernel).toString()).as(name(kernel)).isEqualTo(expected);
        }
    }

    private static String name(KernelOptions kernel) {
        return kernel.backend() + (kernel.filesOnPool() ? "" : ", files on the ring");
    }

    /** The smallest found that differs still; the first one if that does not every time. */
    private Difference shrunken(Difference first, ProgramSort sort, List<Statement> program, KernelOptions kernel)
            throws Exception {
        List<Statement> smallest =
                new Shrinker(candidate -> differs(sort, candidate, kernel), SHRINKING_TRIES).shrink(program);
        String text = ProgramText.of(smallest);
        String expected = sort.onNode(text, node);
        String found = sort.onLoop(text, kernel).toString();
        return found.equals(expected) ? first : new Difference(first.seed, first.backend, text, expected, found);
    }

    private boolean differs(ProgramSort sort, List<Statement> program, KernelOptions kernel) {
        String text = ProgramText.of(program);
        try {
            NodeWorld.Output found = sort.onLoop(text, kernel);
            String expected = sort.onNode(text, node);
            return !found.open()
                    && !found.toString().equals(expected)
                    && sort.onNode(text, node).equals(expected);
        } catch (Exception e) {
            throw new IllegalStateException(text, e);
        }
    }
}
