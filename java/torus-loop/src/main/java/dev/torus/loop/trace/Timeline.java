package dev.torus.loop.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes a trace as one HTML page that needs nothing else: a timeline that can be zoomed and moved, and tables. */
public final class Timeline {
    private static final String PAGE = "timeline.html";
    /** Stands in the page where the data belong. */
    private static final String PLACE = "@TRACE@";

    private final Trace trace;
    private final JsonWriter json;
    private final List<String> names = new ArrayList<>();
    private final Map<String, Integer> idsByName = new HashMap<>();

    private Timeline(Trace trace, Appendable out) {
        this.trace = trace;
        this.json = new JsonWriter(out);
    }

    /** Writes the page. */
    public static void write(Trace trace, Appendable out) throws IOException {
        String page = page();
        int place = page.indexOf(PLACE);
        out.append(page, 0, place);
        new Timeline(trace, out).data();
        out.append(page, place + PLACE.length(), page.length());
    }

    private static String page() throws IOException {
        try (InputStream in = Timeline.class.getResourceAsStream(PAGE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Spans and turns as rows of numbers; names by their place in a list. Times are nanoseconds since the start. */
    private void data() throws IOException {
        json.beginObject().member("thread", trace.thread()).member("backend", trace.backend());
        json.member("startedAt", trace.startedAt().toString()).member("dropped", trace.dropped());
        json.name("kinds").beginArray();
        for (Span.Kind kind : Span.Kind.values()) {
            json.value(kind.name());
        }
        json.endArray().name("turns").beginArray();
        for (Turn turn : trace.turns()) {
            json.beginArray().value(turn.number()).value(turn.beganNanos() - trace.startNanos());
            json.value(turn.endedNanos() - turn.beganNanos());
            json.value(turn.syscalls()).value(turn.crossings());
            json.value(turn.completions()).value(turn.callbacks()).endArray();
        }
        json.endArray().name("spans").beginArray();
        for (Span span : trace.spans()) {
            json.beginArray().value(span.kind().ordinal()).value(id(span.name()));
            json.value(span.beganNanos() - trace.startNanos()).value(span.nanos());
            json.value(span.worker() == null ? -1 : id(span.worker()));
            json.value(span.id()).value(span.value()).endArray();
        }
        json.endArray().name("names").beginArray();
        for (String name : names) {
            json.value(name);
        }
        json.endArray().endObject();
    }

    private int id(String name) {
        return idsByName.computeIfAbsent(name, added -> {
            names.add(added);
            return names.size() - 1;
        });
    }
}
