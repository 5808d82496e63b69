package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.WorkerLane;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Deadlines: when one passes, the operation ends with -ECANCELED, flagged timed out, and its buffer comes home. */
public abstract class DeadlineSuite {
    private static final long MILLI = 1_000_000;

    @BackendTest(operations = "deadline")
    void K16_aReceiveEndsAtItsDeadlineAndNotBefore(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8);
        for (long timeout : new long[] {1, 200_000, 3 * MILLI, 30 * MILLI}) {
            long start = System.nanoTime();
            Rig.Completion end = rig.last(rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t, timeout)));
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(timeout);
            timedOut(end);
            assertThat(buffer.isLent()).isFalse();
        }
        link.write("late");
        assertThat(rig.call(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t)))
                .as("nothing was lost")
                .isEqualTo(4);
    }

    @BackendTest(operations = "deadline")
    void K16_everyKindOfOperationCanHaveOne(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        Rig.Link other = rig.link();
        long listener = rig.listener(4);
        long udp = rig.udp();
        IoBuffer in = rig.kernel().allocate(64);
        BufferGroup group = rig.kernel().bufferGroup(2, 64);
        List<Long> tokens = new ArrayList<>();
        tokens.add(rig.start(t -> rig.kernel().accept(listener, t, 10 * MILLI)));
        tokens.add(rig.start(t -> rig.kernel().acceptMultishot(listener, t, 20 * MILLI)));
        tokens.add(rig.start(t -> rig.kernel().recvSelect(link.handle(), group, t, 10 * MILLI)));
        tokens.add(rig.start(t -> rig.kernel().recvMultishot(other.handle(), group, t, 10 * MILLI)));
        tokens.add(rig.start(t -> rig.kernel().recvFrom(udp, in, 0, 64, t, 10 * MILLI)));
        tokens.add(rig.start(t -> rig.kernel().poll(link.handle(), RingAbi.POLLIN, t, 10 * MILLI)));
        tokens.forEach(token -> timedOut(rig.last(token)));
        assertThat(in.isLent()).isFalse();
        assertThat(group.lent()).isZero();
    }

    @BackendTest(operations = "deadline")
    void K16_aStuckSendEndsAtItsDeadline(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer out = rig.kernel().allocate(16 << 20);
        long send = rig.start(t -> rig.kernel().send(link.handle(), out, 0, 16 << 20, t, 20 * MILLI));
        long behind = rig.start(t -> rig.kernel().send(link.handle(), out, 0, 16, t, 20 * MILLI));

        long sent = rig.result(send);
        assertThat(sent > 0 && sent < 16 << 20 || sent == Errno.ECANCELED.result())
                .isTrue();
        timedOut(rig.last(behind));
        assertThat(out.isLent()).isFalse();
    }

    @BackendTest(operations = "deadline")
    void K16_anOperationHeldBehindAnotherHasADeadlineToo(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer one = rig.kernel().allocate(8);
        IoBuffer two = rig.kernel().allocate(8);
        long first = rig.start(t -> rig.kernel().recv(link.handle(), one, 0, 8, t));
        timedOut(rig.last(rig.start(t -> rig.kernel().recv(link.handle(), two, 0, 8, t, 5 * MILLI))));
        assertThat(rig.isPending(first)).isTrue();
        assertThat(two.isLent()).isFalse();
        link.write("1");
        assertThat(rig.result(first)).isOne();
    }

    @BackendTest(operations = "deadline")
    void K16_anOperationThatEndsInTimeIsNotMarkedAndLeavesNoDeadline(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8);
        for (int i = 0; i < 100; i++) {
            long recv = rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t, 3_600_000 * MILLI));
            rig.turn(0);
            link.write("x");
            Rig.Completion end = rig.last(recv);
            assertThat(end.result()).isOne();
            assertThat(Completions.timedOut(end.flags())).isFalse();
        }
        long start = System.nanoTime();
        rig.turn(10 * MILLI);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(10 * MILLI);
    }

    @BackendTest(operations = "deadline")
    void K16_deadlinesEndInTheirOrderAndEqualOnesInQueueOrder(Lab lab) {
        Rig rig = Rig.of(lab);
        List<Long> tokens = new ArrayList<>();
        long listener = rig.listener(4);
        for (int i = 0; i < 50; i++) {
            Rig.Link link = rig.link(listener);
            IoBuffer buffer = rig.kernel().allocate(8);
            long timeout = (50 - i) * MILLI;
            tokens.add(rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t, timeout)));
        }
        List<Long> ends = new ArrayList<>();
        for (int i = 49; i >= 0; i--) {
            timedOut(rig.last(tokens.get(i)));
            ends.add(tokens.get(i));
        }
        assertThat(ends).hasSize(50);
    }

    @BackendTest(operations = "deadline")
    void K16_aHugeTimeoutDoesNotOverflow(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8);
        long recv = rig.start(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t, Long.MAX_VALUE));
        rig.turn(MILLI);
        assertThat(rig.isPending(recv)).isTrue();
        link.write("x");
        assertThat(rig.result(recv)).isOne();
    }

    @BackendTest(operations = "deadline")
    void K16_dataRacingWithADeadlineIsNeverLost(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8);
        int rounds = Integer.getInteger("torus.tck.races", 300);
        CountDownLatch done = new CountDownLatch(1);
        lab.thread("writer", () -> {
            for (int i = 0; i < rounds; i++) {
                link.write(new byte[] {(byte) i});
                Thread.yield();
            }
            done.await();
            return null;
        });
        int received = 0;
        while (received < rounds) {
            long result = rig.call(t -> rig.kernel().recv(link.handle(), buffer, 0, 1, t, 20_000));
            if (result == 1) {
                assertThat(buffer.bytes().get(0)).isEqualTo((byte) received);
                received++;
            } else {
                assertThat(result).isEqualTo(Errno.ECANCELED.result());
            }
        }
        done.countDown();
    }

    @BackendTest(operations = "deadline")
    void K16_aRunningBlockingTaskIsMarkedAndItsWaiterGetsTheDeadline(Lab lab) {
        Rig rig = Rig.of(lab);
        CountDownLatch release = new CountDownLatch(1);
        long task = rig.start(t -> rig.kernel()
                .blocking(
                        () -> {
                            release.await();
                            return 5;
                        },
                        WorkerLane.GENERAL,
                        t,
                        5 * MILLI));
        long start = System.nanoTime();
        while (System.nanoTime() - start < 20 * MILLI) {
            rig.turn(MILLI);
        }
        // a running function cannot be stopped: its completion comes when it returns, and says that it was too late
        release.countDown();
        timedOut(rig.last(task));
    }

    private static void timedOut(Rig.Completion end) {
        assertThat(end.result()).as(end.toString()).isEqualTo(Errno.ECANCELED.result());
        assertThat(Completions.timedOut(end.flags())).as(end.toString()).isTrue();
    }
}
