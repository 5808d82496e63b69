package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.BufferLentException;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.util.Random;
import java.util.concurrent.Future;

/**
 * Sends that leave their buffer to the system ({@link KernelOptions#zeroCopyBytes()}): everything arrives in order, one completion
 * each, and the buffer stays lent until the system does not read it any more. Skipped where the ring has no SEND_ZC.
 */
public abstract class ZeroCopySuite {
    private static final int THRESHOLD = 4096;

    private static Rig rig(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(64).zeroCopyBytes(THRESHOLD));
        if (!rig.kernel().backend().supports(RingAbi.OP_SEND_ZC)) {
            Lab.skip("SEND_ZC is not an operation of this ring");
        }
        return rig;
    }

    private static byte[] fill(IoBuffer buffer, long seed) {
        byte[] content = new byte[buffer.capacity()];
        new Random(seed).nextBytes(content);
        buffer.bytes().put(0, content);
        return content;
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_aLargeSendArrivesWholeWithOneCompletion(Lab lab) {
        Rig rig = rig(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(3 << 20);
        byte[] content = fill(buffer, 1);
        Future<byte[]> peer = lab.thread("peer", () -> link.read(content.length));
        assertThat(rig.call(t -> rig.kernel().send(link.handle(), buffer, 0, content.length, t)))
                .isEqualTo(content.length);
        assertThat(Lab.join(peer)).isEqualTo(content);
        assertThat(buffer.isLent()).isFalse();
        assertThat(rig.kernel().stats().zeroCopySends()).isOne();
        assertThat(rig.kernel().stats().bytesOut()).isEqualTo(content.length);
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_smallSendsAreCopied(Lab lab) {
        Rig rig = rig(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(THRESHOLD);
        assertThat(rig.call(t -> rig.kernel().send(link.handle(), buffer, 0, THRESHOLD - 1, t)))
                .isEqualTo(THRESHOLD - 1);
        assertThat(rig.kernel().stats().zeroCopySends()).isZero();
        assertThat(rig.call(t -> rig.kernel().send(link.handle(), buffer, 0, THRESHOLD, t)))
                .isEqualTo(THRESHOLD);
        assertThat(rig.kernel().stats().zeroCopySends()).isOne();
        link.read(2 * THRESHOLD - 1);
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_copiedAndZeroCopySendsKeepTheirOrder(Lab lab) {
        Rig rig = rig(lab);
        Rig.Link link = rig.link();
        Random random = new Random(7);
        int sends = 60;
        long[] tokens = new long[sends];
        java.io.ByteArrayOutputStream expected = new java.io.ByteArrayOutputStream();
        for (int i = 0; i < sends; i++) {
            IoBuffer buffer = rig.kernel().allocate(8 * (1 + random.nextInt(4 * THRESHOLD / 8)));
            expected.writeBytes(fill(buffer, i));
            tokens[i] = rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, buffer.capacity(), t));
        }
        Future<byte[]> peer = lab.thread("peer", () -> link.read(expected.size()));
        for (long token : tokens) {
            assertThat(rig.result(token)).isPositive();
        }
        assertThat(Lab.join(peer)).isEqualTo(expected.toByteArray());
        assertThat(rig.kernel().stats().zeroCopySends()).isPositive();
        assertThat(rig.kernel().stats().lentBuffers()).isZero();
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_theBufferIsLentUntilThePeerHasTakenIt(Lab lab) {
        Rig rig = rig(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8 << 20);
        byte[] content = fill(buffer, 2);
        long send = rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, content.length, t));
        rig.turn(0);
        // more than the socket buffers hold: it cannot have gone
        assertThat(rig.isPending(send)).isTrue();
        assertThat(buffer.isLent()).isTrue();
        assertThatThrownBy(() -> rig.kernel().release(buffer)).isInstanceOf(BufferLentException.class);
        assertThatThrownBy(() -> rig.kernel().recv(link.handle(), buffer, 0, 8, 1))
                .isInstanceOf(BufferLentException.class);
        Future<byte[]> peer = lab.thread("peer", () -> link.read(content.length));
        assertThat(rig.result(send)).isEqualTo(content.length);
        assertThat(Lab.join(peer)).isEqualTo(content);
        rig.kernel().release(buffer);
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_aSendThatIsCancelledOrClosedEndsAndTheBufferComesHome(Lab lab) {
        Rig rig = rig(lab);
        for (boolean close : new boolean[] {false, true}) {
            Rig.Link link = rig.link();
            IoBuffer buffer = rig.kernel().allocate(8 << 20);
            long send = rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, buffer.capacity(), t));
            rig.turn(0);
            if (close) {
                assertThat(rig.call(t -> rig.kernel().close(link.handle(), t))).isZero();
                // the close is the last of the handle
                assertThat(rig.isPending(send)).isFalse();
            } else {
                rig.start(t -> rig.kernel().cancel(rig.operation(send), t));
            }
            // what was queued is still to be taken by the peer, or thrown away with its socket
            link.reset();
            long result = rig.result(send);
            assertThat(result == Errno.ECANCELED.result()
                            || result == Errno.EPIPE.result()
                            || result == Errno.ECONNRESET.result()
                            || result > 0 && result < buffer.capacity())
                    .as("result %d", result)
                    .isTrue();
            rig.turnUntil("the buffer comes home", () -> !buffer.isLent());
            rig.kernel().release(buffer);
        }
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_aPeerThatTakesNothingDoesNotHoldUpTheClose(Lab lab) {
        Rig rig = rig(lab);
        for (int round = 0; round < 20; round++) {
            Rig.Link link = rig.link();
            // fits into the socket buffers, so that it is queued as a whole; the peer does not read it
            IoBuffer buffer = rig.kernel().allocate(16 * 1024);
            byte[] content = fill(buffer, round);
            long send = rig.start(t -> rig.kernel().send(link.handle(), buffer, 0, content.length, t));
            for (int turn = round % 3; turn > 0; turn--) {
                rig.turn(0);
            }
            assertThat(rig.call(t -> rig.kernel().close(link.handle(), t))).isZero();
            long result = rig.result(send);
            assertThat(result == content.length || result == Errno.ECANCELED.result())
                    .as("result %d", result)
                    .isTrue();
            if (result == content.length) {
                assertThat(link.read(content.length)).isEqualTo(content);
            }
            link.close();
            rig.turnUntil("the buffer comes home", () -> !buffer.isLent());
        }
        assertThat(rig.kernel().pending()).isZero();
        assertThat(rig.kernel().stats().openHandles()).isZero();
    }

    @BackendTest(operations = "SEND_ZC")
    void K23_whereASocketCannotTheDataIsCopied(Lab lab) throws Exception {
        Rig rig = rig(lab);
        IoKernel kernel = rig.kernel();
        UnixDomainSocketAddress path =
                UnixDomainSocketAddress.of(lab.directory().resolve("s"));
        long listener = rig.socket(AddressFamily.UNIX, SocketType.STREAM);
        kernel.bind(listener, path);
        kernel.listen(listener, 1);
        long client = rig.socket(AddressFamily.UNIX, SocketType.STREAM);
        long accept = rig.start(t -> kernel.accept(listener, t));
        assertThat(rig.call(t -> kernel.connect(client, path, t))).isZero();
        long server = rig.result(accept);
        kernel.setOption(client, StandardSocketOptions.SO_SNDBUF, 256 * 1024);

        IoBuffer first = kernel.allocate(THRESHOLD);
        IoBuffer second = kernel.allocate(2 * THRESHOLD);
        byte[] one = fill(first, 1);
        byte[] two = fill(second, 2);
        long firstSend = rig.start(t -> kernel.send(client, first, 0, one.length, t));
        long secondSend = rig.start(t -> kernel.send(client, second, 0, two.length, t));
        IoBuffer in = kernel.allocate(one.length + two.length);
        int got = 0;
        while (got < in.capacity()) {
            int at = got;
            long result = rig.call(t -> kernel.recv(server, in, at, in.capacity() - at, t));
            assertThat(result).isPositive();
            got += (int) result;
        }
        assertThat(rig.result(firstSend)).isEqualTo(one.length);
        assertThat(rig.result(secondSend)).isEqualTo(two.length);
        byte[] arrived = new byte[in.capacity()];
        in.bytes().get(0, arrived);
        assertThat(arrived).startsWith(one).endsWith(two);
        assertThat(kernel.stats().zeroCopySends()).isZero();
    }
}
