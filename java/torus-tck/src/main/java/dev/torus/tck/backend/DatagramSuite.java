package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.AF_INET6;
import static dev.torus.kernel.spi.RingAbi.AF_UNIX;
import static dev.torus.kernel.spi.RingAbi.MSG_TRUNC;
import static dev.torus.kernel.spi.RingAbi.SOCK_DGRAM;
import static dev.torus.tck.ring.Linux.ECONNREFUSED;
import static dev.torus.tck.ring.Linux.EMSGSIZE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Ops;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import dev.torus.tck.ring.SockAddr;
import java.nio.file.Path;
import java.util.Arrays;

/** SENDMSG and RECVMSG: datagrams with addresses, truncation, and peers that are not there. */
public abstract class DatagramSuite {
    private static final int NAME = 128;
    private static final int DATA = 512;

    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void B00_aDatagramArrivesWithItsSourceAddress(Lab lab) {
        int to = lab.net().udp();
        int from = lab.net().udp();
        exchange(lab, from, to, "datagram");
    }

    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void B00_datagramsKeepTheirBoundaries(Lab lab) {
        RingDriver ring = lab.ring();
        int to = lab.net().udp();
        int from = lab.net().udp();
        Region out = ring.region(1024);
        for (int length : new int[] {1, 7, 0, 100}) {
            assertThat(ring.result(sendTo(lab, from, out, lab.net().address(to), DATA, length)))
                    .isEqualTo(length);
        }
        Region in = ring.region(1024);
        lab.differsUnderQemu("recvmsg passes over an empty datagram");
        for (int length : new int[] {1, 7, 0, 100}) {
            assertThat(ring.result(receive(lab, to, in, 512))).isEqualTo(length);
        }
    }

    @BackendTest(operations = "RECVMSG")
    void B00_aDatagramLongerThanTheBufferIsTruncatedAndSaysSo(Lab lab) {
        RingDriver ring = lab.ring();
        int to = lab.net().udp();
        Region out = ring.region(1024).fillPattern(2);
        Region in = ring.region(1024);
        ring.result(sendTo(lab, lab.net().udp(), out, lab.net().address(to), DATA, 100));
        assertThat(ring.result(receive(lab, to, in, 10))).isEqualTo(10);

        assertThat(in.bytes().getInt(48) & MSG_TRUNC).as("msg_flags").isEqualTo(MSG_TRUNC);
        assertThat(in.bytes().get(DATA + 10))
                .as("nothing behind the buffer is touched")
                .isZero();
        // the rest is gone
        ring.result(sendTo(lab, lab.net().udp(), out, lab.net().address(to), DATA, 5));
        assertThat(ring.result(receive(lab, to, in, 100))).isEqualTo(5);
        assertThat(in.bytes().getInt(48) & MSG_TRUNC).isZero();
    }

    @BackendTest(operations = "RECVMSG")
    void B00_aReceiveWaitsForADatagram(Lab lab) {
        RingDriver ring = lab.ring();
        int to = lab.net().udp();
        Region in = ring.region(1024);
        long recv = receive(lab, to, in, 100);
        ring.enter(0, 0);
        assertThat(ring.isPending(recv)).isTrue();
        ring.result(sendTo(lab, lab.net().udp(), ring.region(1024), lab.net().address(to), DATA, 3));

        assertThat(ring.result(recv)).isEqualTo(3);
    }

    @BackendTest(operations = {"CONNECT", "SEND", "RECV"})
    void B00_aConnectedDatagramSocketSendsAndReceives(Lab lab) {
        RingDriver ring = lab.ring();
        int a = lab.net().udp();
        int b = lab.net().udp();
        Region memory = ring.region(256).put(0, "dg");
        assertThat(ring.result(lab.ops().connect(a, memory, 128, lab.net().address(b))))
                .isZero();
        assertThat(ring.result(lab.ops().connect(b, memory, 128, lab.net().address(a))))
                .isZero();
        assertThat(ring.result(lab.ops().send(a, memory, 0, 2))).isEqualTo(2);

        assertThat(ring.result(lab.ops().recv(b, memory, 64, 64))).isEqualTo(2);
        assertThat(memory.text(64, 2)).isEqualTo("dg");
    }

    @BackendTest(operations = {"CONNECT", "SEND", "RECV"})
    void B00_anUnreachablePeerOfAConnectedDatagramSocketIsEconnrefused(Lab lab) {
        // afd.h's AFD_POLL_RECEIVE is reported for an error on Windows (wepoll relies on it), in Wine 8 only for data
        lab.differsUnderWine("nio", "a selector does not report an unreachable port");
        RingDriver ring = lab.ring();
        int gone = lab.net().udp();
        byte[] address = lab.net().address(gone);
        ring.closeNow(gone);
        int fd = lab.net().udp();
        Region memory = ring.region(256);
        assertThat(ring.result(lab.ops().connect(fd, memory, 128, address))).isZero();
        long recv = lab.ops().recv(fd, memory, 0, 64);
        ring.enter(0, 0);
        assertThat(ring.result(lab.ops().send(fd, memory, 0, 4))).isEqualTo(4);

        assertThat(ring.result(recv)).isEqualTo(-ECONNREFUSED);
    }

    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void B00_anUnreachablePeerDoesNotDisturbAnUnconnectedSocket(Lab lab) {
        RingDriver ring = lab.ring();
        int gone = lab.net().udp();
        byte[] nobody = lab.net().address(gone);
        ring.closeNow(gone);
        int fd = lab.net().udp();
        Region in = ring.region(1024);
        Region out = ring.region(1024);
        long recv = receive(lab, fd, in, 100);
        assertThat(ring.result(sendTo(lab, fd, out, nobody, DATA, 4))).isEqualTo(4);
        assertThat(ring.result(sendTo(lab, lab.net().udp(), out, lab.net().address(fd), DATA, 6)))
                .isEqualTo(6);

        assertThat(ring.result(recv)).isEqualTo(6);
    }

    @BackendTest(operations = "SENDMSG")
    void B00_aDatagramThatIsTooLongIsEmsgsize(Lab lab) {
        RingDriver ring = lab.ring();
        Region out = ring.region(80_000);
        int sent = ring.result(
                sendTo(lab, lab.net().udp(), out, lab.net().address(lab.net().udp()), DATA, 70_000));

        assertThat(sent).as(Linux.result(sent)).isEqualTo(-EMSGSIZE);
    }

    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void B00_ipv6Datagram(Lab lab) {
        String reason = lab.net().hasIpv6();
        if (reason != null) {
            Lab.skip(reason);
        }
        int[] pair = new int[2];
        for (int i = 0; i < 2; i++) {
            pair[i] = lab.net().socket(AF_INET6, SOCK_DGRAM);
            Net.ok("bind", lab.net().control().bind(pair[i], SockAddr.of(SockAddr.loopback6(0))));
        }
        exchange(lab, pair[0], pair[1], "six");
    }

    @BackendTest(operations = {"SENDMSG", "RECVMSG"})
    void B00_unixDatagram(Lab lab) {
        int probe = lab.net().control().socket(AF_UNIX, SOCK_DGRAM, 0);
        if (probe < 0) {
            Lab.skip("no Unix datagram sockets: " + Linux.result(probe));
        }
        lab.net().control().close(probe);
        Path directory = lab.directory();
        int[] pair = new int[2];
        for (int i = 0; i < 2; i++) {
            pair[i] = lab.net().socket(AF_UNIX, SOCK_DGRAM);
            Net.ok("bind", lab.net().control().bind(pair[i], SockAddr.of(directory.resolve("d" + i))));
        }
        exchange(lab, pair[0], pair[1], "unix");
    }

    private static void exchange(Lab lab, int from, int to, String text) {
        RingDriver ring = lab.ring();
        Region out = ring.region(1024).put(DATA, text);
        Region in = ring.region(1024);
        long recv = receive(lab, to, in, 256);
        assertThat(ring.result(sendTo(lab, from, out, lab.net().address(to), DATA, text.length())))
                .isEqualTo(text.length());
        assertThat(ring.result(recv)).isEqualTo(text.length());
        assertThat(in.text(DATA, text.length())).isEqualTo(text);

        byte[] source = lab.net().address(from);
        int nameBytes = in.bytes().getInt(8);
        assertThat(nameBytes).isBetween(2, NAME);
        assertThat(Arrays.copyOf(in.copy(NAME, nameBytes), 4)).isEqualTo(Arrays.copyOf(source, 4));
    }

    private static long sendTo(Lab lab, int fd, Region memory, byte[] to, int offset, int length) {
        memory.put(NAME, to);
        return lab.ops().sendmsg(fd, Ops.msghdr(memory, 0, memory.at(NAME), to.length, memory.at(offset), length));
    }

    private static long receive(Lab lab, int fd, Region memory, int length) {
        return lab.ops().recvmsg(fd, Ops.msghdr(memory, 0, memory.at(NAME), NAME, memory.at(DATA), length));
    }
}
