package dev.torus.tck.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.Backend;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import dev.torus.tck.ring.SockAddr;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Rule 13: wakeup() from any thread at any time, never lost, cheap, harmless after close. */
public abstract class WakeupSuite {
    private static final int ROUNDS = Integer.getInteger("torus.tck.races", 300);

    @BackendTest
    void B13_aWakeupBeforeEnterIsNotLost(Lab lab) {
        RingDriver ring = lab.ring();
        for (int i = 0; i < 50; i++) {
            settle(ring);
            ring.backend().wakeup();
            ring.enter(1, -1);
        }
    }

    @BackendTest
    void B13_aWakeupFromAnotherThreadEndsAnEndlessWait(Lab lab) throws Exception {
        RingDriver ring = lab.ring();
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("waker", () -> {
            for (int i = 0; i < ROUNDS; i++) {
                start.await();
                ring.backend().wakeup();
            }
            return null;
        });
        for (int i = 0; i < ROUNDS; i++) {
            settle(ring);
            start.await();
            ring.enter(1, -1);
        }
    }

    @BackendTest
    void B13_aWakeupWhileParkedEndsTheWait(Lab lab) {
        RingDriver ring = lab.ring();
        Thread owner = Thread.currentThread();
        for (int i = 0; i < 20; i++) {
            settle(ring);
            AtomicBoolean parked = new AtomicBoolean();
            Future<?> waker = lab.thread("waker", () -> {
                while (!parked.get()) {
                    Thread.onSpinWait();
                }
                // native code is RUNNABLE to Java; give it some time slices to reach the wait. Either order must work
                for (int spin = 0; spin < 1000 && owner.isAlive(); spin++) {
                    Thread.yield();
                }
                ring.backend().wakeup();
                return null;
            });
            parked.set(true);
            ring.enter(1, -1);
            Lab.join(waker);
        }
    }

    @BackendTest
    void B13_manyWakeupsAreOne(Lab lab) {
        RingDriver ring = lab.ring();
        settle(ring);
        long before = lab.counter(Backend.Counter.WAKEUPS);
        for (int i = 0; i < 1000; i++) {
            ring.backend().wakeup();
        }
        ring.enter(1, -1);
        settle(ring);
        assertThat(lab.counter(Backend.Counter.WAKEUPS) - before)
                .as("system calls")
                .isLessThanOrEqualTo(1000);

        int early = -1;
        long waited;
        do {
            long start = System.nanoTime();
            ring.enter(1, 20_000_000);
            waited = System.nanoTime() - start;
            early++;
        } while (waited < 20_000_000);
        assertThat(early).as("waits cut short by leftovers").isLessThanOrEqualTo(2);
    }

    @BackendTest
    void B13_manyThreadsWakeWhileDataFlows(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(64);
        AtomicBoolean stop = new AtomicBoolean();
        lab.own(() -> stop.set(true));
        for (int t = 0; t < 4; t++) {
            lab.thread("waker-" + t, () -> {
                while (!stop.get()) {
                    ring.backend().wakeup();
                    Thread.onSpinWait();
                }
                return null;
            });
        }
        try {
            for (int i = 0; i < 500; i++) {
                long recv = lab.ops().recv(peer.fd(), memory, 0, 64);
                ring.enter(0, 0);
                peer.write("d");
                assertThat(ring.result(recv)).isOne();
            }
        } finally {
            stop.set(true);
        }
    }

    @BackendTest
    void B13_everyWakeupIsFollowedByAReturn(Lab lab) {
        RingDriver ring = lab.ring();
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        int total = 2000;
        lab.thread("ping-pong", () -> {
            for (int i = 1; i <= total; i++) {
                asked.set(i);
                ring.backend().wakeup();
                while (seen.get() < i) {
                    Thread.onSpinWait();
                }
            }
            return null;
        });
        while (seen.get() < total) {
            ring.enter(1, -1);
            seen.set(asked.get());
        }
    }

    @BackendTest
    void B13_isHarmlessAfterClose(Lab lab) {
        for (int i = 0; i < 20; i++) {
            RingDriver ring = lab.ring(8, 16);
            Backend backend = ring.backend();
            ring.close();
            backend.wakeup();
            backend.wakeup();
        }
    }

    @BackendTest
    void B13_racingWithCloseIsHarmless(Lab lab) throws Exception {
        int rounds = Math.min(ROUNDS, 300);
        CyclicBarrier start = new CyclicBarrier(3);
        Backend[] current = new Backend[1];
        for (int t = 0; t < 2; t++) {
            lab.thread("waker-" + t, () -> {
                for (int i = 0; i < rounds; i++) {
                    start.await();
                    Backend backend = current[0];
                    for (int w = 0; w < 50; w++) {
                        backend.wakeup();
                    }
                    start.await();
                }
                return null;
            });
        }
        for (int i = 0; i < rounds; i++) {
            try (RingDriver ring = new RingDriver(lab.provider(), 8, 16)) {
                current[0] = ring.backend();
                start.await();
            }
            start.await();
        }
    }

    @BackendTest
    void B13_afterCloseItDoesNotWriteIntoSomebodyElsesDescriptor(Lab lab) throws Exception {
        RingDriver ring = lab.ring(8, 16);
        Backend backend = ring.backend();
        ring.close();
        // take over every descriptor number that the backend had
        List<SocketChannel> channels = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(SockAddr.loopback(0))) {
            for (int i = 0; i < 16; i++) {
                channels.add(SocketChannel.open(server.getLocalAddress()));
                channels.add(server.accept());
            }
            for (int i = 0; i < 100; i++) {
                backend.wakeup();
            }
            for (SocketChannel channel : channels) {
                channel.configureBlocking(false);
                assertThat(channel.read(ByteBuffer.allocate(64)))
                        .as("bytes from nowhere")
                        .isZero();
            }
        } finally {
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }

    /** Takes leftovers of earlier wake-ups, so that the next wait is a real one. */
    private static void settle(RingDriver ring) {
        int idle = 0;
        while (idle < 2) {
            int before = ring.wakeups();
            ring.enter(0, 0);
            idle = ring.wakeups() == before ? idle + 1 : 0;
        }
    }
}
