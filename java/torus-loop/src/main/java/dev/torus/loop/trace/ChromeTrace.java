package dev.torus.loop.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a trace in the Trace Event Format, which Perfetto and about:tracing show: the loop's thread with its turns, phases and callbacks one
 * inside the other, a thread for each worker of the pool, operations as asynchronous events, and counters per turn.
 */
public final class ChromeTrace {
    private static final int PROCESS = 1;
    private static final int LOOP_THREAD = 1;
    private static final int FIRST_WORKER = 2;

    private final Trace trace;
    private final JsonWriter json;
    private final List<String> workers = new ArrayList<>();

    private ChromeTrace(Trace trace, Appendable out) {
        this.trace = trace;
        this.json = new JsonWriter(out);
    }

    /** Writes one JSON object. */
    public static void write(Trace trace, Appendable out) throws IOException {
        new ChromeTrace(trace, out).write();
    }

    private void write() throws IOException {
        json.beginObject().member("displayTimeUnit", "ns");
        json.name("otherData").beginObject();
        json.member("backend", trace.backend());
        json.member("startedAt", trace.startedAt().toString());
        json.member("droppedRecords", trace.dropped()).endObject();
        json.name("traceEvents").beginArray();
        named("process_name", LOOP_THREAD, "Torus loop on " + trace.backend());
        named("thread_name", LOOP_THREAD, "loop: " + trace.thread());
        spansAndTurns();
        json.endArray().endObject();
    }

    /** In the order of their begin; a turn precedes what it contains. */
    private void spansAndTurns() throws IOException {
        int next = 0;
        List<Turn> turns = trace.turns();
        long number = 0;
        for (Span span : trace.spans()) {
            while (next < turns.size() && turns.get(next).beganNanos() <= span.beganNanos()) {
                turn(turns.get(next++));
            }
            span(span, number++);
        }
        while (next < turns.size()) {
            turn(turns.get(next++));
        }
    }

    private void span(Span span, long number) throws IOException {
        switch (span.kind()) {
            case OPERATION -> operation(span, number);
            case WORK -> complete(span, "pool", worker(span.worker()));
            case PHASE -> complete(span, "phase", LOOP_THREAD);
            case WAIT -> complete(span, "wait", LOOP_THREAD);
            case CALLBACK -> complete(span, "callback", LOOP_THREAD);
            case JOBS -> complete(span, "jobs", LOOP_THREAD);
        }
    }

    private int worker(String name) throws IOException {
        int index = workers.indexOf(name);
        if (index < 0) {
            index = workers.size();
            workers.add(name);
            named("thread_name", FIRST_WORKER + index, "pool: " + name);
        }
        return FIRST_WORKER + index;
    }

    private void named(String what, int thread, String name) throws IOException {
        event("M", what, thread);
        json.name("args").beginObject().member("name", name).endObject();
        json.endObject();
    }

    private void event(String type, String name, int thread) throws IOException {
        json.beginObject().member("ph", type).member("name", name);
        json.member("pid", PROCESS).member("tid", thread);
    }

    private void at(long nanos) throws IOException {
        json.name("ts").micros(nanos - trace.startNanos());
    }

    private void complete(Span span, String category, int thread) throws IOException {
        event("X", span.name(), thread);
        json.member("cat", category);
        at(span.beganNanos());
        json.name("dur").micros(span.nanos());
        if (span.kind() == Span.Kind.JOBS) {
            json.name("args").beginObject().member("jobs", span.value()).endObject();
        }
        json.endObject();
    }

    private void operation(Span span, long number) throws IOException {
        event("b", span.name(), LOOP_THREAD);
        json.member("cat", "operation").member("id", number);
        at(span.beganNanos());
        json.endObject();
        event("e", span.name(), LOOP_THREAD);
        json.member("cat", "operation").member("id", number);
        at(span.endedNanos());
        json.name("args").beginObject().member("result", span.value()).endObject();
        json.endObject();
    }

    private void turn(Turn turn) throws IOException {
        event("X", "turn " + turn.number(), LOOP_THREAD);
        json.member("cat", "turn");
        at(turn.beganNanos());
        json.name("dur").micros(turn.endedNanos() - turn.beganNanos());
        json.name("args").beginObject();
        json.member("system calls", turn.syscalls()).member("native calls", turn.crossings());
        json.member("completions", turn.completions()).member("callbacks", turn.callbacks());
        json.endObject().endObject();
        counter("system calls per turn", turn.beganNanos(), turn.syscalls());
        counter("native calls per turn", turn.beganNanos(), turn.crossings());
        counter("completions per turn", turn.beganNanos(), turn.completions());
    }

    private void counter(String name, long nanos, int value) throws IOException {
        event("C", name, LOOP_THREAD);
        at(nanos);
        json.name("args").beginObject().member("count", value).endObject();
        json.endObject();
    }
}
