package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.SHUT_RD;
import static dev.torus.tck.ring.Linux.ECONNRESET;
import static dev.torus.tck.ring.Linux.ENOTCONN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.ProvidedBuffers;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;

/** Rule 4: a receive ends as soon as there is something; 0 is the end of the stream and comes after all data. */
public abstract class ReceiveSuite {
    @BackendTest(operations = "RECV")
    void B04_dataThatIsThereIsReceivedAtOnce(Lab lab) {
        Net.Peer peer = lab.net().peer();
        peer.write("already here");
        Region memory = lab.ring().region(64);

        assertThat(lab.ring().result(lab.ops().recv(peer.fd(), memory, 0, 64))).isEqualTo(12);
        assertThat(memory.text(0, 12)).isEqualTo("already here");
    }

    @BackendTest(operations = "RECV")
    void B04_dataThatComesLaterEndsTheReceiveWithoutFillingIt(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(64);
        long recv = lab.ops().recv(peer.fd(), memory, 0, 64);
        ring.enter(0, 0);
        assertThat(ring.isPending(recv)).isTrue();
        peer.write("late");

        assertThat(ring.result(recv)).isEqualTo(4);
        assertThat(memory.text(0, 4)).isEqualTo("late");
    }

    @BackendTest(operations = "RECV")
    void B04_whatDoesNotFitStaysForTheNextReceive(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        peer.write("abcdefgh");
        Region memory = ring.region(64);
        // no new data comes between the receives: an edge-triggered backend must remember that there is more
        for (int i = 0; i < 4; i++) {
            assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 2 * i, 2))).isEqualTo(2);
        }
        assertThat(memory.text(0, 8)).isEqualTo("abcdefgh");
    }

    @BackendTest(operations = "RECV")
    void B04_endOfStreamComesAfterAllDataAndStays(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        int total = 200_000;
        byte[] data = new byte[total];
        for (int i = 0; i < total; i++) {
            data[i] = Region.pattern(i, 4);
        }
        peer.write(data);
        peer.close();
        Region memory = ring.region(1000);
        int received = 0;
        while (true) {
            int got = ring.result(lab.ops().recv(peer.fd(), memory, 0, 1000));
            assertThat(got).as(Linux.result(got)).isNotNegative();
            if (got == 0) {
                break;
            }
            assertThat(memory.bytes().get(got - 1)).isEqualTo(Region.pattern(received + got - 1, 4));
            received += got;
        }
        assertThat(received).isEqualTo(total);
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 0, 1000))).isZero();
    }

    @BackendTest(operations = "RECV")
    void B04_aPendingReceiveEndsWithZeroWhenThePeerCloses(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recv(peer.fd(), ring.region(64), 0, 64);
        ring.enter(0, 0);
        peer.close();

        assertThat(ring.result(recv)).isZero();
    }

    @BackendTest(operations = "RECV")
    void B04_bytesThatComeTogetherWithTheEndAreReceivedBeforeIt(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(64);
        long pending = lab.ops().recv(peer.fd(), memory, 0, 4);
        ring.enter(0, 0);
        // one edge for both (kqueue: EV_EOF with data), and more than the pending receive takes
        peer.write("0123456789");
        peer.close();

        assertThat(ring.result(pending)).isEqualTo(4);
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 4, 4))).isEqualTo(4);
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 8, 56))).isEqualTo(2);
        assertThat(memory.text(0, 10)).isEqualTo("0123456789");
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 0, 64))).isZero();
    }

    @BackendTest(operations = "RECV")
    void B04_aPendingReceiveEndsWithEconnresetWhenThePeerResets(Lab lab) {
        lab.differsUnderWine("nio", Lab.WINE_RECV_AFTER_RESET);
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recv(peer.fd(), ring.region(64), 0, 64);
        ring.enter(0, 0);
        peer.reset();

        assertThat(ring.result(recv)).isEqualTo(-ECONNRESET);
    }

    @BackendTest(operations = {"RECV", "SHUTDOWN"})
    void B04_shutdownOfTheReadSideEndsAPendingReceive(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recv(peer.fd(), ring.region(64), 0, 64);
        ring.enter(0, 0);

        assertThat(ring.result(lab.ops().shutdown(peer.fd(), SHUT_RD))).isZero();
        assertThat(ring.result(recv)).isZero();
    }

    @BackendTest(operations = "RECV")
    void B04_pollFirstReceivesWhatIsThere(Lab lab) {
        Net.Peer peer = lab.net().peer();
        peer.write("abc");
        Region memory = lab.ring().region(64);

        assertThat(lab.ring().result(lab.ops().recvPollFirst(peer.fd(), memory, 0, 64)))
                .isEqualTo(3);
    }

    @BackendTest(operations = "RECV")
    void B04_pollFirstReceivesWhatAnEarlierReceiveLeft(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        peer.write("abcd");
        Region memory = ring.region(64);
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 0, 2))).isEqualTo(2);

        // the edge has passed: waiting for the next one would wait for ever
        assertThat(ring.result(lab.ops().recvPollFirst(peer.fd(), memory, 0, 64)))
                .isEqualTo(2);
        assertThat(memory.text(0, 2)).isEqualTo("cd");
    }

    @BackendTest(operations = "RECV")
    void B04_pollFirstReceivesWhatComesLater(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recvPollFirst(peer.fd(), ring.region(64), 0, 64);
        ring.enter(0, 0);
        peer.write("xyz");

        assertThat(ring.result(recv)).isEqualTo(3);
    }

    @BackendTest(operations = "RECV")
    void B04_pollFirstSeesTheEndOfTheStream(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        peer.write("a");
        assertThat(ring.result(lab.ops().recv(peer.fd(), ring.region(64), 0, 64)))
                .isEqualTo(1);
        peer.close();

        assertThat(ring.result(lab.ops().recvPollFirst(peer.fd(), ring.region(64), 0, 64)))
                .isZero();
    }

    @BackendTest(operations = {"RECV", "SEND"})
    void B04_receivingAndSendingOnOneHandleDoNotDisturbEachOther(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region in = ring.region(64);
        Region out = ring.region(64).put(0, "out");
        for (int i = 0; i < 100; i++) {
            long recv = lab.ops().recv(peer.fd(), in, 0, 64);
            assertThat(ring.result(lab.ops().send(peer.fd(), out, 0, 3))).isEqualTo(3);
            assertThat(ring.isPending(recv)).isTrue();
            assertThat(peer.read(3)).asString().isEqualTo("out");
            peer.write("in" + i % 10);
            assertThat(ring.result(recv)).isEqualTo(3);
            assertThat(in.text(0, 3)).isEqualTo("in" + i % 10);
        }
    }

    @BackendTest(operations = "RECV")
    void B04_receivingOnASocketThatIsNotConnectedIsEnotconn(Lab lab) {
        int got = lab.ring().result(lab.ops().recv(lab.net().tcp(), lab.ring().region(16), 0, 16));

        assertThat(got).isEqualTo(-ENOTCONN);
    }

    @BackendTest(operations = "RECV multishot")
    void B04_aMultishotReceiveDeliversEverythingInOrderThenZero(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 16, 512);
        int total = 100_000;
        byte[] data = new byte[total];
        for (int i = 0; i < total; i++) {
            data[i] = Region.pattern(i, 6);
        }
        lab.thread("writer", () -> {
            peer.write(data);
            peer.close();
            return null;
        });
        long recv = lab.ops().recvMultishot(peer.fd(), buffers);
        int received = 0;
        while (true) {
            Cqe cqe = ring.next(recv);
            if (cqe.result() == 0) {
                assertThat(cqe.more()).isFalse();
                break;
            }
            if (cqe.result() > 0) {
                assertThat(cqe.hasBuffer()).isTrue();
                byte[] got = buffers.copy(cqe.bufferId(), cqe.result());
                for (byte b : got) {
                    assertThat(b).isEqualTo(Region.pattern(received++, 6));
                }
                buffers.recycle(cqe.bufferId());
            } else {
                assertThat(cqe.result()).as(Linux.result(cqe.result())).isEqualTo(-Linux.ENOBUFS);
            }
            if (!cqe.more()) {
                recv = lab.ops().recvMultishot(peer.fd(), buffers);
            }
        }
        assertThat(received).isEqualTo(total);
    }

    @BackendTest(operations = "RECV multishot")
    void B04_aMultishotReceiveStaysArmedBetweenMessages(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(3, 4, 64);
        long recv = lab.ops().recvMultishot(peer.fd(), buffers);
        for (int i = 0; i < 50; i++) {
            peer.write("m" + i % 10);
            Cqe cqe = ring.next(recv);
            assertThat(cqe.result()).isEqualTo(2);
            assertThat(buffers.copy(cqe.bufferId(), 2)).asString().isEqualTo("m" + i % 10);
            buffers.recycle(cqe.bufferId());
            if (!cqe.more()) {
                recv = lab.ops().recvMultishot(peer.fd(), buffers); // MORE may go at any time; then it is armed again
            }
        }
    }

    @BackendTest(operations = "RECV multishot")
    void B04_aMultishotReceiveEndsWithEconnresetWhenThePeerResets(Lab lab) {
        lab.differsUnderWine("nio", Lab.WINE_RECV_AFTER_RESET);
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recvMultishot(peer.fd(), ring.buffers(2, 4, 64));
        ring.enter(0, 0);
        peer.reset();
        Cqe cqe = ring.next(recv);

        assertThat(cqe.more()).isFalse();
        assertThat(cqe.hasBuffer()).isFalse();
        assertThat(cqe.result()).isEqualTo(-ECONNRESET);
    }
}
