package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.torus.kernel.IoKernel;
import dev.torus.loop.trace.Span;
import dev.torus.loop.trace.Trace;
import dev.torus.loop.trace.Turn;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopTracerTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    @TempDir
    private Path folder;

    private Path file() throws Exception {
        return Files.writeString(folder.resolve("text"), "a ring turned round a ring");
    }

    private static List<String> names(Trace trace, Span.Kind kind) {
        return trace.spans().stream()
                .filter(span -> span.kind() == kind)
                .map(Span::name)
                .distinct()
                .toList();
    }

    private static long count(Trace trace, Span.Kind kind) {
        return trace.spans().stream().filter(span -> span.kind() == kind).count();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void everyKindOfThingIsRecordedByName(String backend) throws Exception {
        Path file = file();
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer tracer = loop.perf().trace();
            loop.run(() -> TracedRun.begin(loop, file));
            Trace trace = tracer.trace();
            assertThat(trace.backend()).isEqualTo(backend);
            assertThat(trace.thread()).isEqualTo(Thread.currentThread().getName());
            assertThat(trace.dropped()).isZero();
            assertThat(names(trace, Span.Kind.PHASE))
                    .containsExactlyInAnyOrder("main program", "timers", "pending", "poll", "check", "closing");
            assertThat(names(trace, Span.Kind.CALLBACK))
                    .contains(
                            "main program",
                            "timer",
                            "immediate",
                            "close callback",
                            "accept",
                            "connect",
                            "recv",
                            "hash",
                            "read",
                            "posted task");
            assertThat(names(trace, Span.Kind.OPERATION))
                    .contains("accept", "connect", "recv", "open", "hash", "close");
            assertThat(names(trace, Span.Kind.WORK)).contains("hash");
            assertThat(trace.spans().stream().filter(span -> span.kind() == Span.Kind.WORK))
                    .allSatisfy(span -> assertThat(span.worker()).startsWith("torus-worker-"));
            assertThat(trace.spans())
                    .filteredOn(span -> span.kind() == Span.Kind.JOBS && span.value() == 2)
                    .as("the tick and the microtask of the immediate")
                    .isNotEmpty();
        }
    }

    /** While a listener closes, the kernel is asked in the closing phase: what else it has comes with the next poll, by its own name. */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatComesFromTheClosingPhaseKeepsItsName(String backend) throws Exception {
        List<Long> callbacks = new ArrayList<>();
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer tracer = loop.perf().trace();
            loop.run(() -> {
                Server server = loop.net()
                        .createServer(peer -> peer.onData(data -> {
                            callbacks.add(System.nanoTime());
                            peer.destroy();
                        }));
                server.listen(0);
                Socket client = loop.net().connect(server.port());
                client.onEnd(() -> callbacks.add(System.nanoTime()));
                client.resume();
                client.onConnect(() -> loop.setTimeout(
                        20,
                        () -> loop.setImmediate(() -> {
                            client.write("x");
                            server.close();
                        })));
            });
            assertThat(callbacks).as("the peer's data and the client's end").hasSize(2);
            assertThat(callbacks)
                    .allSatisfy(at -> assertThat(tracer.trace().spans())
                            .filteredOn(span -> span.kind() == Span.Kind.CALLBACK
                                    && span.beganNanos() <= at
                                    && at <= span.endedNanos())
                            .extracting(Span::name)
                            .containsExactly("recv"));
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void turnsTellWhatTheyCost(String backend) throws Exception {
        Path file = file();
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer tracer = loop.perf().trace();
            long[] counters = new long[2];
            loop.onExit(code -> {
                counters[0] = loop.kernel().stats().syscalls();
                counters[1] = loop.kernel().stats().crossings();
            });
            loop.run(() -> TracedRun.begin(loop, file));
            Trace trace = tracer.trace();
            List<Turn> turns = trace.turns();
            assertThat(turns.stream().mapToLong(Turn::number))
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, turns.size()).boxed().toList());
            assertThat(turns.stream().mapToLong(Turn::callbacks).sum()).isEqualTo(count(trace, Span.Kind.CALLBACK));
            assertThat(turns.stream().mapToLong(Turn::completions).sum())
                    .isGreaterThanOrEqualTo(count(trace, Span.Kind.OPERATION));
            assertThat(turns.stream().mapToLong(Turn::syscalls).sum())
                    .isPositive()
                    .isLessThanOrEqualTo(counters[0]);
            long crossings = turns.stream().mapToLong(Turn::crossings).sum();
            assertThat(crossings).isLessThanOrEqualTo(counters[1]);
            if (counters[1] > 0) {
                assertThat(crossings).as("one native call per turn at least").isGreaterThanOrEqualTo(turns.size());
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void turnsContainPhasesAndPhasesContainCallbacks(String backend) throws Exception {
        Path file = file();
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer tracer = loop.perf().trace();
            loop.run(() -> TracedRun.begin(loop, file));
            loop.run(() -> loop.setTimeout(1, () -> {}));
            Trace trace = tracer.trace();
            Nesting turns = new Nesting();
            for (Turn turn : trace.turns()) {
                turns.add("turn", turn.beganNanos(), turn.endedNanos());
            }
            assertThat(turns.paths()).as("turns follow each other").containsOnly("turn");
            for (Span span : trace.spans()) {
                if (span.kind() == Span.Kind.PHASE) {
                    assertThat(trace.turns())
                            .as("a turn that contains %s", span)
                            .anyMatch(turn ->
                                    turn.beganNanos() <= span.beganNanos() && turn.endedNanos() >= span.endedNanos());
                }
            }
            Nesting nesting = new Nesting();
            for (Span span : trace.spans()) {
                if (span.kind().compareTo(Span.Kind.OPERATION) < 0) {
                    nesting.add(span.name(), span.beganNanos(), span.endedNanos());
                }
            }
            assertThat(nesting.paths())
                    .contains(
                            "main program",
                            "main program/main program",
                            "timers/timer",
                            "poll/wait",
                            "poll/accept",
                            "check/immediate",
                            "check/ticks and microtasks",
                            "closing/close callback");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void theOldestAreDroppedAndCountedWhenItIsFull(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer tracer = loop.perf().trace(10);
            int[] left = {50};
            loop.run(() -> loop.setInterval(1, new Runnable() {
                @Override
                public void run() {
                    if (--left[0] == 0) {
                        loop.stop();
                    }
                }
            }));
            Trace trace = tracer.trace();
            assertThat(trace.dropped()).isEqualTo(tracer.dropped()).isGreaterThan(50);
            assertThat(trace.turns().size() + trace.spans().size()).isEqualTo(10);
            assertThat(trace.turns())
                    .last()
                    .extracting(Turn::number)
                    .satisfies(number -> assertThat((long) number).isGreaterThanOrEqualTo(49));
            assertThat(names(trace, Span.Kind.CALLBACK)).containsExactly("timer");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatLeavesTheRunIsRecordedWithItsPhase(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer tracer = loop.perf().trace();
            int code = loop.run(() -> loop.setTimeout(1, () -> loop.exit(3)));
            assertThat(code).isEqualTo(3);
            Trace trace = tracer.trace();
            assertThat(names(trace, Span.Kind.PHASE)).contains("main program", "timers");
            assertThat(names(trace, Span.Kind.CALLBACK)).containsExactly("main program", "timer");
            assertThat(trace.turns().stream().mapToInt(Turn::callbacks).sum()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void itBeginsAndStopsWithATurn(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            LoopTracer[] tracers = new LoopTracer[2];
            long[] recorded = new long[1];
            loop.run(() -> loop.setTimeout(1, () -> {
                tracers[0] = loop.perf().trace();
                assertThatThrownBy(() -> loop.perf().trace()).isInstanceOf(IllegalStateException.class);
                loop.setTimeout(
                        1,
                        () -> loop.setTimeout(1, () -> {
                            tracers[0].stop();
                            tracers[1] = loop.perf().trace();
                            tracers[1].stop();
                            loop.setTimeout(1, () -> {
                                recorded[0] = count(tracers[0].trace(), Span.Kind.CALLBACK);
                                loop.setTimeout(1, () -> {});
                            });
                        }));
            }));
            assertThat(recorded[0])
                    .as("the two timers that began while it was on")
                    .isEqualTo(2);
            assertThat(count(tracers[0].trace(), Span.Kind.CALLBACK)).isEqualTo(2);
            assertThat(tracers[1].trace().spans()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, (1 << 24) + 1})
    void aSizeOutOfRangeIsRefused(int records) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            assertThatThrownBy(() -> loop.perf().trace(records))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(records));
            // and nothing was begun
            loop.perf().trace();
        }
    }

    @Test
    void anotherThreadIsRefused() throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            LoopTracer tracer = loop.perf().trace();
            assertThatThrownBy(() -> CompletableFuture.runAsync(tracer::trace).get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    /** What is recorded for one message of an echo, and what a turn adds. */
    private static void oneTurn(LoopProbe probe) {
        probe.phase(LoopProbe.Phase.POLL);
        probe.waitBegins();
        probe.waitEnds();
        probe.delivering(1, "recv", 64, false);
        long began = probe.callbackBegins();
        probe.queued(2, null);
        probe.callbackEnds(began);
        probe.drained(1);
        probe.macrotaskEnds();
        probe.delivering(2, "send", 64, true);
        probe.phase(LoopProbe.Phase.CHECK);
        probe.phaseEnds();
        probe.turnEnds();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void recordingAllocatesNothing(String backend) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        try (EventLoop loop = Backends.loop(backend)) {
            IoKernel kernel = loop.kernel();
            LoopProbe probe = new LoopProbe(kernel.backend());
            LoopTracer tracer = new LoopTracer(loop, 1000);
            probe.watchers(tracer, null);
            probe.begins();
            for (int turn = 0; turn < 1000; turn++) {
                oneTurn(probe);
            }
            long before = threads.getThreadAllocatedBytes(self);
            for (int turn = 0; turn < 100_000; turn++) {
                oneTurn(probe);
            }
            long allocated = threads.getThreadAllocatedBytes(self) - before;
            assertThat(allocated).as("bytes in 100,000 turns").isLessThan(100_000);
            assertThat(tracer.dropped()).isGreaterThan(100_000);
        }
    }
}
