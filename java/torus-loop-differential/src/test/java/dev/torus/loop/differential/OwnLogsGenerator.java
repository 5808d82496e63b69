package dev.torus.loop.differential;

import dev.torus.loop.differential.Statement.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random programs in which several requests, or several sockets, are under way at a time. The rules leave open who is first among them
 * (R6, R46), so each has a log of its own. One seed, one program.
 */
final class OwnLogsGenerator {
    /** See {@code connections.js}: as usual, written before it is connected, destroyed before, refused, … */
    private static final int OPENINGS = 9;

    private static final int FINISHES = 4;
    private static final int HOWS = 4;

    private final Random random;
    private int labels;

    private OwnLogsGenerator(long seed) {
        random = new Random(seed);
    }

    /** Several scripts of file operations beside each other. */
    static List<Statement> files(long seed) {
        return new OwnLogsGenerator(seed).scripts();
    }

    /** Several connections, with a server for each. */
    static List<Statement> connections(long seed) {
        return new OwnLogsGenerator(seed).connections();
    }

    private List<Statement> scripts() {
        List<Statement> program = new ArrayList<>();
        for (int scripts = 1 + random.nextInt(5); scripts > 0; scripts--) {
            List<Statement> steps = new ArrayList<>();
            // most of what can be done needs an open file
            steps.add(statement(Kind.FILE, List.of(0.0, 0.0, 0.0, (double) (random.nextInt(3) * 5 % 6), 1.0, 0.0)));
            for (int left = random.nextInt(24); left > 0; left--) {
                steps.add(
                        random.nextInt(8) == 0
                                ? statement(Kind.PAUSE, numbers(random.nextInt(ProgramText.PAUSES.size())))
                                : statement(Kind.FILE, FileSteps.random(random, false)));
            }
            program.add(new Statement(Kind.SCRIPT, labels++, List.of(), List.of(steps)));
        }
        return program;
    }

    private List<Statement> connections() {
        List<Statement> program = new ArrayList<>();
        for (int connections = 1 + random.nextInt(4); connections > 0; connections--) {
            List<Statement> steps = new ArrayList<>();
            for (int left = random.nextInt(10); left > 0; left--) {
                steps.add(statement(
                        Kind.STEP,
                        numbers(
                                random.nextInt(ProgramText.ACTIONS.size()),
                                random.nextInt(2),
                                random.nextInt(40),
                                random.nextInt(HOWS))));
            }
            int opening = random.nextBoolean() ? 0 : random.nextInt(OPENINGS);
            program.add(new Statement(
                    Kind.CONNECTION,
                    labels++,
                    numbers(opening, random.nextInt(4), random.nextInt(FINISHES)),
                    List.of(steps)));
        }
        return program;
    }

    private Statement statement(Kind kind, List<Double> numbers) {
        return new Statement(kind, labels++, numbers, List.of());
    }

    private static List<Double> numbers(int... values) {
        List<Double> list = new ArrayList<>();
        for (int value : values) {
            list.add((double) value);
        }
        return list;
    }
}
