package dev.torus.loop.differential;

import java.util.ArrayList;
import java.util.List;

/**
 * A statement of a generated program. What its numbers mean, and how many bodies it has, depends on its kind; {@link ProgramText} turns
 * it into JavaScript, {@link Shrinker} makes it smaller without knowing the kind.
 *
 * @param label what its callbacks print
 */
record Statement(Kind kind, int label, List<Double> numbers, List<List<Statement>> bodies) {
    /** What there is to say. */
    enum Kind {
        TICK,
        MICROTASK,
        THEN,
        ASYNC,
        ADOPT,
        CATCH,
        TIMEOUT,
        INTERVAL,
        IMMEDIATE,
        CLEAR,
        CLEAR_BY_ID,
        REFRESH,
        REF,
        UNREF,
        CLEAR_IMMEDIATE,
        REF_IMMEDIATE,
        UNREF_IMMEDIATE,
        BUSY,
        THROW,
        EXIT,
        ON_UNCAUGHT,
        ON_BEFORE_EXIT,
        ON_EXIT,
        /** A step with files; of a script, or with a body as a request. */
        FILE,
        /** Steps beside those of other scripts. */
        SCRIPT,
        PAUSE,
        CONNECTION,
        /** What is done with a connection. */
        STEP
    }

    /** Whether its body is of steps, which are nothing without it. */
    boolean hasSteps() {
        return kind == Kind.SCRIPT || kind == Kind.CONNECTION;
    }

    double number(int index) {
        return numbers.get(index);
    }

    int integer(int index) {
        return (int) number(index);
    }

    List<Statement> body(int index) {
        return bodies.get(index);
    }

    Statement withBody(int index, List<Statement> body) {
        List<List<Statement>> changed = new ArrayList<>(bodies);
        changed.set(index, body);
        return new Statement(kind, label, numbers, changed);
    }

    Statement withNumber(int index, double number) {
        List<Double> changed = new ArrayList<>(numbers);
        changed.set(index, number);
        return new Statement(kind, label, changed, bodies);
    }

    /** Statements in a list of them, those in bodies included. */
    static int count(List<Statement> statements) {
        int count = 0;
        for (Statement statement : statements) {
            count++;
            for (List<Statement> body : statement.bodies) {
                count += count(body);
            }
        }
        return count;
    }
}
