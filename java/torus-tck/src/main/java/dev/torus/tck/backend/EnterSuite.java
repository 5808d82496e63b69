package dev.torus.tck.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Emulation;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;

/** Rule 12: enter submits, then polls, waits for a time or for ever. */
public abstract class EnterSuite {
    private static final long MILLI = 1_000_000;

    @BackendTest
    void B12_anEmptyPollReturnsAtOnce(Lab lab) {
        RingDriver ring = lab.ring();
        ring.enter(0, 0);
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertThat(ring.backend().enter(0, 1, 0)).isZero();
            assertThat(ring.backend().enter(0, 0, 0)).isZero();
        }
        assertThat(System.nanoTime() - start).isLessThan(RingDriver.PATIENCE_NANOS);
    }

    @BackendTest
    void B12_minCompleteZeroDoesNotWait(Lab lab) {
        RingDriver ring = lab.ring();
        ring.enter(0, 0);
        long start = System.nanoTime();
        assertThat(ring.backend().enter(0, 0, RingDriver.PATIENCE_NANOS)).isZero();
        assertThat(System.nanoTime() - start).isLessThan(RingDriver.PATIENCE_NANOS);
    }

    @BackendTest
    void B12_returnsTheNumberConsumedAndPublishesTheHead(Lab lab) {
        RingDriver ring = lab.ring();
        ring.enter(0, 0);
        for (int i = 0; i < 5; i++) {
            lab.ops().nop();
        }
        assertThat(ring.queued()).isEqualTo(5);
        assertThat(ring.backend().enter(3, 0, 0)).isEqualTo(3);
        assertThat(ring.queued()).isEqualTo(2);
        assertThat(ring.backend().enter(2, 0, 0)).isEqualTo(2);
        assertThat(ring.queued()).isZero();
        ring.enterUntil("five completions", () -> ring.pendingCount() == 0);
    }

    @BackendTest
    void B12_returnsTheNumberConsumedAlsoAtATimeout(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ring.enter(0, 0);
        lab.ops().recv(peer.fd(), ring.region(16), 0, 16);

        assertThat(ring.backend().enter(1, 1, 10 * MILLI)).isEqualTo(1);
    }

    @BackendTest
    void B12_waitsForTheTimeoutAndNotLess(Lab lab) {
        RingDriver ring = lab.ring();
        ring.enter(0, 0);
        for (long timeout : new long[] {1, 1_000, 100_000, MILLI, 5 * MILLI, 30 * MILLI}) {
            long start = System.nanoTime();
            assertThat(ring.backend().enter(0, 1, timeout)).isZero();
            assertThat(System.nanoTime() - start).isBetween(timeout, timeout + RingDriver.PATIENCE_NANOS);
        }
    }

    @BackendTest
    void B12_aLongTimeoutIsNotCutOffAndEndsWithTheCompletion(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recv(peer.fd(), ring.region(16), 0, 16);
        lab.thread("writer", () -> {
            peer.write("x");
            return null;
        });
        // about 292 years: must not overflow anywhere
        ring.enterOnly(1, Long.MAX_VALUE);
        assertThat(ring.result(recv)).isOne();
    }

    @BackendTest
    void B12_waitsForEverUntilACompletion(Lab lab) throws Exception {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(16);
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("writer", () -> {
            for (int i = 0; i < 200; i++) {
                start.await();
                peer.write("x");
            }
            return null;
        });
        for (int i = 0; i < 200; i++) {
            long recv = lab.ops().recv(peer.fd(), memory, 0, 16);
            start.await();
            while (ring.isPending(recv)) {
                ring.enter(1, -1);
            }
            assertThat(ring.take(recv).result()).isOne();
        }
    }

    @BackendTest
    void B12_doesNotWaitWhenTheSubmissionsCompleteAtOnce(Lab lab) {
        RingDriver ring = lab.ring();
        long nop = lab.ops().nop();
        ring.enterOnly(1, -1);

        ring.reap();
        assertThat(ring.take(nop)).isNotNull();
    }

    @BackendTest
    void B12_doesNotWaitWhenCompletionsStandInTheRing(Lab lab) {
        RingDriver ring = lab.ring();
        long nop = lab.ops().nop();
        ring.enterOnly(1, -1);
        ring.enterOnly(1, -1);

        ring.reap();
        assertThat(ring.take(nop)).isNotNull();
    }

    @BackendTest
    void B12_anInterruptedWaitGoesOn(Lab lab) throws Exception {
        if (Emulation.isWindows()
                || !Files.isExecutable(Path.of("/bin/sh"))
                || !Files.isDirectory(Path.of("/proc/self"))) {
            Lab.skip("needs a system whose waits end with EINTR when the process is stopped and continued");
        }
        RingDriver ring = lab.ring();
        ring.enter(0, 0);
        long timeout = 200 * MILLI;
        String stopAndContinue = "p=" + ProcessHandle.current().pid() + "; kill -STOP $p; kill -CONT $p";
        Future<Integer> signals = lab.thread("signals", () -> {
            int status = 0;
            for (int i = 0; i < 5; i++) {
                status |= new ProcessBuilder("/bin/sh", "-c", stopAndContinue)
                        .start()
                        .waitFor();
            }
            return status;
        });
        while (!signals.isDone()) {
            long start = System.nanoTime();
            assertThat(ring.backend().enter(0, 1, timeout)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(timeout);
        }
        assertThat(Lab.join(signals)).isZero();
    }

    @BackendTest
    void B12_javaInterruptsDoNotDisturb(Lab lab) {
        RingDriver ring = lab.ring();
        ring.enter(0, 0);
        Thread.currentThread().interrupt();
        try {
            long start = System.nanoTime();
            assertThat(ring.backend().enter(0, 1, 20 * MILLI)).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20 * MILLI);
            assertThat(ring.result(lab.ops().nop())).isZero();
        } finally {
            assertThat(Thread.interrupted())
                    .as("the interrupt is the user's: it stays set")
                    .isTrue();
        }
    }
}
