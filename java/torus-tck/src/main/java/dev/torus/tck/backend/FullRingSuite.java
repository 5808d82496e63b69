package dev.torus.tck.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.ProvidedBuffers;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.util.ArrayList;
import java.util.List;

/** Rule 8: a full completion ring loses nothing; what does not fit is held and delivered by the next enter. */
public abstract class FullRingSuite {
    private static final int SUBMISSIONS = 8;
    private static final int COMPLETIONS = 16;

    @BackendTest
    void B08_fullCompletionRingLosesNothingOfImmediateOperations(Lab lab) {
        RingDriver ring = lab.smallRing(SUBMISSIONS, COMPLETIONS);
        List<Long> nops = new ArrayList<>();
        // never reaps, so the ring fills; -EBUSY or an entry left over is the backend's right to say so
        for (int round = 0; round < 20; round++) {
            while (ring.queued() < SUBMISSIONS) {
                nops.add(lab.ops().nop());
            }
            if (ring.enterOnly(0, 0) < SUBMISSIONS && ring.completionsInRing() >= COMPLETIONS) {
                break;
            }
        }
        assertThat(ring.completionsInRing()).isLessThanOrEqualTo(ring.rings().cqEntries());

        ring.awaitAll(nops).forEach(cqe -> assertThat(cqe.result()).isZero());
        assertThat(ring.result(lab.ops().nop())).isZero();
    }

    @BackendTest
    void B08_fullCompletionRingLosesNothingOfReceives(Lab lab) {
        RingDriver ring = lab.smallRing(SUBMISSIONS, COMPLETIONS);
        int connections = 60;
        List<Net.Peer> peers = new ArrayList<>();
        List<Long> recvs = new ArrayList<>();
        Region memory = ring.region(connections);
        int listener = lab.net().listener(connections);
        for (int i = 0; i < connections; i++) {
            peers.add(lab.net().peer(listener));
        }
        for (int i = 0; i < connections; i++) {
            recvs.add(lab.ops().recv(peers.get(i).fd(), memory, i, 1));
            ring.enter(0, 0);
        }
        for (int i = 0; i < connections; i++) {
            peers.get(i).write(new byte[] {(byte) (i + 1)});
        }
        for (int i = 0; i < 10; i++) {
            ring.enterOnly(0, 0);
            assertThat(ring.completionsInRing())
                    .isLessThanOrEqualTo(ring.rings().cqEntries());
        }
        ring.awaitAll(recvs).forEach(cqe -> assertThat(cqe.result()).isOne());
        for (int i = 0; i < connections; i++) {
            assertThat(memory.bytes().get(i)).isEqualTo((byte) (i + 1));
        }
    }

    @BackendTest(operations = "RECV multishot")
    void B08_fullCompletionRingLosesNothingOfAMultishotReceive(Lab lab) {
        RingDriver ring = lab.smallRing(SUBMISSIONS, COMPLETIONS);
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 128, 8);
        byte[] data = new byte[1024];
        for (int i = 0; i < data.length; i++) {
            data[i] = Region.pattern(i, 2);
        }
        long recv = lab.ops().recvMultishot(peer.fd(), buffers);
        ring.enter(0, 0);
        peer.write(data);
        for (int i = 0; i < 10; i++) {
            ring.enterOnly(0, 0);
        }
        int received = 0;
        while (received < data.length) {
            Cqe cqe = ring.next(recv);
            if (cqe.result() > 0) {
                for (byte b : buffers.copy(cqe.bufferId(), cqe.result())) {
                    assertThat(b).isEqualTo(Region.pattern(received++, 2));
                }
                buffers.recycle(cqe.bufferId());
            } else {
                assertThat(cqe.result()).as(Linux.result(cqe.result())).isEqualTo(-Linux.ENOBUFS);
            }
            if (!cqe.more() && received < data.length) {
                recv = lab.ops().recvMultishot(peer.fd(), buffers);
            }
        }
    }

    @BackendTest(operations = "ACCEPT multishot")
    void B08_fullCompletionRingLosesNoConnectionOfAMultishotAccept(Lab lab) {
        RingDriver ring = lab.smallRing(SUBMISSIONS, COMPLETIONS);
        int connections = 60;
        int listener = lab.net().listener(128);
        long accept = lab.ops().acceptMultishot(listener);
        ring.enter(0, 0);
        for (int i = 0; i < connections; i++) {
            lab.net().channel(lab.net().port(listener));
        }
        for (int i = 0; i < 10; i++) {
            ring.enterOnly(0, 0);
        }
        for (int accepted = 0; accepted < connections; accepted++) {
            Cqe cqe = ring.next(accept);
            ring.own(cqe.result());
            if (!cqe.more()) {
                accept = lab.ops().acceptMultishot(listener);
            }
        }
    }

    @BackendTest
    void B08_aWakeupIsNoticedWhileTheCompletionRingIsFull(Lab lab) {
        RingDriver ring = lab.smallRing(SUBMISSIONS, COMPLETIONS);
        List<Long> nops = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            while (ring.queued() < SUBMISSIONS) {
                nops.add(lab.ops().nop());
            }
            ring.enterOnly(0, 0);
        }
        ring.backend().wakeup();
        ring.enterOnly(1, RingDriver.PATIENCE_NANOS);
        ring.awaitAll(nops).forEach(cqe -> assertThat(cqe.result()).isZero());
    }
}
