package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.RingDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Turning the kernel: enter, drain, posts, wake-ups, handlers that throw or close. */
public abstract class TurnSuite {
    private static final long MILLI = 1_000_000;
    private static final CompletionHandler IGNORE = (token, result, flags) -> {};

    @BackendTest
    void K12_pollReturnsAtOnceAndTimeoutsAreKept(Lab lab) {
        Rig rig = Rig.of(lab);
        rig.turn(0);
        assertThat(rig.kernel().enter(0)).isZero();
        for (long timeout : new long[] {1, 100_000, 5 * MILLI, 20 * MILLI}) {
            long start = System.nanoTime();
            assertThat(rig.kernel().enter(timeout)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(timeout);
        }
    }

    @BackendTest
    void K12_enterDoesNotWaitWhenSomethingCanBeDrained(Lab lab) {
        Rig rig = Rig.of(lab);
        rig.kernel().nop(1);
        rig.kernel().enter(-1);
        rig.kernel().enter(-1);
        assertThat(rig.kernel().hasDeliverable()).isTrue();
        assertThat(rig.kernel().drain(IGNORE)).isOne();
        assertThat(rig.kernel().drain(IGNORE)).isZero();
        // refused without the backend: deliverable at once as well
        rig.kernel().close(12345, 1);
        rig.kernel().enter(-1);
        assertThat(rig.kernel().drain(IGNORE)).isOne();
    }

    @BackendTest
    void K12_drainIsBoundedByWhatWasThereAtItsStart(Lab lab) {
        Rig rig = Rig.of(lab);
        AtomicInteger delivered = new AtomicInteger();
        CompletionHandler again = (token, result, flags) -> {
            delivered.incrementAndGet();
            rig.kernel().nop(token);
            rig.kernel().close(12345, token);
        };
        rig.kernel().nop(1);
        rig.kernel().enter(-1);
        rig.kernel().drain(again);
        assertThat(delivered.get()).isOne();
        rig.kernel().enter(-1);
        rig.kernel().drain(again);
        assertThat(delivered.get()).isBetween(2, 3);
        while (rig.kernel().pending() > 0) {
            rig.kernel().enter(-1);
            rig.kernel().drain(IGNORE);
        }
    }

    @BackendTest
    void K12_aLimitedDrainLeavesTheRestToTheNext(Lab lab) {
        Rig rig = Rig.of(lab);
        List<Long> seen = new ArrayList<>();
        CompletionHandler record = (token, result, flags) -> seen.add(token);
        for (int i = 0; i < 10; i++) {
            rig.kernel().nop(i);
            // ready without the backend
            rig.kernel().close(12345, 100 + i);
            assertThat(rig.kernel().post(() -> seen.add(-1L))).isTrue();
        }
        while (seen.size() < 30) {
            rig.kernel().enter(-1);
            int before = seen.size();
            int delivered = rig.kernel().drain(record, 3);
            assertThat(delivered).isBetween(0, 3).isEqualTo(seen.size() - before);
            // each source has been the first by now
            if (seen.size() >= 18) {
                assertThat(seen).contains(0L, 100L, -1L);
            }
        }
        assertThat(rig.kernel().hasDeliverable()).isFalse();
        assertThat(seen.stream().filter(token -> token >= 0 && token < 10))
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(seen.stream().filter(token -> token >= 100)).isSorted().hasSize(10);
        assertThatThrownBy(() -> rig.kernel().drain(record, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @BackendTest
    void K12_postedTasksRunInOrderOnTheOwner(Lab lab) {
        Rig rig = Rig.of(lab);
        List<Integer> ran = new ArrayList<>();
        Thread owner = Thread.currentThread();
        int total = 5000;
        Future<Integer> poster = lab.thread("poster", () -> {
            int refused = 0;
            for (int i = 0; i < total; i++) {
                int number = i;
                while (!rig.kernel().post(() -> {
                    assertThat(Thread.currentThread()).isSameAs(owner);
                    ran.add(number);
                })) {
                    refused++;
                    Thread.yield();
                }
            }
            return refused;
        });
        while (ran.size() < total) {
            rig.turn(-1);
        }
        Lab.join(poster);
        assertThat(ran).isSorted().doesNotHaveDuplicates();
    }

    @BackendTest
    void K12_aPostWakesAParkedOwnerEveryTime(Lab lab) throws Exception {
        Rig rig = Rig.of(lab);
        AtomicInteger ran = new AtomicInteger();
        int total = 2000;
        lab.thread("ping-pong", () -> {
            for (int i = 1; i <= total; i++) {
                assertThat(rig.kernel().post(ran::incrementAndGet)).isTrue();
                while (ran.get() < i) {
                    Thread.onSpinWait();
                }
            }
            return null;
        });
        while (ran.get() < total) {
            rig.turn(-1);
        }
    }

    @BackendTest
    void K12_manyPostersAndTrafficLoseNothing(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(64);
        AtomicInteger ran = new AtomicInteger();
        int each = 2000;
        for (int p = 0; p < 4; p++) {
            lab.thread("poster-" + p, () -> {
                for (int i = 0; i < each; i++) {
                    while (!rig.kernel().post(ran::incrementAndGet)) {
                        Thread.yield();
                    }
                }
                return null;
            });
        }
        for (int i = 0; i < 200; i++) {
            long recv = rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 64, t));
            link.write("tick");
            assertThat(rig.result(recv)).isEqualTo(4);
        }
        while (ran.get() < 4 * each) {
            rig.turn(-1);
        }
        assertThat(ran.get()).isEqualTo(4 * each);
    }

    @BackendTest
    void K12_aFullPostQueueAnswersFalseAndRecovers(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).postQueue(8));
        AtomicInteger ran = new AtomicInteger();
        int accepted = 0;
        while (accepted < 1000 && rig.kernel().post(ran::incrementAndGet)) {
            accepted++;
        }
        assertThat(accepted).isBetween(8, 16);
        while (ran.get() < accepted) {
            rig.turn(-1);
        }
        assertThat(rig.kernel().post(ran::incrementAndGet)).isTrue();
        rig.turnUntil("the last task", () -> ran.get() == 9 || ran.get() > 8);
    }

    @BackendTest
    void K12_aWakeupEndsTheWaitAlsoWhenItCameBefore(Lab lab) throws Exception {
        Rig rig = Rig.of(lab);
        rig.turn(0);
        rig.kernel().wakeup();
        rig.turn(-1);
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("waker", () -> {
            for (int i = 0; i < 200; i++) {
                start.await();
                rig.kernel().wakeup();
            }
            return null;
        });
        for (int i = 0; i < 200; i++) {
            start.await();
            rig.turn(-1);
        }
    }

    @BackendTest
    void K12_aHandlerThatThrowsLosesOnlyItsOwnCompletion(Lab lab) {
        Rig rig = Rig.of(lab);
        for (int i = 0; i < 10; i++) {
            rig.kernel().nop(i);
        }
        rig.kernel().enter(-1);
        List<Long> seen = new ArrayList<>();
        int thrown = 0;
        long deadline = System.nanoTime() + RingDriver.PATIENCE_NANOS;
        while (seen.size() < 10 && System.nanoTime() - deadline < 0) {
            rig.kernel().enter(MILLI);
            try {
                rig.kernel().drain((token, result, flags) -> {
                    seen.add(token);
                    if (token % 3 == 0) {
                        throw new IllegalStateException("from the handler");
                    }
                });
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("from the handler");
                thrown++;
            }
        }
        assertThat(seen).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(thrown).isEqualTo(4);
        assertThat(rig.kernel().pending()).isZero();
        assertThat(rig.call(t -> rig.kernel().nop(t))).isZero();
    }

    @BackendTest
    void K12_aPostedTaskThatThrowsDoesNotLoseTheOthers(Lab lab) {
        Rig rig = Rig.of(lab);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            boolean bad = i == 3;
            rig.kernel().post(() -> {
                ran.incrementAndGet();
                if (bad) {
                    throw new IllegalStateException("from the task");
                }
            });
        }
        rig.kernel().enter(-1);
        assertThatThrownBy(() -> rig.kernel().drain(IGNORE)).hasMessage("from the task");
        rig.turnUntil("the tasks behind it", () -> ran.get() == 10);
    }

    @BackendTest
    void K12_enterAndDrainInsideDrainThrow(Lab lab) {
        Rig rig = Rig.of(lab);
        rig.kernel().nop(1);
        rig.kernel().enter(-1);
        rig.kernel().drain((token, result, flags) -> {
            assertThatThrownBy(() -> rig.kernel().enter(0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> rig.kernel().drain(IGNORE)).isInstanceOf(IllegalStateException.class);
        });
    }

    @BackendTest
    void K12_operationsQueuedInAHandlerRun(Lab lab) {
        Rig rig = Rig.of(lab);
        AtomicInteger left = new AtomicInteger(1000);
        rig.kernel().nop(1);
        CompletionHandler chain = (token, result, flags) -> {
            if (left.decrementAndGet() > 0) {
                rig.kernel().nop(token);
            }
        };
        while (left.get() > 0) {
            rig.kernel().enter(-1);
            rig.kernel().drain(chain);
        }
    }

    @BackendTest
    void K12_closeInsideDrainIsDeferredToItsEnd(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        IoBuffer buffer = kernel.allocate(8);
        kernel.recv(link.handle(), buffer, 0, 8, 5);
        kernel.nop(1);
        kernel.nop(2);
        kernel.enter(-1);
        List<Long> seen = new ArrayList<>();
        rig.turnUntilDelivered(seen, 2, (token, result, flags) -> {
            kernel.close();
            kernel.close();
            // still usable until the drain ends
            assertThat(kernel.pending()).isPositive();
            kernel.nop(99);
        });
        assertThatThrownBy(() -> kernel.enter(0)).isInstanceOf(IllegalStateException.class);
        assertThat(kernel.isShutdown()).isTrue();
        rig.abandon();
    }

    @BackendTest
    void K12_shutdownFromAnotherThreadEndsTheWait(Lab lab) {
        Rig rig = Rig.of(lab);
        rig.turn(0);
        lab.thread("shutdown", () -> {
            rig.kernel().shutdown();
            return null;
        });
        while (!rig.kernel().isShutdown()) {
            rig.turn(-1);
        }
        rig.turn(-1); // does not wait any more
    }

    @BackendTest
    void K12_aTurnCostsOneCrossing(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(64);
        for (int i = 0; i < 32; i++) {
            rig.link(listener);
        }
        rig.turn(0);
        long before = rig.kernel().stats().crossings();
        long enters = rig.kernel().stats().enters();
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 32; i++) {
                rig.kernel().nop(i);
            }
            int left = 32;
            while (left > 0) {
                rig.kernel().enter(-1);
                left -= rig.kernel().drain(IGNORE);
            }
        }
        long crossings = rig.kernel().stats().crossings() - before;
        assertThat(crossings).isLessThanOrEqualTo(rig.kernel().stats().enters() - enters);
    }
}
