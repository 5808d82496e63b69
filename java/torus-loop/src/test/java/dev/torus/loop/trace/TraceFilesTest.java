package dev.torus.loop.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.torus.loop.EventLoop;
import dev.torus.loop.LoopOptions;
import dev.torus.loop.LoopTracer;
import dev.torus.loop.Nesting;
import dev.torus.loop.TracedRun;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TraceFilesTest {
    private static final Pattern DATA =
            Pattern.compile("<script type=\"application/json\" id=\"trace\">(.*?)</script>");

    private static Trace traceOf(String backend, Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("text"), "a ring turned round a ring");
        try (EventLoop loop =
                EventLoop.create(LoopOptions.builder().backend(backend).build())) {
            LoopTracer tracer = loop.perf().trace();
            loop.run(() -> TracedRun.begin(loop, file));
            return tracer.trace();
        }
    }

    /** One with every character that needs care, and a time of a few nanoseconds. */
    private static Trace awkward() {
        return new Trace(
                "thread \"1\" \\ </script> <!-- & é \u2028 \t",
                "none",
                1_000,
                Instant.EPOCH,
                List.of(new Turn(1, 1_000, 2_234_567, 1, 2, 3, 4)),
                List.of(new Span(Span.Kind.PHASE, "</script>", 1_007, 2_234_567, null, 0, 0)),
                42);
    }

    private static JsonNode chrome(Trace trace) throws Exception {
        StringBuilder out = new StringBuilder();
        ChromeTrace.write(trace, out);
        return new ObjectMapper().readTree(out.toString());
    }

    private static List<JsonNode> events(JsonNode chrome, String type) {
        List<JsonNode> list = new ArrayList<>();
        chrome.get("traceEvents").forEach(event -> {
            if (event.get("ph").asText().equals(type)) {
                list.add(event);
            }
        });
        return list;
    }

    private static long nanos(JsonNode micros) {
        return new BigDecimal(micros.asText()).movePointRight(3).longValueExact();
    }

    @ParameterizedTest
    @MethodSource("dev.torus.loop.trace.TraceFilesTest#backends")
    void chromeTraceIsJsonWhoseEventsNest(String backend, @TempDir Path folder) throws Exception {
        Trace trace = traceOf(backend, folder);
        JsonNode chrome = chrome(trace);
        Map<Integer, Nesting> threads = new HashMap<>();
        for (JsonNode event : events(chrome, "X")) {
            long began = nanos(event.get("ts"));
            String name = event.get("name").asText().replaceAll("\\d+", "N");
            threads.computeIfAbsent(event.get("tid").asInt(), thread -> new Nesting())
                    .add(name, began, began + nanos(event.get("dur")));
        }
        assertThat(threads.get(1).paths())
                .contains("turn N/main program/main program", "turn N/timers/timer", "turn N/poll/accept");
        assertThat(threads.keySet())
                .filteredOn(thread -> thread != 1)
                .anySatisfy(thread -> assertThat(threads.get(thread).paths()).contains("hash"));
        assertThat(events(chrome, "M"))
                .extracting(event -> event.get("args").get("name").asText())
                .contains("Torus loop on " + backend)
                .anyMatch(name -> name.startsWith("pool: torus-worker-"));
    }

    @ParameterizedTest
    @MethodSource("dev.torus.loop.trace.TraceFilesTest#backends")
    void everyOperationThatBeginsEnds(String backend, @TempDir Path folder) throws Exception {
        JsonNode chrome = chrome(traceOf(backend, folder));
        Map<Integer, JsonNode> begun = new HashMap<>();
        events(chrome, "b")
                .forEach(event ->
                        assertThat(begun.put(event.get("id").asInt(), event)).isNull());
        List<JsonNode> ends = events(chrome, "e");
        assertThat(ends).hasSameSizeAs(begun.values()).isNotEmpty();
        for (JsonNode end : ends) {
            JsonNode begin = begun.remove(end.get("id").asInt());
            assertThat(begin.get("name")).isEqualTo(end.get("name"));
            assertThat(nanos(begin.get("ts"))).isLessThanOrEqualTo(nanos(end.get("ts")));
        }
    }

    static List<String> backends() {
        return dev.torus.kernel.IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(candidate -> candidate.name())
                .toList();
    }

    @Test
    void awkwardNamesAndTimesSurvive() throws Exception {
        Trace trace = awkward();
        JsonNode chrome = chrome(trace);
        assertThat(chrome.get("otherData").get("droppedRecords").asLong()).isEqualTo(42);
        assertThat(events(chrome, "M").get(1).get("args").get("name").asText()).isEqualTo("loop: " + trace.thread());
        JsonNode turn = events(chrome, "X").get(0);
        assertThat(nanos(turn.get("ts"))).isZero();
        assertThat(nanos(turn.get("dur"))).isEqualTo(2_233_567);
        assertThat(turn.get("args").get("native calls").asInt()).isEqualTo(2);
        assertThat(nanos(events(chrome, "X").get(1).get("ts"))).isEqualTo(7);
    }

    @Test
    void thePageHasTheDataInItAndNeedsNothingElse() throws Exception {
        Trace trace = awkward();
        StringBuilder out = new StringBuilder();
        Timeline.write(trace, out);
        String page = out.toString();
        assertThat(page).doesNotContain("http:", "https:", "src=", "@import", "url(", "@TRACE@");
        Matcher found = DATA.matcher(page);
        assertThat(found.find()).isTrue();
        JsonNode data = new ObjectMapper().readTree(found.group(1));
        assertThat(data.get("thread").asText()).isEqualTo(trace.thread());
        assertThat(data.get("dropped").asLong()).isEqualTo(42);
        JsonNode span = data.get("spans").get(0);
        assertThat(data.get("names").get(span.get(1).asInt()).asText()).isEqualTo("</script>");
        assertThat(span.get(2).asLong()).isEqualTo(7);
        assertThat(span.get(3).asLong()).isEqualTo(2_233_560);
        assertThat(data.get("turns").get(0)).hasSize(7);
        assertThat(data.get("kinds")).hasSameSizeAs(List.of(Span.Kind.values()));
    }

    @Test
    void anEmptyTraceIsWrittenToo() throws Exception {
        Trace trace = new Trace("main", "none", 0, Instant.EPOCH, List.of(), List.of(), 0);
        assertThat(events(chrome(trace), "X")).isEmpty();
        StringBuilder page = new StringBuilder();
        Timeline.write(trace, page);
        assertThat(DATA.matcher(page).find()).isTrue();
    }
}
