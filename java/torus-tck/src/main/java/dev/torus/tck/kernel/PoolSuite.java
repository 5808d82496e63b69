package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.WorkerLane;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The worker pool: order, limits, cancel, failures. */
public abstract class PoolSuite {
    @BackendTest(operations = "blocking task")
    void K19_resultsAndErrnosComeBack(Lab lab) {
        Rig rig = Rig.of(lab);
        assertThat(rig.call(t -> rig.kernel().blocking(() -> 7, t))).isEqualTo(7);
        assertThat(rig.call(t -> rig.kernel().blocking(() -> -2, t))).isEqualTo(-2);
        assertThat(rig.call(t -> rig.kernel().blocking(() -> 1L << 40, t))).isEqualTo(1L << 40);
    }

    @BackendTest(operations = "blocking task")
    void K19_aTaskThatThrowsIsEioAndTheMessageIsKept(Lab lab) {
        Rig rig = Rig.of(lab);
        List<String> details = new ArrayList<>();
        rig.kernel()
                .blocking(
                        () -> {
                            throw new IOException("disk on fire");
                        },
                        1);
        while (details.isEmpty()) {
            rig.kernel().enter(-1);
            rig.kernel().drain((token, result, flags) -> {
                assertThat(result).isEqualTo(Errno.EIO.result());
                details.add(rig.kernel().failureDetail());
            });
        }
        assertThat(details.get(0)).contains("disk on fire");
        // an Error must not kill a worker
        for (int i = 0; i < 10; i++) {
            assertThat(rig.call(t -> rig.kernel()
                            .blocking(
                                    () -> {
                                        throw new StackOverflowError();
                                    },
                                    t)))
                    .isEqualTo(Errno.EIO.result());
        }
        assertThat(rig.call(t -> rig.kernel().blocking(() -> 1, t))).isOne();
    }

    @BackendTest(operations = "blocking task")
    void K19_oneWorkerRunsTasksInOrder(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).workers(1));
        ConcurrentLinkedQueue<Integer> ran = new ConcurrentLinkedQueue<>();
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            int number = i;
            tokens.add(rig.start(t -> rig.kernel()
                    .blocking(
                            () -> {
                                ran.add(number);
                                return number;
                            },
                            t)));
        }
        for (int i = 0; i < 500; i++) {
            assertThat(rig.result(tokens.get(i))).isEqualTo(i);
        }
        assertThat(List.copyOf(ran)).isSorted();
    }

    @BackendTest(operations = "blocking task")
    void K19_aFullQueueIsEagainAndRecovers(Lab lab) {
        Rig rig = Rig.of(
                lab, KernelOptions.builder().submissionEntries(16).workers(1).workerQueue(4));
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        long first = rig.start(t -> rig.kernel()
                .blocking(
                        () -> {
                            started.countDown();
                            release.await();
                            return 0;
                        },
                        t));
        awaitLatch(started);
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tokens.add(rig.start(t -> rig.kernel().blocking(() -> 1, t)));
        }
        rig.turn(0);
        release.countDown();
        List<Long> results = tokens.stream().map(rig::result).toList();
        assertThat(rig.result(first)).isZero();
        assertThat(results.stream().filter(result -> result == 1).count()).isEqualTo(4);
        assertThat(results.stream()
                        .filter(result -> result == Errno.EAGAIN.result())
                        .count())
                .isEqualTo(16);
        assertThat(rig.call(t -> rig.kernel().blocking(() -> 3, t))).isEqualTo(3);
    }

    @BackendTest(operations = {"blocking task", "ASYNC_CANCEL"})
    void K19_aWaitingTaskIsCancelledAndNeverRuns(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).workers(1));
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean ran = new AtomicBoolean();
        long running = rig.start(t -> rig.kernel()
                .blocking(
                        () -> {
                            started.countDown();
                            release.await();
                            return 9;
                        },
                        t));
        long waiting = rig.start(t -> rig.kernel()
                .blocking(
                        () -> {
                            ran.set(true);
                            return 0;
                        },
                        t));
        awaitLatch(started);
        assertThat(rig.cancel(waiting)).isZero();
        assertThat(rig.result(waiting)).isEqualTo(Errno.ECANCELED.result());
        assertThat(rig.cancel(running)).isEqualTo(Errno.EALREADY.result());
        assertThat(rig.cancel(running)).as("asking twice changes nothing").isEqualTo(Errno.EALREADY.result());
        release.countDown();
        assertThat(rig.result(running)).isEqualTo(9);
        assertThat(ran).isFalse();
    }

    @BackendTest(operations = {"blocking task", "deadline"})
    void K19_aWaitingTaskEndsAtItsDeadlineAndNeverRuns(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).workers(1));
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean ran = new AtomicBoolean();
        long running = rig.start(t -> rig.kernel()
                .blocking(
                        () -> {
                            release.await();
                            return 9;
                        },
                        t));
        Rig.Completion end = rig.last(rig.start(t -> rig.kernel()
                .blocking(
                        () -> {
                            ran.set(true);
                            return 0;
                        },
                        WorkerLane.GENERAL,
                        t,
                        5_000_000)));
        assertThat(end.result()).isEqualTo(Errno.ECANCELED.result());
        assertThat(Completions.timedOut(end.flags())).isTrue();
        release.countDown();
        assertThat(rig.result(running)).isEqualTo(9);
        assertThat(ran).isFalse();
    }

    @BackendTest(operations = "blocking task")
    void K19_theSlowLaneCannotStarveTheOthers(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).workers(2));
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger slowRunning = new AtomicInteger();
        List<Long> slow = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            slow.add(rig.start(t -> rig.kernel()
                    .blocking(
                            () -> {
                                slowRunning.incrementAndGet();
                                release.await();
                                return 0;
                            },
                            WorkerLane.SLOW,
                            t)));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(rig.call(t -> rig.kernel().blocking(() -> 4, t))).isEqualTo(4);
        }
        assertThat(slowRunning.get()).isLessThanOrEqualTo(1);
        release.countDown();
        slow.forEach(token -> assertThat(rig.result(token)).isZero());
    }

    @BackendTest(operations = "blocking task")
    void K19_manyTasksFromTheHandlerAllComplete(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        int[] left = {5000};
        int[] seen = {0};
        for (int i = 0; i < 50; i++) {
            kernel.blocking(() -> 1, i);
        }
        while (kernel.pending() > 0) {
            kernel.enter(-1);
            kernel.drain((token, result, flags) -> {
                seen[0] += (int) result;
                if (left[0]-- > 0) {
                    kernel.blocking(() -> 1, token);
                }
            });
        }
        assertThat(seen[0]).isEqualTo(5050);
    }

    @BackendTest(operations = "blocking task")
    void K19_closingTheKernelInterruptsRunningTasksAndWaitsForThem(Lab lab) throws Exception {
        IoKernel kernel = IoKernel.open(KernelOptions.builder().workers(2).build(), lab.provider());
        CountDownLatch started = new CountDownLatch(2);
        AtomicInteger ended = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            kernel.blocking(
                    () -> {
                        started.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            ended.incrementAndGet();
                        }
                        return 0;
                    },
                    i);
        }
        for (int i = 0; i < 10; i++) {
            kernel.blocking(() -> 0, i);
        }
        kernel.enter(0);
        awaitLatch(started);
        kernel.close();
        assertThat(ended.get()).isEqualTo(2);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
