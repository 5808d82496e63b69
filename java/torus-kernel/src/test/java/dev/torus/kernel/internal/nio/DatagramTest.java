package dev.torus.kernel.internal.nio;

import static dev.torus.kernel.spi.RingAbi.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.internal.nio.RawRing.Completion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DatagramTest {
    private static final int HEADER = 0;
    private static final int NAME = 256;
    private static final int PAYLOAD = 8192;

    private RawRing ring;
    private int one;
    private int two;

    @BeforeEach
    void open() throws Exception {
        ring = new RawRing();
        one = socket();
        two = socket();
    }

    @AfterEach
    void close() {
        ring.close();
    }

    private int socket() {
        int fd = ring.sockets.socket(AF_INET, SOCK_DGRAM, 0);
        assertThat(ring.sockets.bind(fd, RawRing.sockaddr(RawRing.loopback(0)))).isZero();
        return fd;
    }

    private void header(int nameLength, int offset, int length) {
        for (int i = 0; i < MSGHDR_BYTES; i += 8) {
            ring.memory.putLong(HEADER + i, 0);
        }
        if (nameLength > 0) {
            ring.memory.putLong(HEADER, ring.address(NAME)).putInt(HEADER + 8, nameLength);
        }
        ring.memory.putLong(HEADER + 16, ring.address(HEADER + 64)).putLong(HEADER + 24, 1);
        ring.memory.putLong(HEADER + 64, ring.address(offset)).putLong(HEADER + 72, length);
    }

    private void sendTo(int from, int to, String text) {
        byte[] sockaddr = ring.localSockaddr(to);
        ring.memory.put(NAME, sockaddr);
        ring.put(PAYLOAD, text);
        header(sockaddr.length, PAYLOAD, text.length());
        ring.entry(OP_SENDMSG, from, 100).address(ring.address(HEADER)).length(1);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(100, text.length(), 0));
    }

    @Test
    void tellsWhoSentAndWhatWasCut() {
        for (int i = 0; i < 20; i++) {
            sendTo(one, two, "datagram " + i);
            header(128, PAYLOAD, i % 2 == 0 ? 100 : 5);
            ring.entry(OP_RECVMSG, two, 1).address(ring.address(HEADER)).length(1);
            int whole = ("datagram " + i).length();
            assertThat(ring.awaitOne().result()).isEqualTo(i % 2 == 0 ? whole : 5);
            assertThat(ring.memory.getInt(HEADER + 48)).isEqualTo(i % 2 == 0 ? 0 : MSG_TRUNC);
            assertThat(ring.memory.getInt(HEADER + 8)).isEqualTo(16);
            byte[] source = new byte[16];
            ring.memory.get(NAME, source);
            assertThat(source).isEqualTo(ring.localSockaddr(one));
        }
    }

    @Test
    void truncAnswersWithTheWholeLength() {
        sendTo(one, two, "0123456789");
        ring.entry(OP_RECV, two, 1).address(ring.address(0)).length(4).operationFlags(MSG_TRUNC);
        assertThat(ring.awaitOne().result()).isEqualTo(10);
        assertThat(ring.text(0, 4)).isEqualTo("0123");
    }

    @Test
    void multishotTakesABufferForEachDatagram() {
        ring.provide(1, 16384, 32768, 8, 64);
        ring.entry(OP_RECV, two, 1)
                .flags(SQE_BUFFER_SELECT)
                .priority(RECV_MULTISHOT)
                .group(1);
        ring.expectNothing();
        List<Completion> received = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            byte[] sockaddr = ring.localSockaddr(two);
            ring.memory.put(NAME, sockaddr);
            ring.memory.put(PAYLOAD + i, (byte) i);
            header(sockaddr.length, PAYLOAD + i, i == 3 ? 0 : 1);
            ring.entry(OP_SENDMSG, one, 100).address(ring.address(HEADER)).length(1);
            ring.enter(0, 0);
            received.addAll(ring.drain());
        }
        received.removeIf(completion -> completion.userData() == 100);
        while (received.size() < 9) {
            received.addAll(ring.await(1));
        }
        assertThat(received.get(8)).isEqualTo(new Completion(1, -LinuxErrno.ENOBUFS, 0));
        for (int i = 0; i < 8; i++) {
            assertThat(received.get(i).result()).isEqualTo(i == 3 ? 0 : 1);
            assertThat(received.get(i).more()).isTrue();
            if (i != 3) {
                assertThat(ring.memory.get(32768 + 64 * received.get(i).bufferId()))
                        .isEqualTo((byte) i);
            }
        }
        ring.entry(OP_RECV, two, 2).address(ring.address(0)).length(10);
        assertThat(ring.awaitOne().result()).isEqualTo(1);
        assertThat(ring.memory.get(0)).isEqualTo((byte) 8);
    }

    @Test
    void connectNamesThePeer() {
        ring.entry(OP_SEND, one, 1).address(ring.address(0)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EDESTADDRREQ);
        ring.connect(one, ring.localSockaddr(two), 2);
        assertThat(ring.awaitOne().result()).isZero();
        byte[] peer = new byte[SOCKADDR_BYTES];
        assertThat(ring.sockets.peerAddress(one, peer)).isEqualTo(16);
        ring.put(PAYLOAD, "hello");
        ring.entry(OP_SEND, one, 3).address(ring.address(PAYLOAD)).length(5);
        assertThat(ring.awaitOne().result()).isEqualTo(5);
        ring.entry(OP_RECV, two, 4).address(ring.address(0)).length(100);
        assertThat(ring.awaitOne().result()).isEqualTo(5);
        int third = socket();
        ring.connect(one, ring.localSockaddr(third), 5);
        assertThat(ring.awaitOne().result()).isZero();
        ring.connect(one, new byte[2], 6);
        assertThat(ring.awaitOne().result()).isZero();
        assertThat(ring.sockets.peerAddress(one, peer)).isEqualTo(-LinuxErrno.ENOTCONN);
    }

    @Test
    void refusesWhatDatagramsCannot() {
        ring.entry(OP_ACCEPT, one, 1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EOPNOTSUPP);
        assertThat(ring.sockets.listen(one, 1)).isEqualTo(-LinuxErrno.EOPNOTSUPP);
        byte[] sockaddr = ring.localSockaddr(two);
        ring.memory.put(NAME, sockaddr);
        header(sockaddr.length, PAYLOAD, 65536);
        ring.entry(OP_SENDMSG, one, 2).address(ring.address(HEADER)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EMSGSIZE);
        header(1, PAYLOAD, 1);
        ring.entry(OP_SENDMSG, one, 3).address(ring.address(HEADER)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EINVAL);
        ring.entry(OP_RECV, one, 4).address(ring.address(0)).length(1).operationFlags(MSG_PEEK);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EOPNOTSUPP);
    }

    @Test
    void options() {
        int[] value = new int[1];
        assertThat(ring.sockets.setOption(one, 1, 6, 1)).isZero();
        assertThat(ring.sockets.getOption(one, 1, 6, value)).isZero();
        assertThat(value[0]).isEqualTo(1);
        assertThat(ring.sockets.setOption(one, 0, 33, 7)).isZero();
        assertThat(ring.sockets.getOption(one, 0, 33, value)).isZero();
        assertThat(value[0]).isEqualTo(7);
        assertThat(ring.sockets.setOption(one, 6, 1, 1)).isEqualTo(-LinuxErrno.ENOPROTOOPT);
        assertThat(ring.sockets.getOption(one, 1, 3, value)).isZero();
        assertThat(value[0]).isEqualTo(SOCK_DGRAM);
    }
}
