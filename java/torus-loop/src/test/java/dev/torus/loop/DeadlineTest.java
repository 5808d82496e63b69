package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.OperationTimedOutException;
import dev.torus.kernel.WorkerLane;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A deadline for each operation that answers a promise (loops' libraries are asked for cancellation: libuv#5227). */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadlineTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration LATE = Duration.ofDays(20);

    @TempDir
    Path folder;

    private final List<Object> log = new ArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    private Void waitAtGate() throws InterruptedException {
        assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
        return null;
    }

    private void expectTimeout(LoopPromise<?> promise, String named) {
        promise.onSettled((value, reason) -> log.add(
                reason instanceof OperationTimedOutException
                        ? reason.getMessage().startsWith(named)
                                && reason.getMessage().contains("deadline passed")
                        : String.valueOf(reason)));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatRunsOrWaitsOnThePoolIsGivenUpAndNotWaitedFor(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int workers = loop.kernel().options().workers();
            CountDownLatch running = new CountDownLatch(workers);
            loop.run(() -> {
                List<LoopPromise<Void>> work = new ArrayList<>();
                for (int i = 0; i < workers; i++) {
                    work.add(loop.blocking(() -> {
                        running.countDown();
                        return waitAtGate();
                    }));
                }
                whenAllRun(loop, running, () -> expectTimeouts(loop, work));
            });
            assertThat(loop.activeHandles()).isEmpty();
            gate.countDown();
        }
        assertThat(log).hasSize(9).containsOnly(true);
    }

    private static void whenAllRun(EventLoop loop, CountDownLatch running, Runnable then) {
        if (running.getCount() == 0) {
            then.run();
        } else {
            loop.setTimeout(1, () -> whenAllRun(loop, running, then));
        }
    }

    private void expectTimeouts(EventLoop loop, List<LoopPromise<Void>> work) {
        Path file = folder.resolve("f");
        work.forEach(promise -> expectTimeout(promise.withDeadline(SOON), "blocking work: "));
        expectTimeout(loop.blocking(() -> log.add("never")).withDeadline(SOON), "blocking work: ");
        expectTimeout(loop.dns().lookup("localhost").withDeadline(SOON), "lookup localhost: ");
        expectTimeout(loop.fs().stat(folder).withDeadline(SOON), "stat " + folder + ": ");
        expectTimeout(loop.fs().readFile(file).withDeadline(SOON), "readFile " + file + ": ");
        expectTimeout(loop.fs().writeFile(file, "text").withDeadline(SOON), "writeFile " + file + ": ");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aFileThatBlocksIsGivenUp(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        try (EventLoop loop = Backends.loop(backend)) {
            // opening waits for a writer
            loop.run(() -> expectTimeout(loop.fs().readFile(fifo).withDeadline(SOON), "readFile " + fifo + ": "));
            assertThat(loop.activeHandles()).isEmpty();
            // for reading, too: this end must not wait for a worker that may have been spared it
            try (RandomAccessFile writer = new RandomAccessFile(fifo.toFile(), "rw")) {
                assertThat(writer.getFD().valid()).isTrue();
                // it arrives after all, and is closed
                loop.run(() -> closeUntilNothingIsOpen(loop));
            }
        }
        assertThat(log).containsExactly(true);
    }

    private static void closeUntilNothingIsOpen(EventLoop loop) {
        if (loop.kernel().pending() != 0 || loop.kernel().stats().openHandles() != 0) {
            loop.setTimeout(1, () -> closeUntilNothingIsOpen(loop));
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatIsDoneInTimeIsKeptAndTheDeadlineIsForgotten(String backend) throws Exception {
        Path file = folder.resolve("f");
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                loop.fs()
                        .writeFile(file, "text")
                        .withDeadline(LATE)
                        .thenCompose(done -> loop.fs().readFile(file).withDeadline(LATE))
                        .thenAccept(log::add);
                loop.blocking(() -> 5, WorkerLane.SLOW).withDeadline(LATE).thenAccept(log::add);
                LoopPromise<String> foreign = loop.<String>newPromise().withDeadline(LATE);
                foreign.thenAccept(log::add);
                new Thread(() -> foreign.complete("from a thread")).start();
            });
            // had a timer been left, the run would have waited for it
            assertThat(loop.activeHandles()).isEmpty();
        }
        assertThat(log).containsExactlyInAnyOrder("text", 5, "from a thread");
    }

    @Test
    void anyPromiseCanHaveOne() {
        ScriptedLoop script = new ScriptedLoop();
        EventLoop loop = script.loop;
        loop.run(() -> {
            LoopPromise<String> never = loop.newPromise();
            never.withDeadline(Duration.ofMillis(30))
                    .exceptionally(e -> script.now + " " + e.getMessage())
                    .thenAccept(script.log::add);
            LoopPromise<String> inTime = loop.newPromise();
            inTime.withDeadline(Duration.ofMillis(30)).thenAccept(script.log::add);
            loop.setTimeout(29, () -> inTime.complete("in time"));
            loop.resolved("already").withDeadline(Duration.ofMillis(1)).thenAccept(script.log::add);
        });
        assertThat(script.log)
                .containsExactly("already", "in time", "30 promise: ETIMEDOUT, connection timed out (deadline passed)");
    }

    @Test
    void aDeadlineMustBeOneThatTimersCanKeep() {
        EventLoop loop = new ScriptedLoop().loop;
        LoopPromise<String> promise = loop.newPromise();
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofDays(25))) {
            assertThatThrownBy(() -> promise.withDeadline(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("deadline " + wrong);
        }
    }
}
