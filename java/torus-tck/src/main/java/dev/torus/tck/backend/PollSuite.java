package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.POLLERR;
import static dev.torus.kernel.spi.RingAbi.POLLHUP;
import static dev.torus.kernel.spi.RingAbi.POLLIN;
import static dev.torus.kernel.spi.RingAbi.POLLOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;

/** POLL_ADD: one answer with the bits that hold. */
public abstract class PollSuite {
    @BackendTest(operations = "POLL_ADD")
    void B00_pollForWritingAnswersAtOnceOnAFreshConnection(Lab lab) {
        int mask = lab.ring().result(lab.ops().poll(lab.net().peer().fd(), POLLOUT));

        assertThat(mask & POLLOUT).as(Linux.result(mask)).isEqualTo(POLLOUT);
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollForReadingAnswersWhenDataIsThere(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        peer.write("x");
        int mask = ring.result(lab.ops().poll(peer.fd(), POLLIN));

        assertThat(mask & POLLIN).as(Linux.result(mask)).isEqualTo(POLLIN);
        // polling takes nothing and can be repeated: readiness is a level
        assertThat(ring.result(lab.ops().poll(peer.fd(), POLLIN)) & POLLIN).isEqualTo(POLLIN);
        assertThat(ring.result(lab.ops().recv(peer.fd(), ring.region(8), 0, 8))).isOne();
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollForReadingWaitsForData(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        for (int i = 0; i < 20; i++) {
            long poll = lab.ops().poll(peer.fd(), POLLIN);
            ring.enter(0, 0);
            assertThat(ring.isPending(poll)).as("round %d", i).isTrue();
            peer.write("x");
            assertThat(ring.result(poll) & POLLIN).isEqualTo(POLLIN);
            assertThat(ring.result(lab.ops().recv(peer.fd(), ring.region(8), 0, 8)))
                    .isOne();
        }
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollForReadingSeesTheEndOfTheStream(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long poll = lab.ops().poll(peer.fd(), POLLIN);
        ring.enter(0, 0);
        peer.close();

        int mask = ring.result(poll);
        assertThat(mask & (POLLIN | POLLHUP)).as(Linux.result(mask)).isNotZero();
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollSeesAReset(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long poll = lab.ops().poll(peer.fd(), POLLIN);
        ring.enter(0, 0);
        peer.reset();

        int mask = ring.result(poll);
        assertThat(mask).as(Linux.result(mask)).isPositive();
        assertThat(mask & (POLLIN | POLLHUP | POLLERR)).isNotZero();
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollForReadingOnAListenerSeesAConnection(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(4);
        long poll = lab.ops().poll(listener, POLLIN);
        ring.enter(0, 0);
        assertThat(ring.isPending(poll)).isTrue();
        lab.net().channel(lab.net().port(listener));

        assertThat(ring.result(poll) & POLLIN).isEqualTo(POLLIN);
        ring.own(ring.result(lab.ops().accept(listener)));
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollForWritingWaitsUntilThereIsRoom(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        int size = 16 << 20;
        Region memory = ring.region(size);
        long send = lab.ops().send(peer.fd(), memory, 0, size);
        for (int i = 0; i < 20; i++) {
            ring.enter(0, 0);
        }
        long cancel = lab.ops().cancel(send);
        int sent = ring.result(send);
        ring.await(cancel);
        long poll = lab.ops().poll(peer.fd(), POLLOUT);
        ring.enter(0, 0);
        assertThat(ring.isPending(poll)).isTrue();
        lab.thread("reader", () -> peer.read(sent));

        assertThat(ring.result(poll) & POLLOUT).isEqualTo(POLLOUT);
    }

    @BackendTest(operations = "POLL_ADD")
    void B00_pollOnADatagramSocket(Lab lab) {
        RingDriver ring = lab.ring();
        int mask = ring.result(lab.ops().poll(lab.net().udp(), POLLOUT));

        assertThat(mask & POLLOUT).isEqualTo(POLLOUT);
    }
}
