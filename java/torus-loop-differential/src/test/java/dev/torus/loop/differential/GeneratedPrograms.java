package dev.torus.loop.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs generated programs on Node and on the loop, both in virtual time, and finds the first that differs. Where they differ, Node
 * runs it again: a program with which Node does not agree with itself is left out, because something else than the program decided, and
 * so is one where a timer was overdue when a poll began (R25).
 */
final class GeneratedPrograms {
    private static final int SHRINKING_TRIES = 400;
    private static final String PREAMBLE = preamble();

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

    private static String preamble() {
        try (InputStream text = GeneratedPrograms.class.getResourceAsStream("generated.js")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8) + "\n";
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
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
        List<Statement> program = ProgramGenerator.program(seed);
        String expected = onNode(program);
        compared.incrementAndGet();
        for (String backend : backends) {
            NodeWorld.Output found = onLoop(program, backend);
            if (!found.toString().equals(expected)) {
                if (!found.open() && onNode(program).equals(expected)) {
                    return shrunken(seed, program, backend);
                }
                compared.decrementAndGet();
                leftOut.incrementAndGet();
                return null;
            }
        }
        return null;
    }

    /** A program by hand: the same lines everywhere. */
    void compareText(String program) throws Exception {
        String text = PREAMBLE + program;
        String expected =
                ProgramsTest.inOwnFolder(folder -> node.run(text, folder)).toString();
        for (String backend : backends) {
            assertThat(ProgramsTest.inOwnFolder(folder -> NodeWorld.runInVirtualTime(text, folder, backend))
                            .toString())
                    .as(backend)
                    .isEqualTo(expected);
        }
    }

    private Difference shrunken(long seed, List<Statement> program, String backend) throws Exception {
        List<Statement> smallest =
                new Shrinker(candidate -> differs(candidate, backend), SHRINKING_TRIES).shrink(program);
        return new Difference(
                seed,
                backend,
                ProgramText.of(smallest),
                onNode(smallest),
                onLoop(smallest, backend).toString());
    }

    private boolean differs(List<Statement> program, String backend) {
        try {
            NodeWorld.Output found = onLoop(program, backend);
            String expected = onNode(program);
            return !found.open()
                    && !found.toString().equals(expected)
                    && onNode(program).equals(expected);
        } catch (Exception e) {
            throw new IllegalStateException(ProgramText.of(program), e);
        }
    }

    private String onNode(List<Statement> program) throws Exception {
        return ProgramsTest.inOwnFolder(folder -> node.run(text(program), folder))
                .toString();
    }

    private static NodeWorld.Output onLoop(List<Statement> program, String backend) throws Exception {
        return ProgramsTest.inOwnFolder(folder -> NodeWorld.runInVirtualTime(text(program), folder, backend));
    }

    private static String text(List<Statement> program) {
        return PREAMBLE + ProgramText.of(program);
    }
}
