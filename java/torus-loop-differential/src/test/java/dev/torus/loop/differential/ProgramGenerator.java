package dev.torus.loop.differential;

import dev.torus.loop.differential.Statement.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random programs whose output the rules specify: timers, immediates, ticks, microtasks, promises, requests, exceptions and the end.
 * One seed, one program.
 */
final class ProgramGenerator {
    private static final int VARIABLES = 6;
    private static final int MAX_DEPTH = 5;
    private static final double[] DURATIONS = {
        0, 1, 1, 2, 3, 4, 5, 5.9, 7, 8, 10, 10.5, 12, 15, 20, 25, 40, -3, Double.NaN, 2147483648.0
    };
    private static final double[] SPANS = {1, 2, 3, 4, 5, 8, 10, 13, 21};

    /** What the body is called from: where a throw and an exit are specified. */
    private enum Where {
        MACROTASK,
        MICROTASK,
        PROMISE,
        HANDLER
    }

    private final Random random;
    private final boolean handled;
    private final boolean throwing;
    private int labels;
    private int left;

    private ProgramGenerator(long seed) {
        random = new Random(seed);
        handled = random.nextInt(100) < 55;
        throwing = handled || random.nextInt(100) < 15;
        left = 4 + random.nextInt(40);
    }

    static List<Statement> program(long seed) {
        return new ProgramGenerator(seed).main();
    }

    private List<Statement> main() {
        List<Statement> program = new ArrayList<>();
        if (handled) {
            program.add(with(Kind.ON_UNCAUGHT, List.of(), body(MAX_DEPTH - 1, Where.HANDLER)));
        }
        if (random.nextInt(4) == 0) {
            program.add(with(Kind.ON_BEFORE_EXIT, List.of(), body(2, Where.MACROTASK)));
        }
        for (int handlers = random.nextInt(3); handlers > 0; handlers--) {
            program.add(with(Kind.ON_EXIT, List.of(), body(MAX_DEPTH - 1, Where.HANDLER)));
        }
        while (left > 0) {
            program.add(statement(0, Where.MACROTASK));
        }
        if (handled && random.nextInt(12) == 0) {
            program.add(plain(Kind.THROW));
        }
        return program;
    }

    private List<Statement> body(int depth, Where where) {
        List<Statement> body = new ArrayList<>();
        if (depth >= MAX_DEPTH) {
            return body;
        }
        for (int wanted = random.nextInt(4); wanted > 0 && left > 0; wanted--) {
            body.add(statement(depth, where));
        }
        boolean mayThrow = where == Where.PROMISE
                || (throwing && where == Where.MACROTASK)
                || (handled && where == Where.MICROTASK);
        if (mayThrow && random.nextInt(7) == 0) {
            body.add(plain(Kind.THROW));
        }
        return body;
    }

    private Statement plain(Kind kind, double... numbers) {
        return new Statement(kind, labels++, boxed(numbers), List.of());
    }

    private Statement with(Kind kind, List<Double> numbers, List<Statement> body) {
        return new Statement(kind, labels++, numbers, List.of(body));
    }

    private static List<Double> boxed(double... numbers) {
        List<Double> list = new ArrayList<>();
        for (double number : numbers) {
            list.add(number);
        }
        return list;
    }

    private double one(double[] of) {
        return of[random.nextInt(of.length)];
    }

    private double variable() {
        return random.nextInt(VARIABLES);
    }

    private double rarely(int oneIn) {
        return random.nextInt(oneIn) == 0 ? 1 : 0;
    }

    private Statement statement(int depth, Where where) {
        left--;
        int inside = depth + 1;
        return switch (random.nextInt(36)) {
            case 0, 1, 2 -> with(Kind.TICK, List.of(), body(inside, Where.MACROTASK));
            case 3, 4 -> with(Kind.MICROTASK, List.of(), body(inside, Where.MICROTASK));
            case 5, 6 -> with(Kind.THEN, List.of(), body(inside, Where.PROMISE));
            case 7 -> with(Kind.ADOPT, boxed(random.nextInt(5)), body(inside, Where.PROMISE));
            case 8 -> with(Kind.CATCH, List.of(), body(inside, Where.PROMISE));
            case 9, 10 -> async(inside);
            case 11, 12, 13, 14, 15, 16 ->
                with(Kind.TIMEOUT, boxed(one(DURATIONS), variable(), rarely(6)), body(inside, Where.MACROTASK));
            case 17, 18 ->
                with(
                        Kind.INTERVAL,
                        boxed(one(DURATIONS), variable(), 1 + random.nextInt(4)),
                        body(inside, Where.MACROTASK));
            case 19, 20, 21, 22 -> with(Kind.IMMEDIATE, boxed(variable(), rarely(8)), body(inside, Where.MACROTASK));
            case 23 -> plain(random.nextBoolean() ? Kind.CLEAR : Kind.CLEAR_BY_ID, variable());
            case 24, 25 -> plain(Kind.REFRESH, variable());
            case 26 -> plain(random.nextBoolean() ? Kind.REF : Kind.UNREF, variable());
            case 27 -> plain(Kind.CLEAR_IMMEDIATE, variable());
            case 28 -> plain(random.nextBoolean() ? Kind.REF_IMMEDIATE : Kind.UNREF_IMMEDIATE, variable());
            case 29, 30 -> plain(Kind.BUSY, one(SPANS));
            case 31, 32, 33, 34 -> with(Kind.FILE, FileSteps.random(random, true), body(inside, Where.MACROTASK));
            default ->
                where == Where.MACROTASK && random.nextInt(12) == 0
                        ? plain(Kind.EXIT, random.nextInt(5))
                        : plain(Kind.BUSY, one(SPANS));
        };
    }

    private Statement async(int inside) {
        List<List<Statement>> bodies = new ArrayList<>();
        List<Double> awaits = new ArrayList<>();
        bodies.add(body(inside, Where.PROMISE));
        for (int parts = 1 + random.nextInt(3); parts > 0; parts--) {
            awaits.add((double) random.nextInt(12));
            bodies.add(body(inside, Where.PROMISE));
        }
        return new Statement(Kind.ASYNC, labels++, awaits, bodies);
    }
}
