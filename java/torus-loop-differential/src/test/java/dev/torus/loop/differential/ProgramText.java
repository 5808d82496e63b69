package dev.torus.loop.differential;

import java.util.List;
import java.util.Locale;

/** Statements as JavaScript, for Node and for {@link NodeWorld} alike; {@code generated.js} is what they use. */
final class ProgramText {
    private final StringBuilder text = new StringBuilder();
    private int depth;

    private ProgramText() {}

    static String of(List<Statement> program) {
        ProgramText writer = new ProgramText();
        writer.body(program);
        return writer.text.toString();
    }

    private void line(String format, Object... arguments) {
        text.append("  ".repeat(depth))
                .append(String.format(Locale.ROOT, format, arguments))
                .append('\n');
    }

    private void body(List<Statement> statements) {
        statements.forEach(this::statement);
    }

    private void nested(String opening, List<Statement> statements, String closing) {
        line("%s", opening);
        depth++;
        body(statements);
        depth--;
        line("%s", closing);
    }

    /** A number as a program would write it. */
    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private void statement(Statement s) {
        int label = s.label();
        switch (s.kind()) {
            case TICK -> nested("process.nextTick(() => { log('tick " + label + "');", s.body(0), "});");
            case MICROTASK -> nested("queueMicrotask(() => { log('microtask " + label + "');", s.body(0), "});");
            case THEN ->
                nested(
                        "Promise.resolve().then(() => { log('then " + label + "');",
                        s.body(0),
                        "}).catch(caught(" + label + "));");
            case ADOPT ->
                nested(
                        adopting(s) + ".then(() => { log('adopted " + label + "');",
                        s.body(0),
                        "}).catch(caught(" + label + "));");
            case CATCH ->
                nested(
                        "Promise.reject(new Error('r" + label + "')).catch((e) => { log('rejected ' + e.message);",
                        s.body(0),
                        "}).finally(() => log('finally " + label + "')).catch(caught(" + label + "));");
            case ASYNC -> async(s);
            case TIMEOUT -> timer(s);
            case INTERVAL -> interval(s);
            case IMMEDIATE ->
                nested(
                        "immediates[" + s.integer(0) + "] = setImmediate(() => { log('immediate " + label + "');",
                        s.body(0),
                        s.integer(1) == 0 ? "});" : "}).unref();");
            case CLEAR -> line("clearTimeout(timers[%d]);", s.integer(0));
            case CLEAR_BY_ID -> line("clearInterval(Number(timers[%d]));", s.integer(0));
            case REFRESH -> line("refresh(timers[%d]);", s.integer(0));
            case REF -> line("call(timers[%d], 'ref');", s.integer(0));
            case UNREF -> line("call(timers[%d], 'unref');", s.integer(0));
            case CLEAR_IMMEDIATE -> line("clearImmediate(immediates[%d]);", s.integer(0));
            case REF_IMMEDIATE -> line("call(immediates[%d], 'ref');", s.integer(0));
            case UNREF_IMMEDIATE -> line("call(immediates[%d], 'unref');", s.integer(0));
            case BUSY -> line("busy(%d);", s.integer(0));
            case FILE ->
                nested(
                        "request(" + step(s) + ", (result) => { log('request " + label + " ' + result);",
                        s.body(0),
                        "});");
            case THROW -> line("throw new Error('%d');", label);
            case EXIT -> line("process.exit(%d);", s.integer(0));
            case ON_UNCAUGHT ->
                nested("process.on('uncaughtException', (e) => { log('uncaught ' + e.message);", s.body(0), "});");
            case ON_BEFORE_EXIT ->
                nested(
                        "let revived" + label + " = 0; process.on('beforeExit', () => { log('before exit " + label
                                + "'); if (revived" + label + "++ > 1) { return; }",
                        s.body(0),
                        "});");
            case ON_EXIT ->
                nested("process.on('exit', (code) => { log('exit " + label + " ' + code);", s.body(0), "});");
            case SCRIPT -> steps("script(" + label + ", [", s.body(0));
            case CONNECTION ->
                steps(
                        "connection(" + label + ", " + s.integer(0) + ", " + s.integer(1) + ", " + s.integer(2) + ", [",
                        s.body(0));
            case PAUSE, STEP -> throw new IllegalArgumentException(s.kind() + " alone");
        }
    }

    private void steps(String opening, List<Statement> steps) {
        line("%s", opening);
        depth++;
        steps.forEach(step -> line("%s,", step(step)));
        depth--;
        line("]);");
    }

    private static String step(Statement s) {
        return switch (s.kind()) {
            case FILE -> "'" + FileSteps.text(s) + "'";
            case PAUSE -> "'" + PAUSES.get(s.integer(0)) + "'";
            case STEP ->
                "'" + ACTIONS.get(s.integer(0)) + " " + s.integer(1) + " " + s.integer(2) + " " + s.integer(3) + "'";
            default -> throw new IllegalArgumentException(s.kind() + " is not a step");
        };
    }

    /** Between the steps of a script. */
    static final List<String> PAUSES = List.of("immediate", "tick", "timer 1", "timer 4");

    /** What one side of a connection does; connections.js leaves out what is not possible at that point. */
    static final List<String> ACTIONS = List.of(
            "send",
            "send",
            "send",
            "both",
            "pause",
            "resume",
            "end",
            "large",
            "another",
            "closeServer",
            "destroy",
            "drop");

    private static String adopting(Statement s) {
        return switch (s.integer(0)) {
            case 0 -> "new Promise((resolve) => resolve(Promise.resolve()))";
            case 1 -> "(async () => Promise.resolve())()";
            case 2 ->
                "new Promise((resolve) => resolve({ then(done) { log('thenable " + s.label() + "'); done(); } }))";
            case 3 -> "Promise.all([1, Promise.resolve(), { then(done) { done(); } }])";
            default -> "Promise.race([new Promise(() => {}), Promise.resolve()])";
        };
    }

    private static String awaited(int kind) {
        return switch (kind) {
            case 0 -> "1";
            case 1 -> "Promise.resolve()";
            case 2 -> "{ then(done) { done(); } }";
            case 3 -> "(async () => {})()";
            case 4 -> "new Promise((done) => process.nextTick(done))";
            case 5 -> "new Promise((done) => setImmediate(done))";
            default -> "new Promise((done) => setTimeout(done, " + (kind - 5) + "))";
        };
    }

    private void async(Statement s) {
        line("(async () => { log('async %d');", s.label());
        depth++;
        for (int part = 0; part < s.bodies().size(); part++) {
            body(s.body(part));
            if (part < s.numbers().size()) {
                line("await %s; log('async %d resumes %d');", awaited(s.integer(part)), s.label(), part);
            }
        }
        depth--;
        line("})().catch(caught(%d));", s.label());
    }

    private void timer(Statement s) {
        nested(
                "timers[" + s.integer(1) + "] = setTimeout(() => { log('timeout " + s.label() + "');",
                s.body(0),
                "}, " + number(s.number(0)) + (s.integer(2) == 0 ? ");" : ").unref();"));
    }

    private void interval(Statement s) {
        String calls = "calls" + s.label();
        nested(
                "let " + calls + " = 0; const interval" + s.label() + " = timers[" + s.integer(1)
                        + "] = setInterval(() => { log('interval " + s.label() + "'); if (++" + calls + " === "
                        + Math.max(1, s.integer(2)) + ") { clearInterval(interval" + s.label() + "); }",
                s.body(0),
                "}, " + number(s.number(0)) + ");");
    }
}
