package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.Threshold;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopFlightTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final String TURN = "torus.LoopTurn";
    private static final String BLOCKED = "torus.LoopBlocked";
    private static final String OPERATION = "torus.Operation";

    @TempDir
    private Path folder;

    private Path file() throws Exception {
        return Files.writeString(folder.resolve("text"), "a ring turned round a ring");
    }

    private interface Body {
        void run() throws Exception;
    }

    /** The events that are committed while it runs, each at least so long. */
    private List<RecordedEvent> recorded(Duration threshold, Body body, String... names) throws Exception {
        Path file = Files.createTempFile(folder, "loop", ".jfr");
        try (Recording recording = new Recording()) {
            Stream.of(names).forEach(name -> recording.enable(name).withThreshold(threshold));
            recording.start();
            body.run();
            recording.stop();
            recording.dump(file);
        }
        // other events of Torus are on by default
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> List.of(names).contains(event.getEventType().getName()))
                .toList();
    }

    private static Stream<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals(name));
    }

    private static void spin(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void turnsTellWhatTheyDid(String backend) throws Exception {
        Path file = file();
        List<RecordedEvent> events = recorded(Duration.ZERO, () -> run(backend, file), TURN);
        assertThat(events).isNotEmpty().allSatisfy(event -> {
            assertThat(event.getString("backend")).isEqualTo(backend);
            assertThat(event.getThread().getJavaName())
                    .isEqualTo(Thread.currentThread().getName());
        });
        assertThat(events.stream().mapToInt(event -> event.getInt("callbacks")).sum())
                .isGreaterThan(5);
        assertThat(events.stream()
                        .mapToInt(event -> event.getInt("completions"))
                        .sum())
                .isGreaterThan(5);
        assertThat(events.stream()
                        .mapToInt(event -> event.getInt("systemCalls"))
                        .sum())
                .isPositive();
        assertThat(events)
                .anySatisfy(event -> assertThat(event.getDuration("waited")).isPositive());
        if (!backend.equals("nio")) {
            assertThat(events.stream()
                            .mapToInt(event -> event.getInt("nativeCalls"))
                            .sum())
                    .isGreaterThanOrEqualTo(events.size() - 1);
        }
    }

    private static void run(String backend, Path file) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> TracedRun.begin(loop, file));
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void operationsTellNameResultAndHowLongTheyTook(String backend) throws Exception {
        Path file = file();
        List<RecordedEvent> events = recorded(Duration.ZERO, () -> run(backend, file), OPERATION);
        assertThat(events)
                .extracting(event -> event.getString("operation"))
                .contains("connect", "recv", "hash", "read");
        assertThat(events)
                .filteredOn(event -> event.getString("operation").equals("read"))
                .extracting(event -> event.getLong("result"))
                .contains(Files.size(file));
        assertThat(events)
                .filteredOn(event -> event.getString("operation").equals("hash"))
                .singleElement()
                .satisfies(event -> assertThat(event.getDuration()).isPositive());
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aCallbackThatBlocksIsTold(String backend) throws Exception {
        List<RecordedEvent> events = recorded(
                Duration.ofMillis(30),
                () -> {
                    try (EventLoop loop = Backends.loop(backend)) {
                        loop.run(() -> loop.setTimeout(
                                1,
                                () -> loop.nextTick(() -> {
                                    spin(Duration.ofMillis(40));
                                })));
                    }
                },
                BLOCKED,
                TURN);
        assertThat(named(events, BLOCKED))
                .filteredOn(event -> event.getString("callback").equals("timer"))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getString("backend")).isEqualTo(backend);
                    assertThat(event.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(39));
                });
        assertThat(named(events, TURN))
                .anySatisfy(event -> assertThat(event.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(39)));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void recordingBeginsAndEndsWhileTheLoopRuns(String backend) throws Exception {
        Path file = folder.resolve("part.jfr");
        List<String> names = new ArrayList<>();
        try (EventLoop loop = Backends.loop(backend);
                Recording recording = new Recording()) {
            recording.enable(BLOCKED).withThreshold(Duration.ZERO);
            recording.enable(OPERATION).withThreshold(Duration.ZERO);
            loop.run(() -> loop.crypto().hash("MD5", new byte[1]).thenAccept(first -> {
                recording.start();
                // it is noticed when a turn begins: the second immediate is of the next one
                loop.setImmediate(() -> loop.setImmediate(() -> loop.crypto()
                        .hash("MD5", new byte[1])
                        .thenAccept(second -> {
                            recording.stop();
                            loop.setImmediate(() -> loop.crypto().hash("MD5", new byte[1]));
                        })));
            }));
            recording.dump(file);
        }
        RecordingFile.readAllEvents(file).forEach(event -> {
            if (event.getEventType().getName().equals(OPERATION)) {
                names.add(event.getString("operation"));
            }
        });
        assertThat(names).containsExactly("hash");
    }

    /** Thresholds for a recording that says nothing of them. */
    @Test
    void onlyWhatTakesLongIsToldByDefault() {
        for (Class<?> event : List.of(LoopTurnEvent.class, LoopBlockedEvent.class, OperationEvent.class)) {
            assertThat(event.getAnnotation(Threshold.class).value()).endsWith(" ms");
        }
        assertThat(FlightRecorder.getFlightRecorder().getEventTypes())
                .filteredOn(type -> type.getName().startsWith("torus."))
                .extracting(EventType::isEnabled)
                .doesNotContain(true);
    }
}
