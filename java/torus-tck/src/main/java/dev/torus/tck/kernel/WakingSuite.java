package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.KernelStats;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** What waking the owner costs, and spinning before it sleeps. */
public abstract class WakingSuite {
    private static final int ROUNDS = Integer.getInteger("torus.tck.races", 300);
    private static final int POSTERS = 4;

    @BackendTest
    void K12_postsToAnAwakeOwnerMakeNoSystemCall(Lab lab) {
        Rig rig = Rig.of(lab);
        rig.turn(0);
        AtomicInteger ran = new AtomicInteger();
        long before = rig.kernel().stats().wakeups();
        // the owner waits for the posters on a latch, not in the kernel: it is awake
        int each = 500;
        Future<?>[] posters = new Future<?>[POSTERS];
        for (int i = 0; i < POSTERS; i++) {
            posters[i] = lab.thread("poster-" + i, () -> {
                for (int n = 0; n < each; n++) {
                    assertThat(rig.kernel().post(ran::incrementAndGet)).isTrue();
                    rig.kernel().wakeup();
                }
                return null;
            });
        }
        for (Future<?> poster : posters) {
            Lab.join(poster);
        }
        assertThat(rig.kernel().stats().wakeups() - before).isZero();
        while (ran.get() < POSTERS * each) {
            rig.turn(-1);
        }
        assertThat(rig.kernel().stats().wakeups() - before).isZero();
    }

    /** Of all that are posted while the owner sleeps, the first alone makes a system call. */
    @BackendTest
    void K12_manyPostsWakeASleepingOwnerByOneSystemCallAtMost(Lab lab) throws Exception {
        Rig rig = Rig.of(lab);
        rig.turn(0);
        AtomicInteger ran = new AtomicInteger();
        CyclicBarrier round = new CyclicBarrier(POSTERS + 1);
        for (int i = 0; i < POSTERS; i++) {
            lab.thread("poster-" + i, () -> {
                for (int n = 0; n < ROUNDS; n++) {
                    round.await();
                    for (int task = 0; task < 5; task++) {
                        assertThat(rig.kernel().post(ran::incrementAndGet)).isTrue();
                    }
                    round.await();
                }
                return null;
            });
        }
        for (int n = 0; n < ROUNDS; n++) {
            long before = rig.kernel().stats().wakeups();
            round.await();
            // sleeps, at once or not at all, until the first of them; from then on it is awake
            rig.kernel().enter(-1);
            round.await();
            assertThat(rig.kernel().stats().wakeups() - before)
                    .as("wake-ups of round %d", n)
                    .isBetween(0L, 1L);
            while (ran.get() < (n + 1) * POSTERS * 5) {
                rig.turn(-1);
            }
        }
    }

    @BackendTest
    void K24_withoutTheOptionNothingSpins(Lab lab) {
        Rig rig = Rig.of(lab);
        for (int i = 0; i < 5; i++) {
            rig.turn(100_000);
        }
        assertThat(rig.kernel().stats().spins()).isZero();
    }

    @BackendTest
    void K24_spinningInVainStopsAndTheWaitIsKept(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(64).spinMicros(200));
        rig.turn(0);
        long hits = rig.kernel().stats().spinHits();
        int turns = 60;
        for (int i = 0; i < turns; i++) {
            long start = System.nanoTime();
            rig.turn(300_000);
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(300_000);
        }
        KernelStats stats = rig.kernel().stats();
        assertThat(stats.spinHits()).isEqualTo(hits);
        // 200, 100, 50 … µs, then not any more
        assertThat(stats.spins()).isBetween(1L, 12L);
    }

    @BackendTest
    void K24_ioAndDeadlinesWorkWhileSpinning(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).spinMicros(50));
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(64);
        for (int i = 0; i < 200; i++) {
            long recv = rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 64, t));
            link.write("ping");
            assertThat(rig.result(recv)).isEqualTo(4);
        }
        long late = rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 64, t, 20_000));
        assertThat(rig.last(late).toString()).endsWith("ECANCELED TIMED_OUT");
        // a wake-up from outside ends a turn that spins as well as one that sleeps
        lab.thread("waker", () -> {
            for (int i = 0; i < 100; i++) {
                rig.kernel().wakeup();
                Thread.yield();
            }
            rig.kernel().post(() -> rig.kernel().nop(1));
            return null;
        });
        AtomicInteger ended = new AtomicInteger();
        while (ended.get() == 0) {
            rig.kernel().enter(-1);
            rig.kernel().drain((token, result, flags) -> ended.incrementAndGet());
        }
    }
}
