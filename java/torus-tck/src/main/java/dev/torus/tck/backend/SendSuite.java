package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.SHUT_WR;
import static dev.torus.tck.ring.Linux.ECANCELED;
import static dev.torus.tck.ring.Linux.ECONNRESET;
import static dev.torus.tck.ring.Linux.ENOTCONN;
import static dev.torus.tck.ring.Linux.EPIPE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Ops;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

/** Rules 3 and 10: a send ends when all is sent, or says how much went; a peer that has gone is an errno, never a signal. */
public abstract class SendSuite {
    private static final int BIG = 16 << 20;

    @BackendTest(operations = "SEND")
    void B03_aSmallSendArrives(Lab lab) {
        Net.Peer peer = lab.net().peer();
        Region memory = lab.ring().region(64).put(0, "hello torus");

        assertThat(lab.ring().result(lab.ops().send(peer.fd(), memory, 6, 5))).isEqualTo(5);
        assertThat(peer.read(5)).asString().isEqualTo("torus");
    }

    @BackendTest(operations = "SEND")
    void B03_aBigSendToASlowReaderCompletesOnceWithAllOfIt(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(BIG).fillPattern(3);
        long send = lab.ops().send(peer.fd(), memory, 0, BIG);
        CountDownLatch stuck = new CountDownLatch(1);
        Future<Long> wrong = lab.thread("slow reader", () -> {
            stuck.await();
            return firstDifference(peer, BIG, 3);
        });
        for (int i = 0; i < 20; i++) {
            ring.enter(0, 0);
        }
        assertThat(ring.isPending(send))
                .as("the socket's buffers hold less than 16 MiB")
                .isTrue();
        stuck.countDown();

        assertThat(ring.result(send)).isEqualTo(BIG);
        assertThat(Lab.join(wrong)).as("index of the first wrong byte").isEqualTo(-1);
    }

    @BackendTest(operations = "SEND")
    void B03_twoBigSendsInOppositeDirectionsDoNotBlockEachOther(Lab lab) {
        RingDriver ring = lab.ring();
        int[] pair = lab.net().tcpPair();
        int size = 4 << 20;
        Region out = ring.region(size).fillPattern(9);
        Region in = ring.region(2 * 65536);
        long[] sends = {lab.ops().send(pair[0], out, 0, size), lab.ops().send(pair[1], out, 0, size)};
        long[] received = new long[2];
        long[] recv = {0, 0};
        for (int side = 0; side < 2; side++) {
            recv[side] = lab.ops().recv(pair[side], in, side * 65536, 65536);
        }
        while (received[0] < size || received[1] < size) {
            for (int side = 0; side < 2; side++) {
                if (received[side] == size) {
                    continue;
                }
                int got = ring.result(recv[side]);
                assertThat(got).as(Linux.result(got)).isPositive();
                assertThat(in.bytes().get(side * 65536)).isEqualTo(Region.pattern(received[side], 9));
                received[side] += got;
                if (received[side] < size) {
                    recv[side] = lab.ops().recv(pair[side], in, side * 65536, 65536);
                }
            }
        }
        assertThat(ring.result(sends[0])).isEqualTo(size);
        assertThat(ring.result(sends[1])).isEqualTo(size);
    }

    @BackendTest(operations = {"SEND", "ASYNC_CANCEL"})
    void B03_aCancelledSendSaysHowMuchWent(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(BIG).fillPattern(5);
        long send = lab.ops().send(peer.fd(), memory, 0, BIG);
        for (int i = 0; i < 20; i++) {
            ring.enter(0, 0);
        }
        long cancel = lab.ops().cancel(send);
        int sent = ring.result(send);
        ring.await(cancel);
        assertThat(sent == -ECANCELED || sent > 0 && sent < BIG)
                .as(Linux.result(sent))
                .isTrue();
        ring.result(lab.ops().shutdown(peer.fd(), SHUT_WR));

        byte[] arrived = peer.read(BIG);
        assertThat(arrived).as("what the peer got is what the result said").hasSize(Math.max(sent, 0));
        for (int i = 0; i < arrived.length; i += 997) {
            assertThat(arrived[i]).isEqualTo(Region.pattern(i, 5));
        }
    }

    @BackendTest(operations = "SENDMSG")
    void B03_aBigSendmsgOfSeveralPiecesIsSentWhole(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        int half = 3 << 20;
        Region memory = ring.region(2 * half).fillPattern(1);
        Region header = ring.region(128);
        long msg = Ops.msghdr(header, 0, 0, 0, memory.at(0), half);
        header.bytes().putLong(24, 2); // two pieces, the second one behind the first iovec
        header.bytes().putLong(72, memory.at(half)).putLong(80, half);
        long send = lab.ops().sendmsg(peer.fd(), msg);
        Future<Long> wrong = lab.thread("reader", () -> firstDifference(peer, 2 * half, 1));

        assertThat(ring.result(send)).isEqualTo(2 * half);
        assertThat(Lab.join(wrong)).isEqualTo(-1);
    }

    @BackendTest(operations = "SEND")
    void B10_sendingToAPeerThatResetIsAnErrorAndNoSignal(Lab lab) {
        lab.differsUnderWine("nio", Lab.WINE_RECV_AFTER_RESET);
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(4096);
        long recv = lab.ops().recv(peer.fd(), memory, 0, 10);
        ring.enter(0, 0);
        peer.reset();
        assertThat(ring.result(recv)).isEqualTo(-ECONNRESET);

        for (int i = 0; i < 3; i++) {
            int sent = ring.result(lab.ops().send(peer.fd(), memory, 0, 4096));
            assertThat(sent).as(Linux.result(sent)).isIn(-EPIPE, -ECONNRESET);
        }
    }

    @BackendTest(operations = {"SEND", "SHUTDOWN"})
    void B10_sendingAfterShutdownOfTheWriteSideIsEpipe(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        assertThat(ring.result(lab.ops().shutdown(peer.fd(), SHUT_WR))).isZero();

        assertThat(ring.result(lab.ops().send(peer.fd(), ring.region(16), 0, 16)))
                .isEqualTo(-EPIPE);
    }

    @BackendTest(operations = "SEND")
    void B10_aStuckSendEndsWhenThePeerResets(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long send = lab.ops().send(peer.fd(), ring.region(BIG), 0, BIG);
        for (int i = 0; i < 20; i++) {
            ring.enter(0, 0);
        }
        peer.reset();

        int sent = ring.result(send);
        assertThat(sent > 0 && sent < BIG || sent == -ECONNRESET || sent == -EPIPE)
                .as(Linux.result(sent))
                .isTrue();
        int after = ring.result(lab.ops().send(peer.fd(), ring.region(16), 0, 16));
        assertThat(after).as(Linux.result(after)).isIn(-EPIPE, -ECONNRESET);
    }

    @BackendTest(operations = "SEND")
    void B10_sendingOnASocketThatIsNotConnectedIsAnError(Lab lab) {
        int sent = lab.ring().result(lab.ops().send(lab.net().tcp(), lab.ring().region(16), 0, 16));

        assertThat(sent).as(Linux.result(sent)).isIn(-EPIPE, -ENOTCONN);
    }

    /** Reads {@code total} bytes of the pattern; the index of the first wrong or missing one, or -1. */
    private static long firstDifference(Net.Peer peer, int total, int seed) {
        long at = 0;
        while (at < total) {
            byte[] chunk = peer.read((int) Math.min(65536, total - at));
            for (byte b : chunk) {
                if (b != Region.pattern(at, seed)) {
                    return at;
                }
                at++;
            }
            if (chunk.length == 0) {
                return at;
            }
        }
        return -1;
    }
}
