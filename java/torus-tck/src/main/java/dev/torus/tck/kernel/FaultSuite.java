package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.OperationTimedOutException;
import dev.torus.kernel.TorusIoException;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Faults of peers and of other threads that an operation meets: each ends it once, and what comes after goes on. */
public abstract class FaultSuite {
    private static final int RACES = Integer.getInteger("torus.tck.races", 300);
    private static final long MILLI = 1_000_000;

    @BackendTest(operations = {"CONNECT", "deadline"})
    void K16_aConnectThatNobodyAnswersEndsAtItsDeadline(Lab lab) {
        Rig rig = Rig.of(lab);
        SocketAddress full = rig.address(rig.listener(0));
        List<Long> connects = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            long client = rig.tcp();
            connects.add(rig.start(t -> rig.kernel().connect(client, full, t, 20 * MILLI)));
        }
        List<Rig.Completion> late = new ArrayList<>();
        for (long connect : connects) {
            Rig.Completion end = rig.last(connect);
            if (end.result() != 0) {
                late.add(end);
            }
        }
        if (late.isEmpty()) {
            Lab.skip("this system completes every connect to a full backlog");
        }
        for (Rig.Completion end : late) {
            assertThat(end.result()).as(end.toString()).isEqualTo(Errno.ECANCELED.result());
            assertThat(Completions.timedOut(end.flags())).as(end.toString()).isTrue();
            assertThat(TorusIoException.of("connect", full.toString(), end.result(), end.flags(), null))
                    .isInstanceOf(OperationTimedOutException.class)
                    .hasMessageContaining(full.toString());
        }
    }

    /** tokio#2017, bun#26167: on Windows such a datagram's echo ended every receive that came after. */
    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void K10_aReceiveLoopGoesOnAfterPeersThatAreUnreachable(Lab lab) throws TorusIoException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long gone = rig.udp();
        SocketAddress nobody = rig.address(gone);
        rig.call(t -> kernel.close(gone, t));
        long socket = rig.udp();
        SocketAddress self = rig.address(socket);
        IoBuffer out = rig.buffer("datagram");
        IoBuffer in = kernel.allocate(64);
        for (int i = 0; i < 50; i++) {
            int length = 1 + i % 8;
            long receive = rig.start(t -> kernel.recvFrom(socket, in, 0, 64, t));
            assertThat(rig.call(t -> kernel.sendTo(socket, out, 0, 3, nobody, t)))
                    .isEqualTo(3);
            assertThat(rig.call(t -> kernel.sendTo(socket, out, 0, length, self, t)))
                    .isEqualTo(length);
            assertThat(rig.result(receive)).isEqualTo(length);
        }
    }

    /**
     * A thread that knows nothing of the kernel opens connections while those of the kernel are closed under their receives, so
     * that it gets their numbers: what is cancelled or closed late would end its connections, or take their bytes.
     */
    @BackendTest(operations = {"CLOSE", "RECV"})
    void K07_aNumberThatAnotherThreadTakesAtOnceIsLeftAlone(Lab lab) throws Exception {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        AtomicBoolean stop = new AtomicBoolean();
        Future<Integer> conversations = lab.thread("other connections", () -> converse(stop));
        try {
            long listener = rig.listener(16);
            IoBuffer buffer = kernel.allocate(8);
            for (int i = 0; i < RACES; i++) {
                Rig.Link link = rig.link(listener);
                long receive = rig.start(t -> kernel.recv(link.handle(), buffer, 0, 8, t));
                rig.turn(0);
                long close = rig.start(t -> kernel.close(link.handle(), t));
                assertThat(rig.result(receive)).isEqualTo(Errno.ECANCELED.result());
                assertThat(rig.result(close)).isZero();
                link.close();
            }
        } finally {
            stop.set(true);
        }
        assertThat(Lab.join(conversations)).isPositive();
    }

    /** Connections of the JDK's own, each with a byte to and fro; how many. */
    private static int converse(AtomicBoolean stop) throws Exception {
        int count = 0;
        try (ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            while (!stop.get() || count == 0) {
                try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
                        SocketChannel peer = server.accept()) {
                    exchange(client, peer, (byte) count);
                    exchange(peer, client, (byte) -count);
                }
                count++;
            }
        }
        return count;
    }

    private static void exchange(SocketChannel from, SocketChannel to, byte value) throws Exception {
        ByteBuffer one = ByteBuffer.allocate(1);
        assertThat(from.write(one.put(0, value))).isOne();
        assertThat(to.read(one.clear())).isOne();
        assertThat(one.get(0)).isEqualTo(value);
    }
}
