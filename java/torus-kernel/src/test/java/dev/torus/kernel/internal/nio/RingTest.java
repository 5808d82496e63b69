package dev.torus.kernel.internal.nio;

import static dev.torus.kernel.spi.RingAbi.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.internal.nio.RawRing.Completion;
import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RingTest {
    private static final long FOREVER = -1;

    @Test
    void isFoundByItsName() {
        assertThat(ServiceLoader.load(BackendProvider.class))
                .filteredOn(provider -> provider.name().equals("nio"))
                .singleElement()
                .satisfies(provider -> {
                    assertThat(provider.priority()).isEqualTo(100);
                    assertThat(provider.unavailableReason()).isNull();
                });
    }

    @Test
    void everySubmissionEndsOnceInAnyNumberOfTurns() throws Exception {
        try (RawRing ring = new RawRing(8, 16)) {
            long next = 0;
            long expected = 0;
            for (int turn = 0; turn < 1000; turn++) {
                for (int i = 0; i <= turn % 8; i++) {
                    ring.entry(OP_NOP, -1, next++);
                }
                for (Completion completion : ring.await(turn % 8 + 1)) {
                    assertThat(completion).isEqualTo(new Completion(expected++, 0, 0));
                }
            }
            assertThat(expected).isEqualTo(next);
        }
    }

    @Test
    void unknownOperationsAndFlagsAreRefused() throws Exception {
        try (RawRing ring = new RawRing()) {
            for (int opcode : new int[] {OP_READ, OP_WRITE, OP_FSYNC, OP_STATX, OP_SEND_ZC, 200, 255}) {
                assertThat(ring.backend.supports(opcode)).isFalse();
                ring.entry(opcode, 1, 1);
                assertThat(ring.awaitOne()).isEqualTo(new Completion(1, -LinuxErrno.EINVAL, 0));
            }
            ring.entry(OP_NOP, -1, 2).flags(1);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EINVAL);
            ring.entry(OP_SEND, 1, 3).flags(SQE_BUFFER_SELECT);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EOPNOTSUPP);
            ring.entry(OP_NOP, -1, 4).priority(1);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EINVAL);
            ring.entry(OP_ASYNC_CANCEL, -1, 5).address(5).operationFlags(1);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EINVAL);
        }
    }

    @Test
    void aFullCompletionRingLosesNothingAndRefusesMore() throws Exception {
        try (RawRing ring = new RawRing(16, 32)) {
            long next = 0;
            int refused = 0;
            for (int turn = 0; turn < 20; turn++) {
                int queued = ring.publish();
                while (queued++ < 16) {
                    ring.entry(OP_NOP, -1, next++);
                }
                refused += ring.enter(0, 0) == -LinuxErrno.EBUSY ? 1 : 0;
            }
            assertThat(refused).isPositive();
            List<Completion> all = new ArrayList<>(ring.drain());
            assertThat(all).hasSize(32);
            while (all.size() < next) {
                assertThat(ring.enter(1, FOREVER)).isGreaterThanOrEqualTo(0);
                all.addAll(ring.drain(5));
            }
            for (int i = 0; i < next; i++) {
                assertThat(all.get(i)).isEqualTo(new Completion(i, 0, 0));
            }
        }
    }

    @Test
    void aMultishotPausesWhileTheCompletionRingIsFull() throws Exception {
        try (RawRing ring = new RawRing(2, 4)) {
            int[] pair = ring.connection();
            ring.provide(3, 8192, 16384, 64, 1);
            ring.entry(OP_RECV, pair[1], 1)
                    .flags(SQE_BUFFER_SELECT)
                    .priority(RECV_MULTISHOT)
                    .group(3);
            ring.expectNothing();
            for (int i = 0; i < 40; i++) {
                ring.memory.put(4096 + i, (byte) i);
            }
            ring.entry(OP_SEND, pair[0], 2).address(ring.address(4096)).length(40);
            List<Completion> all = new ArrayList<>();
            while (all.size() < 41) {
                for (int i = 0; i < 3; i++) {
                    ring.enter(1, RawRing.DEADLINE_NANOS);
                }
                all.addAll(ring.drain(3));
            }
            all.removeIf(completion -> completion.userData() == 2);
            assertThat(all).allMatch(completion -> completion.result() == 1 && completion.more());
            for (int i = 0; i < 40; i++) {
                assertThat(ring.memory.get(16384 + all.get(i).bufferId())).isEqualTo((byte) i);
            }
        }
    }

    @Test
    void enterWaitsForItsTimeoutAndZeroPolls() throws Exception {
        try (RawRing ring = new RawRing()) {
            long start = System.nanoTime();
            ring.enter(1, TimeUnit.MILLISECONDS.toNanos(30));
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(30));
            long calls = ring.backend.counter(Backend.Counter.SYSCALLS);
            ring.enter(1, 0);
            ring.enter(0, FOREVER);
            ring.enter(1, 1);
            assertThat(ring.backend.counter(Backend.Counter.SYSCALLS) - calls).isLessThanOrEqualTo(4);
            assertThat(ring.backend.counter(Backend.Counter.CROSSINGS)).isZero();
        }
    }

    @Test
    void aWakeupBeforeTheWaitEndsTheNextOneOnce() throws Exception {
        try (RawRing ring = new RawRing()) {
            ring.backend.wakeup();
            ring.backend.wakeup();
            ring.enter(0, 0);
            ring.enter(1, FOREVER);
            assertThat(ring.backend.counter(Backend.Counter.WAKEUPS)).isEqualTo(1);
            long start = System.nanoTime();
            ring.enter(1, TimeUnit.MILLISECONDS.toNanos(20));
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Test
    void wakeupsInEveryTurnDoNotKeepSocketsWaiting() throws Exception {
        try (RawRing ring = new RawRing()) {
            int[] pair = ring.connection();
            ring.entry(OP_RECV, pair[1], 1).address(ring.address(0)).length(10);
            ring.expectNothing();
            ring.entry(OP_SEND, pair[0], 2).address(ring.address(0)).length(10);
            List<Completion> all = new ArrayList<>();
            for (int turn = 0; turn < 10; turn++) {
                ring.backend.wakeup();
                ring.enter(1, FOREVER);
                all.addAll(ring.drain());
            }
            assertThat(all).contains(new Completion(1, 10, 0));
        }
    }

    @Test
    void wakeupsFromOtherThreadsAreNeverLost() throws Exception {
        int rounds = 20_000;
        int wakers = 3;
        AtomicInteger[] posted = new AtomicInteger[wakers];
        AtomicInteger[] seen = new AtomicInteger[wakers];
        List<Thread> threads = new ArrayList<>();
        try (RawRing ring = new RawRing()) {
            int[] pair = ring.connection();
            for (int i = 0; i < wakers; i++) {
                AtomicInteger mine = posted[i] = new AtomicInteger();
                AtomicInteger answer = seen[i] = new AtomicInteger();
                threads.add(new Thread(() -> {
                    for (int round = 1; round <= rounds; round++) {
                        mine.set(round);
                        ring.backend.wakeup();
                        while (answer.get() < round && !Thread.currentThread().isInterrupted()) {
                            Thread.onSpinWait();
                        }
                    }
                }));
            }
            threads.forEach(Thread::start);
            long end = System.nanoTime() + 2 * RawRing.DEADLINE_NANOS;
            boolean done = false;
            for (int turn = 0; !done; turn++) {
                // A wake-up that is lost leaves this waiting for all of the timeout.
                long start = System.nanoTime();
                if (turn % 7 == 0) {
                    ring.entry(OP_POLL_ADD, pair[0], 1).operationFlags(POLLOUT);
                    ring.enter(0, 0);
                    ring.drain();
                }
                ring.enter(1, RawRing.DEADLINE_NANOS);
                ring.drain();
                assertThat(System.nanoTime() - start).isLessThan(RawRing.DEADLINE_NANOS / 2);
                assertThat(System.nanoTime()).isLessThan(end);
                done = true;
                for (int i = 0; i < wakers; i++) {
                    seen[i].set(posted[i].get());
                    done &= seen[i].get() == rounds;
                }
            }
            for (Thread thread : threads) {
                thread.join();
            }
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }

    @Test
    void wakeupIsHarmlessDuringAndAfterClose() throws Exception {
        for (int i = 0; i < 200; i++) {
            RawRing ring = new RawRing(2, 4);
            CyclicBarrier start = new CyclicBarrier(2);
            List<Throwable> failures = new ArrayList<>();
            Thread waker = new Thread(() -> {
                try {
                    start.await();
                    for (int n = 0; n < 100; n++) {
                        ring.backend.wakeup();
                    }
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            });
            waker.start();
            start.await();
            ring.enter(0, 0);
            ring.close();
            waker.join();
            ring.backend.wakeup();
            assertThat(failures).isEmpty();
            assertThat(ring.backend.enter(0, 0, 0)).isNegative();
        }
    }

    @Test
    void anInterruptedThreadStillWaits() throws Exception {
        try (RawRing ring = new RawRing()) {
            Thread.currentThread().interrupt();
            long start = System.nanoTime();
            ring.enter(1, TimeUnit.MILLISECONDS.toNanos(20));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
            assertThat(ring.backend.counter(Backend.Counter.SYSCALLS)).isLessThan(5);
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void onlyTheOwnerEnters() throws Exception {
        Backend backend = new NioBackendProvider().open(new BackendConfig(4, 8));
        assertThat(backend.enter(0, 0, 0)).isEqualTo(-LinuxErrno.EBADFD);
        assertThat(backend.enable()).isZero();
        int[] result = new int[1];
        Thread stranger = new Thread(() -> result[0] = backend.enter(0, 0, 0));
        stranger.start();
        stranger.join();
        assertThat(result[0]).isEqualTo(-LinuxErrno.EEXIST);
        backend.close();
    }
}
