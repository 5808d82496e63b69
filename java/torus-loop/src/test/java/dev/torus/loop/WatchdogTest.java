package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WatchdogTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private long now = 1_000;
    private final LoopActivity activity = new LoopActivity(() -> now);
    private final List<Long> reports = new ArrayList<>();
    private final Watchdog watchdog = new Watchdog(
            activity,
            Thread.currentThread(),
            Duration.ofNanos(100),
            blocked -> reports.add(blocked.blockedFor().toNanos()));

    private void look(long after) {
        now += after;
        watchdog.look(now);
    }

    @Test
    void aBlockIsReportedAtTheThresholdAndEachTimeItHasDoubled() {
        activity.busy();
        look(99);
        assertThat(reports).isEmpty();
        look(1);
        look(50);
        look(49);
        assertThat(reports).containsExactly(100L);
        look(1);
        look(199);
        look(1);
        assertThat(reports).containsExactly(100L, 200L, 400L);
    }

    @Test
    void neitherWaitingNorRestingIsABlock() {
        look(1_000);
        activity.busy();
        now += 50;
        activity.waiting();
        look(1_000);
        activity.busy();
        look(99);
        activity.resting();
        look(1_000);
        assertThat(reports).isEmpty();
    }

    @Test
    void everyTurnIsABlockOfItsOwn() {
        for (int turn = 0; turn < 3; turn++) {
            activity.busy();
            look(100);
            activity.waiting();
            now += 7;
        }
        assertThat(reports).containsExactly(100L, 100L, 100L);
    }

    @Test
    void aListenerThatFailsDoesNotEndTheWatching() {
        Watchdog failing = new Watchdog(activity, Thread.currentThread(), Duration.ofNanos(100), blocked -> {
            reports.add(blocked.blockedFor().toNanos());
            throw new IllegalStateException("a listener's own failure");
        });
        activity.busy();
        now += 100;
        failing.look(now);
        now += 100;
        failing.look(now);
        assertThat(reports).containsExactly(100L, 200L);
    }

    @Test
    void utilizationIsTheShareOfWork() {
        LoopUtilization before = activity.utilization();
        assertThat(before).isEqualTo(new LoopUtilization(0, 0));
        assertThat(before.utilization()).isZero();
        now += 5_000;
        activity.busy();
        now += 30;
        activity.waiting();
        now += 60;
        activity.busy();
        now += 10;
        LoopUtilization first = activity.utilization();
        assertThat(first).isEqualTo(new LoopUtilization(60, 40));
        assertThat(first.utilization()).isEqualTo(0.4);
        now += 20;
        assertThat(activity.utilization().since(first)).isEqualTo(new LoopUtilization(0, 20));
    }

    private static void blockUntil(CountDownLatch reported) {
        try {
            assertThat(reported.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aBlockedLoopIsReportedWithTheStackOfItsThread(String backend) throws Exception {
        CountDownLatch reported = new CountDownLatch(1);
        AtomicReference<BlockedLoop> report = new AtomicReference<>();
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                Watchdog dog = loop.perf().watchdog(Duration.ofMillis(5), blocked -> {
                    report.compareAndSet(null, blocked);
                    reported.countDown();
                });
                loop.setTimeout(1, () -> {
                    blockUntil(reported);
                    dog.close();
                });
            });
            assertThat(code).isZero();
        }
        assertThat(report.get().thread()).isSameAs(Thread.currentThread());
        assertThat(report.get().blockedFor()).isGreaterThanOrEqualTo(Duration.ofMillis(5));
        assertThat(report.get())
                .asString()
                .startsWith("loop on thread " + Thread.currentThread().getName());
        // the first report may have come while the loop was slow to begin; it is of this thread in any case
        assertThat(report.get().stack())
                .extracting(StackTraceElement::getClassName)
                .contains(EventLoop.class.getName());
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void utilizationOfARun(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            LoopUtilization[] seen = new LoopUtilization[2];
            loop.run(() -> {
                seen[0] = loop.perf().eventLoopUtilization();
                loop.setTimeout(20, () -> seen[1] = loop.perf().eventLoopUtilization());
            });
            assertThat(seen[1].idleNanos()).isPositive();
            assertThat(seen[1].activeNanos()).isPositive();
            assertThat(seen[1].since(seen[0]).utilization()).isBetween(0.0, 1.0);
            LoopUtilization after = loop.perf().eventLoopUtilization();
            assertThat(loop.perf().eventLoopUtilization())
                    .as("a loop that does not run neither works nor waits")
                    .isEqualTo(after);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aThresholdBelowAMillisecondIsRefused(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            assertThatThrownBy(() -> loop.perf().watchdog(Duration.ofNanos(10), blocked -> {}))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
