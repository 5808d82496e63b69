package dev.torus.kernel.internal.nio;

import static dev.torus.kernel.spi.RingAbi.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.internal.nio.RawRing.Completion;
import dev.torus.kernel.spi.Backend.Counter;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StreamTest {
    private RawRing ring;

    @BeforeEach
    void open() throws Exception {
        ring = new RawRing();
    }

    @AfterEach
    void close() {
        ring.close();
    }

    private void send(int fd, String text, long userData) {
        ring.put(4096, text);
        ring.entry(OP_SEND, fd, userData)
                .address(ring.address(4096))
                .length(text.length())
                .operationFlags(MSG_WAITALL);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(userData, text.length(), 0));
    }

    private RawRing.Entry recv(int fd, int offset, int length, long userData) {
        return ring.entry(OP_RECV, fd, userData).address(ring.address(offset)).length(length);
    }

    @Test
    void echoesOverLoopback() {
        int[] pair = ring.connection();
        for (int i = 0; i < 100; i++) {
            String text = "message " + i;
            recv(pair[1], 0, 100, 7);
            ring.expectNothing();
            ring.put(4096, text);
            ring.entry(OP_SEND, pair[0], 8).address(ring.address(4096)).length(text.length());
            assertThat(ring.await(2))
                    .containsExactlyInAnyOrder(
                            new Completion(7, text.length(), 0), new Completion(8, text.length(), 0));
            assertThat(ring.text(0, text.length())).isEqualTo(text);
        }
    }

    @Test
    void aReceiveAfterAShortOneMakesNoReadUntilDataIsThere() {
        int[] pair = ring.connection();
        send(pair[0], "one", 1);
        recv(pair[1], 0, 100, 2);
        assertThat(ring.awaitOne().result()).isEqualTo(3);
        long before = ring.backend.counter(Counter.WOULD_BLOCK);
        for (int i = 0; i < 10; i++) {
            recv(pair[1], 0, 100, 3);
            ring.expectNothing();
            send(pair[0], "two", 4 + i);
            assertThat(ring.awaitOne()).isEqualTo(new Completion(3, 3, 0));
        }
        assertThat(ring.backend.counter(Counter.WOULD_BLOCK)).isEqualTo(before);
    }

    @Test
    void endOfStreamComesAfterAllData() {
        int[] pair = ring.connection();
        send(pair[0], "last words", 1);
        ring.entry(OP_SHUTDOWN, pair[0], 2).length(SHUT_WR);
        assertThat(ring.awaitOne().result()).isZero();
        recv(pair[1], 0, 4, 3);
        assertThat(ring.awaitOne().result()).isEqualTo(4);
        recv(pair[1], 4, 100, 4);
        assertThat(ring.awaitOne().result()).isEqualTo(6);
        for (int i = 0; i < 2; i++) {
            recv(pair[1], 0, 100, 5);
            assertThat(ring.awaitOne()).isEqualTo(new Completion(5, 0, 0));
        }
        assertThat(ring.text(0, 10)).isEqualTo("last words");
        send(pair[1], "answer", 6);
        recv(pair[0], 0, 100, 7);
        assertThat(ring.awaitOne().result()).isEqualTo(6);
    }

    @Test
    void sendingAfterShutdownIsABrokenPipe() {
        int[] pair = ring.connection();
        ring.entry(OP_SHUTDOWN, pair[0], 2).length(SHUT_RDWR);
        assertThat(ring.awaitOne().result()).isZero();
        ring.entry(OP_SEND, pair[0], 3).address(ring.address(0)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EPIPE);
        recv(pair[0], 0, 10, 4);
        assertThat(ring.awaitOne().result()).isZero();
    }

    @Test
    void shutdownEndsAPendingReceive() {
        int[] pair = ring.connection();
        recv(pair[0], 0, 10, 4);
        ring.expectNothing();
        ring.entry(OP_SHUTDOWN, pair[0], 5).length(SHUT_RD);
        assertThat(ring.await(2)).containsExactlyInAnyOrder(new Completion(4, 0, 0), new Completion(5, 0, 0));
    }

    @Test
    void aLargeSendCompletesOnceWhenAllIsSent() {
        int[] pair = ring.connection();
        int total = 1 << 19;
        int received = 0;
        for (int i = 0; i < 16; i++) {
            ring.entry(OP_SEND, pair[0], 100 + i)
                    .address(ring.address(0))
                    .length(total)
                    .operationFlags(MSG_WAITALL);
        }
        List<Completion> sends = new ArrayList<>();
        recv(pair[1], total, total - 8192, 1);
        while (received < 16 * total) {
            for (Completion completion : ring.await(1)) {
                if (completion.userData() == 1) {
                    assertThat(completion.result()).isPositive();
                    received += completion.result();
                    recv(pair[1], total, total - 8192, 1);
                } else {
                    sends.add(completion);
                }
            }
        }
        assertThat(received).isEqualTo(16 * total);
        assertThat(sends)
                .extracting(Completion::userData)
                .containsExactly(LongStream.range(100, 116).boxed().toArray(Long[]::new));
        assertThat(sends).allMatch(send -> send.result() == total && !send.more());
    }

    @Test
    void cancellingASendThatHasBegunReportsWhatWent() {
        int[] pair = ring.connection();
        int sends = 0;
        List<Completion> done = new ArrayList<>();
        do {
            ring.entry(OP_SEND, pair[0], 100 + sends++)
                    .address(ring.address(0))
                    .length(1 << 19)
                    .operationFlags(MSG_WAITALL);
            ring.enter(0, 0);
            done.addAll(ring.drain());
        } while (done.size() == sends);
        ring.entry(OP_ASYNC_CANCEL, -1, 5).address(100 + sends - 1);
        List<Completion> two = ring.await(2);
        assertThat(two).extracting(Completion::userData).containsExactlyInAnyOrder(5L, 100L + sends - 1);
        for (Completion completion : two) {
            if (completion.userData() == 5) {
                assertThat(completion.result()).isZero();
            } else {
                assertThat(completion.result()).isLessThan(1 << 19).isNotZero();
            }
        }
    }

    @Test
    void multishotAcceptReportsEachConnection() throws Exception {
        int listener = ring.listener();
        ring.entry(OP_ACCEPT, listener, 9).priority(ACCEPT_MULTISHOT);
        ring.expectNothing();
        List<SocketChannel> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                clients.add(SocketChannel.open(RawRing.loopback(ring.port(listener))));
            }
            List<Completion> all = ring.await(40);
            assertThat(all).hasSize(40).allMatch(c -> c.more() && c.userData() == 9 && c.result() > 0);
            assertThat(all).extracting(Completion::result).doesNotHaveDuplicates();
            ring.entry(OP_ASYNC_CANCEL, -1, 10).address(9);
            assertThat(ring.await(2))
                    .containsExactlyInAnyOrder(new Completion(9, -LinuxErrno.ECANCELED, 0), new Completion(10, 0, 0));
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void acceptWritesThePeersAddress() throws Exception {
        int listener = ring.listener();
        try (SocketChannel client = SocketChannel.open(RawRing.loopback(ring.port(listener)))) {
            ring.memory.putInt(200, 16);
            ring.entry(OP_ACCEPT, listener, 1).address(ring.address(100)).off(ring.address(200));
            Completion accepted = ring.awaitOne();
            assertThat(ring.memory.getInt(200)).isEqualTo(16);
            byte[] peer = new byte[16];
            ring.memory.get(100, peer);
            assertThat(peer).isEqualTo(padded(RawRing.sockaddr(client.getLocalAddress()), 16));
            byte[] asked = new byte[SOCKADDR_BYTES];
            assertThat(ring.sockets.peerAddress(accepted.result(), asked)).isEqualTo(16);
            assertThat(Arrays.copyOf(asked, 16)).isEqualTo(peer);
            ring.entry(OP_ACCEPT, listener, 2).address(ring.address(100)).off(77);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EFAULT);
        }
    }

    private static byte[] padded(byte[] bytes, int length) {
        return Arrays.copyOf(bytes, length);
    }

    @Test
    void multishotReceiveTakesProvidedBuffersAndLosesNothingWithoutThem() {
        int[] pair = ring.connection();
        ring.provide(3, 8192, 16384, 4, 64);
        ring.entry(OP_RECV, pair[1], 1)
                .flags(SQE_BUFFER_SELECT)
                .priority(RECV_MULTISHOT)
                .group(3);
        ring.expectNothing();
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            sent.append("0123456789");
        }
        send(pair[0], sent.toString(), 50);
        StringBuilder received = new StringBuilder();
        int exhausted = 0;
        while (received.length() < sent.length()) {
            for (Completion completion : ring.await(1)) {
                if (completion.result() == -LinuxErrno.ENOBUFS) {
                    assertThat(completion.more()).isFalse();
                    exhausted++;
                    for (int id = 0; id < 4; id++) {
                        ring.recycle(8192, 16384, 4, 64, id);
                    }
                    ring.entry(OP_RECV, pair[1], 1)
                            .flags(SQE_BUFFER_SELECT)
                            .priority(RECV_MULTISHOT)
                            .group(3);
                } else {
                    assertThat(completion.result()).isPositive();
                    assertThat(completion.more()).isTrue();
                    received.append(ring.text(16384 + 64 * completion.bufferId(), completion.result()));
                }
            }
        }
        assertThat(received.toString()).isEqualTo(sent.toString());
        assertThat(exhausted).isEqualTo(2);
        ring.entry(OP_SHUTDOWN, pair[0], 2).length(SHUT_WR);
        assertThat(ring.await(2)).contains(new Completion(1, 0, 0));
    }

    @Test
    void anIdleReceiveTakesNoBufferAndWaitsWhenNoneIsLeft() {
        int[] pair = ring.connection();
        int[] other = ring.connection();
        ring.provide(3, 8192, 16384, 1, 64);
        ring.entry(OP_RECV, pair[1], 1).flags(SQE_BUFFER_SELECT).group(3);
        ring.entry(OP_RECV, other[1], 2).flags(SQE_BUFFER_SELECT).group(3);
        ring.expectNothing();
        send(other[0], "x", 3);
        Completion completion = ring.awaitOne();
        assertThat(completion.userData()).isEqualTo(2);
        assertThat(completion.bufferId()).isZero();
        ring.expectNothing();
        send(pair[0], "y", 4);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(1, -LinuxErrno.ENOBUFS, 0));
        ring.recycle(8192, 16384, 1, 64, 0);
        ring.entry(OP_RECV, pair[1], 5).flags(SQE_BUFFER_SELECT).group(3);
        assertThat(ring.awaitOne().result()).isEqualTo(1);
        assertThat(ring.text(16384, 1)).isEqualTo("y");
    }

    @Test
    void pollFirstSkipsTheFirstTry() {
        int[] pair = ring.connection();
        send(pair[0], "x", 1);
        recv(pair[1], 0, 10, 2).priority(RECV_POLL_FIRST);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(2, 1, 0));
    }

    @Test
    void cancelEndsTheTargetOrDoesNotFindIt() {
        int[] pair = ring.connection();
        recv(pair[1], 0, 10, 2);
        ring.expectNothing();
        ring.entry(OP_ASYNC_CANCEL, -1, 3).address(2);
        ring.entry(OP_ASYNC_CANCEL, -1, 4).address(2);
        assertThat(ring.await(3))
                .containsExactlyInAnyOrder(
                        new Completion(2, -LinuxErrno.ECANCELED, 0),
                        new Completion(3, 0, 0),
                        new Completion(4, -LinuxErrno.ENOENT, 0));
        send(pair[0], "kept", 5);
        recv(pair[1], 0, 10, 6);
        assertThat(ring.awaitOne().result()).isEqualTo(4);
    }

    @Test
    void closeEndsPendingOperationsAndTheDescriptorIsUnknownThen() {
        int[] pair = ring.connection();
        recv(pair[1], 0, 10, 2);
        ring.expectNothing();
        ring.entry(OP_CLOSE, pair[1], 3);
        recv(pair[1], 0, 10, 4);
        assertThat(ring.await(3))
                .containsExactly(
                        new Completion(2, -LinuxErrno.ECANCELED, 0),
                        new Completion(3, 0, 0),
                        new Completion(4, -LinuxErrno.EBADF, 0));
        recv(pair[0], 0, 10, 5);
        assertThat(ring.awaitOne().result()).isZero();
        assertThat(ring.sockets.close(pair[1])).isEqualTo(-LinuxErrno.EBADF);
    }

    @Test
    void aPeerThatHasGoneIsAnErrorNotASignal() {
        int[] pair = ring.connection();
        send(pair[0], "unread", 1);
        assertThat(ring.sockets.setOption(pair[1], 1, 13, 0)).isZero();
        ring.entry(OP_CLOSE, pair[1], 2);
        assertThat(ring.awaitOne().result()).isZero();
        int result = 0;
        for (int i = 0; i < 50 && result >= 0; i++) {
            ring.entry(OP_SEND, pair[0], 3)
                    .address(ring.address(0))
                    .length(1000)
                    .operationFlags(MSG_WAITALL);
            result = ring.awaitOne().result();
        }
        assertThat(result).isIn(-LinuxErrno.EPIPE, -LinuxErrno.ECONNRESET);
    }

    @Test
    void connectingToNobodyIsRefusedAndCanBeTriedAgain() {
        int listener = ring.listener();
        byte[] address = ring.localSockaddr(listener);
        ring.sockets.close(listener);
        int client = ring.sockets.socket(AF_INET, SOCK_STREAM, 0);
        assertThat(ring.sockets.setOption(client, 6, 1, 1)).isZero();
        ring.connect(client, address, 1);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(1, -LinuxErrno.ECONNREFUSED, 0));
        recv(client, 0, 10, 2);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.ENOTCONN);
        int second = ring.listener();
        ring.connect(client, ring.localSockaddr(second), 3);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(3, 0, 0));
        int[] value = new int[1];
        assertThat(ring.sockets.getOption(client, 6, 1, value)).isZero();
        assertThat(value[0]).isEqualTo(1);
        ring.connect(client, ring.localSockaddr(second), 4);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EISCONN);
    }

    @Test
    void operationsOnSocketsThatCannotHaveThem() {
        int stream = ring.sockets.socket(AF_INET, SOCK_STREAM, 0);
        int listener = ring.listener();
        ring.entry(OP_ACCEPT, stream, 1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EINVAL);
        ring.entry(OP_SEND, stream, 2).address(ring.address(0)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EPIPE);
        recv(listener, 0, 1, 3);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.ENOTCONN);
        ring.entry(OP_SHUTDOWN, stream, 4).length(SHUT_WR);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.ENOTCONN);
        ring.entry(OP_READ, stream, 5);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EINVAL);
        assertThat(ring.sockets.adopt(0)).isEqualTo(-LinuxErrno.EOPNOTSUPP);
        assertThat(ring.sockets.socket(AF_UNIX, SOCK_DGRAM, 0)).isEqualTo(-LinuxErrno.EOPNOTSUPP);
        assertThat(ring.sockets.socket(99, SOCK_STREAM, 0)).isEqualTo(-LinuxErrno.EAFNOSUPPORT);
        assertThat(ring.sockets.setOption(stream, 1, 4711, 0)).isEqualTo(-LinuxErrno.ENOPROTOOPT);
    }

    @Test
    void wrongAddressesAndDescriptorsAreRefused() {
        int[] pair = ring.connection();
        int end = ring.memory.capacity();
        long[] wrong = {0, 77, 5L << 32, -1, ring.address(end - 9), ring.address(end)};
        for (long address : wrong) {
            ring.entry(OP_RECV, pair[1], 1).address(address).length(10);
            assertThat(ring.awaitOne().result()).as("receive to %x", address).isEqualTo(-LinuxErrno.EFAULT);
            ring.entry(OP_SEND, pair[1], 1).address(address).length(10);
            assertThat(ring.awaitOne().result()).as("send from %x", address).isEqualTo(-LinuxErrno.EFAULT);
        }
        recv(pair[1], 0, -1, 2);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EFAULT);
        for (int fd : new int[] {0, -1, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            recv(fd, 0, 10, 3);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EBADF);
            ring.entry(OP_CLOSE, fd, 4);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EBADF);
            ring.entry(OP_SHUTDOWN, fd, 4);
            assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EBADF);
        }
        ring.connect(pair[0], new byte[] {2}, 5);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EISCONN);
        long base = ring.backend.register(ByteBuffer.allocateDirect(10));
        assertThat(ring.backend.unregister(base + 1)).isEqualTo(-LinuxErrno.EFAULT);
        assertThat(ring.backend.unregister(base)).isZero();
        ring.entry(OP_RECV, pair[1], 6).address(base).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EFAULT);
        assertThat(ring.backend.register(ByteBuffer.allocate(10))).isEqualTo(-LinuxErrno.EINVAL);
    }

    @Test
    void scattersAndGathersMessages() {
        int[] pair = ring.connection();
        ring.put(1000, "hello");
        ring.put(1100, "world");
        message(0, 1000, 5, 1100, 5);
        ring.entry(OP_SENDMSG, pair[0], 1).address(ring.address(0)).length(1).operationFlags(MSG_WAITALL);
        assertThat(ring.awaitOne().result()).isEqualTo(10);
        message(0, 2000, 3, 2100, 100);
        ring.entry(OP_RECVMSG, pair[1], 2).address(ring.address(0)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(10);
        assertThat(ring.text(2000, 3) + ring.text(2100, 7)).isEqualTo("helloworld");
        ring.memory.putLong(16, 99);
        ring.entry(OP_RECVMSG, pair[1], 3).address(ring.address(0)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.EFAULT);
    }

    /** A msghdr at {@code at} with two vectors. */
    private void message(int at, int first, int firstLength, int second, int secondLength) {
        for (int i = 0; i < MSGHDR_BYTES; i += 8) {
            ring.memory.putLong(at + i, 0);
        }
        ring.memory.putLong(at + 16, ring.address(at + 64)).putLong(at + 24, 2);
        ring.memory.putLong(at + 64, ring.address(first)).putLong(at + 72, firstLength);
        ring.memory.putLong(at + 80, ring.address(second)).putLong(at + 88, secondLength);
    }

    @Test
    void pollReportsReadinessOnce() {
        int[] pair = ring.connection();
        ring.entry(OP_POLL_ADD, pair[1], 1).operationFlags(POLLIN);
        ring.expectNothing();
        send(pair[0], "x", 2);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(1, POLLIN, 0));
        ring.entry(OP_POLL_ADD, pair[1], 3).operationFlags(POLLIN | POLLOUT);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(3, POLLIN | POLLOUT, 0));
        recv(pair[1], 0, 10, 4);
        assertThat(ring.awaitOne().result()).isEqualTo(1);
    }

    @Test
    void readinessThatNothingWaitsForDoesNotKeepTheSelectorBusy() {
        int[] pair = ring.connection();
        recv(pair[1], 0, 10, 1);
        ring.expectNothing();
        send(pair[0], "x", 2);
        assertThat(ring.awaitOne().userData()).isEqualTo(1);
        send(pair[0], "y", 3);
        ring.enter(1, TimeUnit.MILLISECONDS.toNanos(20));
        long before = ring.backend.counter(Counter.SYSCALLS);
        long start = System.nanoTime();
        ring.enter(1, TimeUnit.MILLISECONDS.toNanos(50));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(49));
        assertThat(ring.backend.counter(Counter.SYSCALLS) - before).isLessThanOrEqualTo(2);
        recv(pair[1], 0, 10, 4);
        assertThat(ring.awaitOne()).isEqualTo(new Completion(4, 1, 0));
    }

    @Test
    void noSocketStarvesTheOthers() {
        int[] busy = ring.connection();
        int[] quiet = ring.connection();
        ring.provide(3, 8192, 16384, 256, 1);
        ring.entry(OP_RECV, busy[1], 1)
                .flags(SQE_BUFFER_SELECT)
                .priority(RECV_MULTISHOT)
                .group(3);
        recv(quiet[1], 0, 1, 2);
        ring.expectNothing();
        ring.entry(OP_SEND, busy[0], 3).address(ring.address(4096)).length(250);
        ring.entry(OP_SEND, quiet[0], 4).address(ring.address(4096)).length(1);
        List<Completion> order = new ArrayList<>();
        while (order.stream().noneMatch(completion -> completion.userData() == 2)) {
            order.addAll(ring.await(1));
        }
        assertThat(order).filteredOn(completion -> completion.userData() == 1).hasSizeLessThan(200);
    }

    @Test
    void ipv6TakesBothFamilies() throws Exception {
        int listener = ring.sockets.socket(AF_INET6, SOCK_STREAM, 0);
        assertThat(ring.sockets.bind(listener, RawRing.sockaddr(new InetSocketAddress("::", 0))))
                .isZero();
        assertThat(ring.sockets.listen(listener, 16)).isZero();
        try (SocketChannel six = SocketChannel.open(new InetSocketAddress("::1", ring.port(listener)));
                SocketChannel four = SocketChannel.open(RawRing.loopback(ring.port(listener)))) {
            ring.entry(OP_ACCEPT, listener, 1).priority(ACCEPT_MULTISHOT);
            List<Completion> two = ring.await(2);
            byte[] peer = new byte[SOCKADDR_BYTES];
            assertThat(ring.sockets.peerAddress(two.get(0).result(), peer)).isEqualTo(28);
            assertThat(Arrays.copyOf(peer, 28)).isEqualTo(RawRing.sockaddr(six.getLocalAddress()));
            assertThat(ring.sockets.peerAddress(two.get(1).result(), peer)).isEqualTo(28);
            assertThat(peer[0]).isEqualTo((byte) AF_INET6);
            assertThat(Arrays.copyOfRange(peer, 18, 24)).containsExactly(-1, -1, 127, 0, 0, 1);
            assertThat(four.isConnected()).isTrue();
        }
    }

    @Test
    void unixDomainStreams(@TempDir Path directory) {
        Path path = directory.resolve("socket");
        byte[] address = RawRing.sockaddr(UnixDomainSocketAddress.of(path));
        int listener = ring.sockets.socket(AF_UNIX, SOCK_STREAM, 0);
        assertThat(ring.sockets.listen(listener, 5)).isEqualTo(-LinuxErrno.EINVAL);
        assertThat(ring.sockets.bind(listener, address)).isZero();
        assertThat(ring.localSockaddr(listener)).isEqualTo(address);
        assertThat(ring.sockets.listen(listener, 5)).isZero();
        assertThat(Files.exists(path)).isTrue();
        assertThat(ring.localSockaddr(listener)).isEqualTo(address);
        int[] pair = ring.connectTo(listener, AF_UNIX);
        send(pair[0], "over there", 5);
        recv(pair[1], 0, 100, 6);
        assertThat(ring.awaitOne().result()).isEqualTo(10);
        assertThat(ring.text(0, 10)).isEqualTo("over there");
        byte[] peer = new byte[SOCKADDR_BYTES];
        assertThat(ring.sockets.peerAddress(pair[0], peer)).isEqualTo(address.length);
        assertThat(ring.sockets.peerAddress(pair[1], peer)).isEqualTo(2);
        int second = ring.sockets.socket(AF_UNIX, SOCK_STREAM, 0);
        assertThat(ring.sockets.bind(second, address)).isEqualTo(-LinuxErrno.EADDRINUSE);
        ring.connect(second, RawRing.sockaddr(UnixDomainSocketAddress.of(directory.resolve("none"))), 7);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.ENOENT);
    }

    @Test
    void bindAndListenInAnyLegalOrder() {
        int first = ring.listener();
        byte[] address = ring.localSockaddr(first);
        int second = ring.sockets.socket(AF_INET, SOCK_STREAM, 0);
        assertThat(ring.sockets.bind(second, address)).isEqualTo(-LinuxErrno.EADDRINUSE);
        assertThat(ring.sockets.bind(first, address)).isEqualTo(-LinuxErrno.EINVAL);
        assertThat(ring.sockets.listen(first, 9)).isZero();
        ring.sockets.close(first);
        assertThat(ring.sockets.bind(second, address)).isZero();
        assertThat(ring.localSockaddr(second)).isEqualTo(address);
        assertThat(ring.sockets.listen(second, 5)).isZero();
        int[] pair = ring.connectTo(second, AF_INET);
        int third = ring.sockets.socket(AF_INET, SOCK_STREAM, 0);
        assertThat(ring.sockets.listen(third, 5)).isZero();
        assertThat(ring.port(third)).isPositive();
        int fourth = ring.sockets.socket(AF_INET, SOCK_STREAM, 0);
        assertThat(ring.localSockaddr(fourth)).isEqualTo(padded(new byte[] {2}, 16));
        assertThat(ring.sockets.bind(fourth, RawRing.sockaddr(RawRing.loopback(0))))
                .isZero();
        int port = ring.port(fourth);
        ring.connect(fourth, address, 1);
        assertThat(ring.awaitOne().result()).isZero();
        assertThat(ring.port(fourth)).isEqualTo(port).isPositive();
        assertThat(pair).hasSize(2);
    }

    @Test
    void optionsOfAListenerHoldForWhatItAccepts() {
        int listener = ring.sockets.socket(AF_INET, SOCK_STREAM, 0);
        assertThat(ring.sockets.setOption(listener, 6, 1, 1)).isZero();
        assertThat(ring.sockets.setOption(listener, 1, 2, 1)).isZero();
        assertThat(ring.sockets.bind(listener, RawRing.sockaddr(RawRing.loopback(0))))
                .isZero();
        assertThat(ring.sockets.listen(listener, 5)).isZero();
        assertThat(ring.sockets.setOption(listener, 1, 9, 1)).isZero();
        int[] value = new int[1];
        assertThat(ring.sockets.getOption(listener, 1, 2, value)).isZero();
        assertThat(value[0]).isEqualTo(1);
        assertThat(ring.sockets.getOption(listener, 1, 30, value)).isZero();
        assertThat(value[0]).isEqualTo(1);
        int[] pair = ring.connectTo(listener, AF_INET);
        assertThat(ring.sockets.getOption(pair[1], 6, 1, value)).isZero();
        assertThat(value[0]).isEqualTo(1);
        assertThat(ring.sockets.getOption(pair[1], 1, 9, value)).isZero();
        assertThat(value[0]).isEqualTo(1);
        assertThat(ring.sockets.getOption(pair[0], 1, 13, value)).isZero();
        assertThat(value[0]).isEqualTo(-1);
        assertThat(StandardSocketOptions.TCP_NODELAY.name()).isEqualTo(OptionTable.nameOf(6, 1));
    }
}
