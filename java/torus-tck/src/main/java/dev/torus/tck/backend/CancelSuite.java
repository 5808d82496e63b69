package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.POLLIN;
import static dev.torus.tck.ring.Linux.EALREADY;
import static dev.torus.tck.ring.Linux.ECANCELED;
import static dev.torus.tck.ring.Linux.EINPROGRESS;
import static dev.torus.tck.ring.Linux.ENOENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Ops;
import dev.torus.tck.ring.ProvidedBuffers;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import dev.torus.tck.ring.SockAddr;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;

/** Rule 6: a cancelled operation ends with -ECANCELED or with its real result if that was faster. */
public abstract class CancelSuite {
    private static final int RACES = Integer.getInteger("torus.tck.races", 300);

    @BackendTest(operations = "ASYNC_CANCEL")
    void B06_whatNobodyKnowsIsNotFound(Lab lab) {
        assertThat(lab.ring().result(lab.ops().cancel(0x7777_7777_7777L))).isEqualTo(-ENOENT);
    }

    @BackendTest(operations = "ASYNC_CANCEL")
    void B06_whatHasEndedIsNotFound(Lab lab) {
        long nop = lab.ops().nop();
        lab.ring().await(nop);

        assertThat(lab.ring().result(lab.ops().cancel(nop))).isEqualTo(-ENOENT);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV"})
    void B06_aPendingReceiveIsCancelledAndItsBufferUntouched(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(64);
        long recv = lab.ops().recv(peer.fd(), memory, 0, 64);
        ring.enter(0, 0);
        cancelled(lab, recv);

        peer.write("after");
        Region other = ring.region(64);
        assertThat(ring.result(lab.ops().recv(peer.fd(), other, 0, 64))).isEqualTo(5);
        assertThat(memory.copy(0, 64))
                .as("memory came home with the completion")
                .containsOnly(0);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV"})
    void B06_cancelInTheSameBatchAsItsTarget(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        long recv = lab.ops().recv(peer.fd(), ring.region(64), 0, 64);

        cancelled(lab, recv);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV"})
    void B06_cancelFindsItsTargetAmongMany(Lab lab) {
        RingDriver ring = lab.ring();
        List<Long> recvs = new ArrayList<>();
        List<Net.Peer> peers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Net.Peer peer = lab.net().peer();
            peers.add(peer);
            recvs.add(lab.ops().recv(peer.fd(), ring.region(8), 0, 8));
        }
        ring.enter(0, 0);
        for (int i = 0; i < 40; i += 2) {
            cancelled(lab, recvs.get(i));
        }
        for (int i = 1; i < 40; i += 2) {
            assertThat(ring.isPending(recvs.get(i))).isTrue();
            peers.get(i).write("x");
            assertThat(ring.result(recvs.get(i))).isOne();
        }
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "POLL_ADD"})
    void B06_aPendingPollIsCancelled(Lab lab) {
        Net.Peer peer = lab.net().peer();
        long poll = lab.ops().poll(peer.fd(), POLLIN);
        lab.ring().enter(0, 0);

        cancelled(lab, poll);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "ACCEPT"})
    void B06_aPendingAcceptIsCancelledAndTheNextOneWorks(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(8);
        long accept = lab.ops().accept(listener);
        ring.enter(0, 0);
        cancelled(lab, accept);

        lab.net().peer(listener);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECVMSG"})
    void B06_aPendingRecvmsgIsCancelled(Lab lab) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(512);
        long recv = lab.ops().recvmsg(lab.net().udp(), Ops.msghdr(memory, 0, memory.at(128), 128, memory.at(256), 256));
        ring.enter(0, 0);

        cancelled(lab, recv);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV multishot"})
    void B06_aMultishotReceiveIsCancelledAndGivesUpNoBuffer(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 4, 64);
        long recv = lab.ops().recvMultishot(peer.fd(), buffers);
        ring.enter(0, 0);
        long cancel = lab.ops().cancel(recv);
        Cqe last = ring.next(recv);
        assertThat(last.result()).isEqualTo(-ECANCELED);
        assertThat(last.hasBuffer()).isFalse();
        assertThat(ring.result(cancel)).isZero();

        // all four are still there
        long again = lab.ops().recvMultishot(peer.fd(), buffers);
        for (int i = 0; i < 4; i++) {
            peer.write("x");
            assertThat(ring.next(again).hasBuffer()).isTrue();
        }
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "CONNECT"})
    void B06_aPendingConnectIsCancelled(Lab lab) {
        RingDriver ring = lab.ring();
        Net net = lab.net();
        int listener = net.listener(0);
        Region memory = ring.region(128);
        // a listener whose backlog is full drops what comes further, so a connect stays pending
        List<Long> connects = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            connects.add(lab.ops().connect(net.tcp(), memory, 0, net.address(listener)));
            ring.enter(0, 0);
        }
        for (int i = 0; i < 20; i++) {
            ring.enter(1, 5_000_000);
        }
        List<Long> stuck = connects.stream().filter(ring::isPending).toList();
        if (stuck.isEmpty()) {
            Lab.skip("this system completes every connect to a full backlog");
        }
        for (long connect : stuck) {
            long cancel = lab.ops().cancel(connect);
            assertThat(ring.result(connect)).isEqualTo(-ECANCELED);
            assertThat(ring.result(cancel)).isZero();
        }
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV"})
    void B06_dataRacingWithCancelIsNeverLost(Lab lab) throws Exception {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(64);
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("writer", () -> {
            for (int i = 0; i < RACES; i++) {
                start.await();
                peer.write(new byte[] {(byte) i});
            }
            return null;
        });
        int won = 0;
        for (int i = 0; i < RACES; i++) {
            long recv = lab.ops().recv(peer.fd(), memory, 0, 64);
            ring.enter(0, 0);
            start.await();
            long cancel = lab.ops().cancel(recv);
            int got = ring.result(recv);
            checkRace(ring.result(cancel), got);
            if (got == -ECANCELED) {
                got = ring.result(lab.ops().recv(peer.fd(), memory, 0, 64));
            } else {
                won++;
            }
            assertThat(got).isOne();
            assertThat(memory.bytes().get(0)).isEqualTo((byte) i);
        }
        assertThat(won).isBetween(0, RACES);
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "ACCEPT"})
    void B06_anAcceptThatWinsAgainstCancelSaysSo(Lab lab) throws Exception {
        RingDriver ring = lab.ring();
        Net net = lab.net();
        int listener = net.listener(8);
        int port = net.port(listener);
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("connector", () -> {
            for (int i = 0; i < RACES; i++) {
                start.await();
                try (var channel = java.nio.channels.SocketChannel.open(SockAddr.loopback(port))) {
                    channel.finishConnect();
                }
            }
            return null;
        });
        for (int i = 0; i < RACES; i++) {
            long accept = lab.ops().accept(listener);
            ring.enter(0, 0);
            start.await();
            long cancel = lab.ops().cancel(accept);
            int fd = ring.result(accept);
            checkRace(ring.result(cancel), fd);
            if (fd == -ECANCELED) {
                fd = ring.result(lab.ops().accept(listener));
            }
            // one connection per round: none was taken and forgotten
            ring.closeNow(ring.own(fd));
        }
    }

    @BackendTest(operations = {"ASYNC_CANCEL", "RECV multishot"})
    void B06_aMultishotReceiveRacingWithCancelLosesNothing(Lab lab) throws Exception {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        ProvidedBuffers buffers = ring.buffers(1, 8, 64);
        CyclicBarrier start = new CyclicBarrier(2);
        lab.thread("writer", () -> {
            byte next = 0;
            for (int i = 0; i < RACES; i++) {
                start.await();
                peer.write(new byte[] {next++});
                peer.write(new byte[] {next++});
            }
            return null;
        });
        int received = 0;
        for (int i = 0; i < RACES; i++) {
            long recv = lab.ops().recvMultishot(peer.fd(), buffers);
            ring.enter(0, 0);
            start.await();
            long cancel = lab.ops().cancel(recv);
            Cqe cqe;
            do {
                cqe = ring.next(recv);
                received = check(buffers, cqe, received);
            } while (cqe.more());
            assertThat(cqe.result()).as(Linux.result(cqe.result())).isIn(-ECANCELED, 1, 2);
            ring.await(cancel);
            while (received < 2 * (i + 1)) {
                cqe = ring.await(lab.ops().recvSelect(peer.fd(), buffers));
                received = check(buffers, cqe, received);
            }
        }
    }

    private static int check(ProvidedBuffers buffers, Cqe cqe, int received) {
        if (cqe.result() <= 0) {
            return received;
        }
        int count = received;
        for (byte b : buffers.copy(cqe.bufferId(), cqe.result())) {
            assertThat(b).isEqualTo((byte) count++);
        }
        buffers.recycle(cqe.bufferId());
        return count;
    }

    private static void checkRace(int cancel, int target) {
        assertThat(cancel).as("cancel: " + Linux.result(cancel)).isIn(0, -ENOENT, -EALREADY);
        assertThat(target == -ECANCELED || target >= 0)
                .as("target: " + Linux.result(target))
                .isTrue();
        if (cancel == -ENOENT) {
            assertThat(target).as("not found means that it had ended by itself").isNotNegative();
        }
        assertThat(target).isNotEqualTo(-EINPROGRESS);
    }

    private static void cancelled(Lab lab, long target) {
        long cancel = lab.ops().cancel(target);
        assertThat(lab.ring().result(target)).isEqualTo(-ECANCELED);
        assertThat(lab.ring().result(cancel)).isZero();
    }
}
