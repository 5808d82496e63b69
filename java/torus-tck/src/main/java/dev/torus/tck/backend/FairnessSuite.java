package dev.torus.tck.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.ProvidedBuffers;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Rule 14: an enter is bounded, and a busy handle does not starve the others. */
public abstract class FairnessSuite {
    /** Enters in which a quiet handle must get its turn; generous, a starved one would never get it. */
    private static final int TURNS = 2000;
    /** The same for enters that do next to nothing, of which many pass before the system has delivered a byte. */
    private static final int SHORT_TURNS = 1_000_000;
    /** Receives that one may have before another one that is ready has its first. */
    private static final int AHEAD = 4;

    @BackendTest(operations = "RECV multishot")
    void B14_aFloodedMultishotReceiveStarvesNobody(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(32);
        Net.Peer loud = lab.net().peer(listener);
        ProvidedBuffers buffers = ring.buffers(1, 64, 1024);
        flood(lab, loud.channel());
        List<Net.Peer> quiet = new ArrayList<>();
        List<Long> recvs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            quiet.add(lab.net().peer(listener));
        }
        long[] hot = {lab.ops().recvMultishot(loud.fd(), buffers)};
        Region memory = ring.region(64);
        for (Net.Peer peer : quiet) {
            recvs.add(lab.ops().recv(peer.fd(), memory, 0, 1));
        }
        ring.enter(0, 0);
        quiet.forEach(peer -> peer.write("q"));
        int turns = 0;
        while (recvs.stream().anyMatch(ring::isPending)) {
            assertThat(turns++).as("enters until the quiet ones had their turn").isLessThan(TURNS);
            ring.enter(1, 1_000_000_000);
            assertThat(ring.lastReaped()).isLessThanOrEqualTo(2 * ring.rings().cqEntries());
            for (Cqe cqe = ring.take(hot[0]); cqe != null; cqe = ring.take(hot[0])) {
                if (cqe.hasBuffer()) {
                    buffers.recycle(cqe.bufferId());
                }
                if (!cqe.more()) {
                    hot[0] = lab.ops().recvMultishot(loud.fd(), buffers);
                }
            }
        }
    }

    @BackendTest(operations = "RECV")
    void B14_aBusyHandleThatIsAlwaysReadyStarvesNobody(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(32);
        Net.Peer loud = lab.net().peer(listener);
        Region memory = ring.region(65536 + 64);
        flood(lab, loud.channel());
        Net.Peer quiet = lab.net().peer(listener);
        for (int round = 0; round < 50; round++) {
            long hot = lab.ops().recv(loud.fd(), memory, 64, 512);
            long recv = lab.ops().recv(quiet.fd(), memory, 0, 1);
            ring.enter(0, 0);
            quiet.write("q");
            int turns = 0;
            while (ring.isPending(recv)) {
                assertThat(turns++).isLessThan(TURNS);
                ring.enter(1, 1_000_000_000);
                while (ring.take(hot) != null) {
                    hot = lab.ops().recv(loud.fd(), memory, 64, 512);
                }
            }
            ring.take(recv);
            if (ring.isPending(hot)) {
                ring.await(hot);
            }
        }
    }

    @BackendTest(operations = "ACCEPT multishot")
    void B14_aFloodedListenerStarvesNobody(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(256);
        Net.Peer quiet = lab.net().peer();
        for (int i = 0; i < 200; i++) {
            lab.net().channel(lab.net().port(listener));
        }
        long accept = lab.ops().acceptMultishot(listener);
        long recv = lab.ops().recv(quiet.fd(), ring.region(8), 0, 8);
        quiet.write("q");
        int accepted = 0;
        int turns = 0;
        while (accepted < 200 || ring.isPending(recv)) {
            assertThat(turns++).isLessThan(TURNS);
            ring.enter(1, 1_000_000_000);
            for (Cqe cqe = ring.take(accept); cqe != null; cqe = ring.take(accept)) {
                ring.closeNow(ring.own(cqe.result()));
                accepted++;
                if (!cqe.more() && accepted < 200) {
                    accept = lab.ops().acceptMultishot(listener);
                }
            }
        }
    }

    @BackendTest(operations = {"NOP", "RECV"})
    void B14_operationsThatAreOverAtOnceStarveNobody(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer quiet = lab.net().peer();
        long recv = lab.ops().recv(quiet.fd(), ring.region(8), 0, 1);
        ring.enter(0, 0);
        quiet.write("q");
        for (int turns = 0; ring.isPending(recv); turns++) {
            assertThat(turns).as("enters with a completion at hand").isLessThan(SHORT_TURNS);
            long nop = lab.ops().nop();
            ring.enter(1, 1_000_000_000);
            ring.take(nop);
        }
    }

    @BackendTest(operations = "RECV")
    void B14_theOldestReceivesComeFirstWhenThereIsMoreThanOneEnterTakes(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(64);
        ProvidedBuffers buffers = ring.buffers(1, 64, 8192);
        int[] streams = new int[64];
        long[] recvs = new long[streams.length];
        int[] turns = new int[streams.length];
        for (int i = 0; i < streams.length; i++) {
            Net.Peer peer = lab.net().peer(listener);
            streams[i] = peer.fd();
            peer.write(new byte[8 * 8192]);
        }
        for (int i = 0; i < streams.length; i++) {
            recvs[i] = lab.ops().recvSelect(streams[i], buffers);
        }
        while (Arrays.stream(turns).min().getAsInt() == 0) {
            assertThat(Arrays.stream(turns).max().getAsInt())
                    .as("receives of one before each had one")
                    .isLessThan(AHEAD);
            ring.enter(1, 1_000_000_000);
            for (int i = 0; i < streams.length; i++) {
                Cqe cqe = ring.take(recvs[i]);
                if (cqe != null) {
                    turns[i]++;
                    buffers.recycle(cqe.bufferId());
                    recvs[i] = lab.ops().recvSelect(streams[i], buffers);
                }
            }
        }
    }

    private static void flood(Lab lab, SocketChannel channel) {
        AtomicBoolean stop = new AtomicBoolean();
        lab.thread("flood", () -> {
            ByteBuffer block = ByteBuffer.allocate(65536);
            try {
                // closing the channel does not end a write that blocks on every system (Wine 8: it stays for ever)
                channel.configureBlocking(false);
                while (!stop.get()) {
                    if (channel.write(block.clear()) == 0) {
                        LockSupport.parkNanos(50_000);
                    }
                }
            } catch (IOException closed) {
                return null; // the test is over
            }
            return null;
        });
        lab.own(() -> {
            stop.set(true);
            channel.close();
        });
    }
}
