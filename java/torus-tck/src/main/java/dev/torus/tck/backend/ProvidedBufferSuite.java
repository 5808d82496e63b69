package dev.torus.tck.backend;

import static dev.torus.tck.ring.Linux.ENOBUFS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.ProvidedBuffers;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rule 11 and the buffer ring: a receive takes a buffer when data is there, and -ENOBUFS loses none. */
public abstract class ProvidedBufferSuite {
    @BackendTest(operations = "RECV with provided buffer")
    void B11_aReceiveTakesABufferWhenDataIsThere(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(7, 4, 128);
        long recv = lab.ops().recvSelect(peer.fd(), buffers);
        ring.enter(0, 0);
        peer.write("provided");
        Cqe cqe = ring.await(recv);

        assertThat(cqe.result()).isEqualTo(8);
        assertThat(cqe.hasBuffer()).isTrue();
        assertThat(buffers.copy(cqe.bufferId(), 8)).asString().isEqualTo("provided");
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_idleConnectionsLendNoBuffer(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(64);
        ProvidedBuffers buffers = ring.buffers(1, 2, 64);
        List<Net.Peer> peers = new ArrayList<>();
        List<Long> recvs = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            peers.add(lab.net().peer(listener));
            recvs.add(lab.ops().recvSelect(peers.get(i).fd(), buffers));
        }
        ring.enter(0, 0);
        for (int i = 49; i >= 0; i--) {
            peers.get(i).write("b");
            Cqe cqe = ring.await(recvs.get(i));
            assertThat(cqe.result()).isOne();
            buffers.recycle(cqe.bufferId());
        }
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_noBufferIsEnobufsAndTheDataStays(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 2, 64, false);
        peer.write("patient");
        Cqe refused = ring.await(lab.ops().recvSelect(peer.fd(), buffers));
        assertThat(refused.result()).isEqualTo(-ENOBUFS);
        assertThat(refused.hasBuffer()).isFalse();

        buffers.recycle(1);
        Cqe cqe = ring.await(lab.ops().recvSelect(peer.fd(), buffers));
        assertThat(cqe.result()).isEqualTo(7);
        assertThat(cqe.bufferId()).isOne();
        assertThat(buffers.copy(1, 7)).asString().isEqualTo("patient");
    }

    @BackendTest(operations = "RECV multishot")
    void B11_aMultishotEndsWithEnobufsAndGoesOnAfterRecyclingWithoutLoss(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 4, 100);
        byte[] data = new byte[10_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = Region.pattern(i, 8);
        }
        peer.write(data);
        int received = 0;
        int starved = 0;
        List<Integer> held = new ArrayList<>();
        long recv = lab.ops().recvMultishot(peer.fd(), buffers);
        while (received < data.length) {
            Cqe cqe = ring.next(recv);
            if (cqe.result() > 0) {
                for (byte b : buffers.copy(cqe.bufferId(), cqe.result())) {
                    assertThat(b).isEqualTo(Region.pattern(received++, 8));
                }
                held.add(cqe.bufferId());
            } else {
                assertThat(cqe.result()).isEqualTo(-ENOBUFS);
                assertThat(cqe.more()).isFalse();
                starved++;
            }
            if (!cqe.more() && received < data.length) {
                held.forEach(buffers::recycle);
                held.clear();
                recv = lab.ops().recvMultishot(peer.fd(), buffers);
            }
        }
        assertThat(starved).as("four buffers at a time for a hundred").isPositive();
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_buffersAreUsedOnceUntilRecycled(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 8, 16);
        for (int round = 0; round < 20; round++) {
            Set<Integer> ids = new HashSet<>();
            for (int i = 0; i < 8; i++) {
                peer.write("z");
                assertThat(ids.add(ring.await(lab.ops().recvSelect(peer.fd(), buffers))
                                .bufferId()))
                        .isTrue();
            }
            ids.forEach(buffers::recycle);
        }
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_theTailWrapsAroundManyTimes(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 2, 16);
        // more than 65536 would take long; the ring of two entries wraps a thousand times
        for (int i = 0; i < 2000; i++) {
            peer.write(new byte[] {(byte) i});
            Cqe cqe = ring.await(lab.ops().recvSelect(peer.fd(), buffers));
            assertThat(buffers.copy(cqe.bufferId(), 1)[0]).isEqualTo((byte) i);
            buffers.recycle(cqe.bufferId());
        }
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_twoGroupsAreNotMixed(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers small = ring.buffers(1, 2, 16);
        ProvidedBuffers big = ring.buffers(2, 2, 4096);
        peer.write(new byte[1000]);
        assertThat(ring.await(lab.ops().recvSelect(peer.fd(), small)).result()).isEqualTo(16);
        assertThat(ring.await(lab.ops().recvSelect(peer.fd(), big)).result()).isEqualTo(984);
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_anUnknownGroupIsAnErrorAndTheDataStays(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers gone = ring.buffers(9, 2, 16);
        gone.close();
        peer.write("stay");
        assertThat(ring.await(lab.ops().recvSelect(peer.fd(), gone)).result()).isEqualTo(-ENOBUFS);

        Region memory = ring.region(16);
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 0, 16))).isEqualTo(4);
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_aGroupNumberCanBeUsedAgain(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        for (int i = 0; i < 10; i++) {
            ProvidedBuffers buffers = ring.buffers(RingAbi.FIRST_BUFFER_GROUP, 2, 16);
            peer.write("q");
            assertThat(ring.await(lab.ops().recvSelect(peer.fd(), buffers)).result())
                    .isOne();
            buffers.close();
        }
    }

    @BackendTest(operations = "RECV with provided buffer")
    void B11_endOfStreamTakesNoBuffer(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 1, 16);
        long recv = lab.ops().recvSelect(peer.fd(), buffers);
        ring.enter(0, 0);
        peer.close();
        Cqe cqe = ring.await(recv);

        assertThat(cqe.result()).isZero();
        if (cqe.hasBuffer()) {
            buffers.recycle(cqe.bufferId()); // lent with the 0: allowed, as long as it is said
        }
        Net.Peer next = lab.net().peer();
        next.write("w");
        assertThat(ring.await(lab.ops().recvSelect(next.fd(), buffers)).result())
                .isOne();
    }
}
