package dev.torus.tck.backend;

import static dev.torus.kernel.spi.RingAbi.AF_INET;
import static dev.torus.kernel.spi.RingAbi.AF_INET6;
import static dev.torus.kernel.spi.RingAbi.AF_UNIX;
import static dev.torus.kernel.spi.RingAbi.SHUT_RDWR;
import static dev.torus.kernel.spi.RingAbi.SHUT_WR;
import static dev.torus.kernel.spi.RingAbi.SOCK_STREAM;
import static dev.torus.tck.ring.Linux.EADDRINUSE;
import static dev.torus.tck.ring.Linux.EBADF;
import static dev.torus.tck.ring.Linux.ECONNREFUSED;
import static dev.torus.tck.ring.Linux.EINVAL;
import static dev.torus.tck.ring.Linux.EISCONN;
import static dev.torus.tck.ring.Linux.ENOENT;
import static dev.torus.tck.ring.Linux.ENOTCONN;
import static dev.torus.tck.ring.Linux.EOPNOTSUPP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Cqe;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import dev.torus.tck.ring.SockAddr;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** ACCEPT, CONNECT, SHUTDOWN and CLOSE over TCP, IPv6 and Unix sockets, and the control plane beside them. */
public abstract class ConnectionSuite {
    @BackendTest(operations = {"ACCEPT", "CONNECT"})
    void B00_connectAndAcceptMeet(Lab lab) {
        int[] pair = lab.net().tcpPair();
        Net net = lab.net();
        byte[] peer = new byte[128];

        Net.ok("peerAddress", net.control().peerAddress(pair[0], peer));
        assertThat(SockAddr.port(peer)).isEqualTo(net.port(pair[1]));
        assertThat(echo(lab, pair)).isEqualTo("there and back");
    }

    @BackendTest(operations = "CONNECT")
    void B00_connectRefusedIsEconnrefused(Lab lab) {
        Net net = lab.net();
        int listener = net.listener(1);
        byte[] nobody = net.address(listener);
        lab.ring().closeNow(listener);

        long connect = lab.ops().connect(net.tcp(), lab.ring().region(128), 0, nobody);
        assertThat(lab.ring().result(connect)).isEqualTo(-ECONNREFUSED);
    }

    @BackendTest(operations = "CONNECT")
    void B00_connectingTwiceIsEisconn(Lab lab) {
        Net net = lab.net();
        int listener = net.listener(4);
        Region memory = lab.ring().region(128);
        int client = net.tcp();
        assertThat(lab.ring().result(lab.ops().connect(client, memory, 0, net.address(listener))))
                .isZero();

        assertThat(lab.ring().result(lab.ops().connect(client, memory, 0, net.address(listener))))
                .isEqualTo(-EISCONN);
    }

    @BackendTest(operations = "CONNECT")
    void B00_theAddressIsReadWhenTheConnectIsSubmitted(Lab lab) {
        Net net = lab.net();
        int listener = net.listener(4);
        Region memory = lab.ring().region(128);
        long connect = lab.ops().connect(net.tcp(), memory, 0, net.address(listener));
        lab.ring().enter(0, 0);
        memory.put(0, new byte[16]);

        assertThat(lab.ring().result(connect)).isZero();
    }

    @BackendTest(operations = "ACCEPT")
    void B00_acceptWaitsForAConnection(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(4);
        long accept = lab.ops().accept(listener);
        ring.enter(0, 0);
        assertThat(ring.isPending(accept)).isTrue();
        lab.net().channel(lab.net().port(listener));

        ring.own(ring.result(accept));
    }

    @BackendTest(operations = "ACCEPT")
    void B00_acceptTakesOneConnectionPerOperation(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(16);
        for (int i = 0; i < 10; i++) {
            lab.net().channel(lab.net().port(listener));
        }
        Set<Integer> fds = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            fds.add(ring.own(ring.result(lab.ops().accept(listener))));
        }
        assertThat(fds).hasSize(10);
        long none = lab.ops().accept(listener);
        ring.enter(0, 0);
        assertThat(ring.isPending(none)).isTrue();
    }

    @BackendTest(operations = "ACCEPT")
    void B00_acceptOnASocketThatDoesNotListenIsEinval(Lab lab) {
        int result = lab.ring().result(lab.ops().accept(lab.net().tcp()));

        assertThat(result).as(Linux.result(result)).isEqualTo(-EINVAL);
    }

    @BackendTest(operations = "ACCEPT multishot")
    void B00_multishotAcceptTakesEveryConnection(Lab lab) {
        RingDriver ring = lab.ring();
        int listener = lab.net().listener(64);
        for (int i = 0; i < 20; i++) {
            lab.net().channel(lab.net().port(listener));
        }
        long accept = lab.ops().acceptMultishot(listener);
        Set<Integer> fds = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            if (i >= 20) {
                lab.net().channel(lab.net().port(listener));
            }
            Cqe cqe = ring.next(accept);
            fds.add(ring.own(cqe.result()));
            if (!cqe.more()) {
                accept = lab.ops().acceptMultishot(listener);
            }
        }
        assertThat(fds).hasSize(40);
    }

    @BackendTest(operations = "SHUTDOWN")
    void B00_shutdownOfTheWriteSideIsTheEndForThePeerOnly(Lab lab) {
        RingDriver ring = lab.ring();
        int[] pair = lab.net().tcpPair();
        Region memory = ring.region(64).put(32, "back");
        assertThat(ring.result(lab.ops().shutdown(pair[0], SHUT_WR))).isZero();

        assertThat(ring.result(lab.ops().recv(pair[1], memory, 0, 8))).isZero();
        assertThat(ring.result(lab.ops().send(pair[1], memory, 32, 4))).isEqualTo(4);
        assertThat(ring.result(lab.ops().recv(pair[0], memory, 0, 8))).isEqualTo(4);
    }

    @BackendTest(operations = "SHUTDOWN")
    void B00_shutdownOfBothSidesIsTheEndForBoth(Lab lab) {
        RingDriver ring = lab.ring();
        int[] pair = lab.net().tcpPair();
        Region memory = ring.region(64);
        long pending = lab.ops().recv(pair[0], memory, 0, 8);
        ring.enter(0, 0);
        assertThat(ring.result(lab.ops().shutdown(pair[0], SHUT_RDWR))).isZero();

        assertThat(ring.result(pending)).isZero();
        assertThat(ring.result(lab.ops().recv(pair[1], memory, 8, 8))).isZero();
    }

    @BackendTest(operations = "SHUTDOWN")
    void B00_shutdownOfASocketThatIsNotConnectedIsEnotconn(Lab lab) {
        assertThat(lab.ring().result(lab.ops().shutdown(lab.net().tcp(), SHUT_WR)))
                .isEqualTo(-ENOTCONN);
    }

    @BackendTest(operations = "CLOSE")
    void B00_closeIsTheEndForThePeer(Lab lab) {
        RingDriver ring = lab.ring();
        Net.Peer peer = lab.net().peer();
        Region memory = ring.region(16).put(0, "bye");
        assertThat(ring.result(lab.ops().send(peer.fd(), memory, 0, 3))).isEqualTo(3);
        assertThat(ring.result(lab.ops().close(peer.fd()))).isZero();

        assertThat(peer.read(10)).asString().isEqualTo("bye");
        assertThat(ring.result(lab.ops().recv(peer.fd(), memory, 0, 3))).isEqualTo(-EBADF);
    }

    @BackendTest(operations = "CLOSE")
    void B00_closingTwiceIsEbadf(Lab lab) {
        RingDriver ring = lab.ring();
        int fd = lab.net().tcp();
        assertThat(ring.result(lab.ops().close(fd))).isZero();

        assertThat(ring.result(lab.ops().close(fd))).isEqualTo(-EBADF);
        assertThat(lab.net().control().close(fd)).isEqualTo(-EBADF);
    }

    @BackendTest(operations = "CLOSE")
    void B00_aDescriptorNumberUsedAgainAtOnceIsNotConfused(Lab lab) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(64);
        int listener = lab.net().listener(8);
        for (int i = 0; i < 200; i++) {
            Net.Peer peer = lab.net().peer(listener);
            // armed, cancelled and closed: nothing of it may be left for the next owner of the number
            long recv = lab.ops().recv(peer.fd(), memory, 0, 8);
            ring.enter(0, 0);
            long cancel = lab.ops().cancel(recv);
            ring.await(recv);
            ring.await(cancel);
            if (i % 2 == 0) {
                ring.result(lab.ops().close(peer.fd()));
            } else {
                ring.closeNow(peer.fd());
            }
            peer.close();
            Net.Peer next = lab.net().peer(listener);
            long fresh = lab.ops().recv(next.fd(), memory, 8, 8);
            ring.enter(0, 0);
            assertThat(ring.isPending(fresh))
                    .as("the old connection's end is not the new one's")
                    .isTrue();
            next.write("new");
            assertThat(ring.result(fresh)).isEqualTo(3);
            ring.closeNow(next.fd());
            next.close();
        }
    }

    @BackendTest(operations = {"CLOSE", "ACCEPT"})
    void B00_aNumberThatWasAConnectionServesAsAListenerAndBack(Lab lab) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(64);
        for (int i = 0; i < 50; i++) {
            int[] pair = lab.net().tcpPair();
            memory.put(0, "ab");
            long recv = lab.ops().recv(pair[1], memory, 8, 8);
            assertThat(ring.result(lab.ops().send(pair[0], memory, 0, 2))).isEqualTo(2);
            assertThat(ring.result(recv)).isEqualTo(2);
            ring.closeNow(pair[0]);
            ring.result(lab.ops().close(pair[1]));
        }
    }

    @BackendTest(operations = {"CONNECT", "ACCEPT", "SEND", "RECV"})
    void B00_ipv6(Lab lab) {
        skipWithoutIpv6(lab);

        assertThat(echo(lab, lab.net().tcp6Pair())).isEqualTo("there and back");
    }

    @BackendTest
    void B00_ipv6AddressesAreInLinuxLayout(Lab lab) {
        skipWithoutIpv6(lab);
        int fd = lab.net().socket(AF_INET6, SOCK_STREAM);
        Net.ok("bind", lab.net().control().bind(fd, SockAddr.of(SockAddr.loopback6(0))));

        byte[] address = lab.net().address(fd);
        assertThat(address).hasSize(28);
        assertThat(SockAddr.inet(address).getAddress())
                .isEqualTo(SockAddr.loopback6(0).getAddress());
        assertThat(SockAddr.port(address)).isPositive();
    }

    @BackendTest(operations = {"CONNECT", "ACCEPT", "SEND", "RECV"})
    void B00_unixStream(Lab lab) {
        skipWithoutUnix(lab);

        assertThat(echo(lab, lab.net().unixPair(lab.directory().resolve("s")))).isEqualTo("there and back");
    }

    @BackendTest
    void B00_unixAddressesAreInLinuxLayout(Lab lab) {
        skipWithoutUnix(lab);
        Path path = lab.directory().resolve("named");
        int fd = lab.net().socket(AF_UNIX, SOCK_STREAM);
        Net.ok("bind", lab.net().control().bind(fd, SockAddr.of(path)));

        byte[] address = lab.net().address(fd);
        byte[] expected = SockAddr.of(path);
        assertThat(Arrays.copyOf(address, expected.length)).isEqualTo(expected);
    }

    @BackendTest(operations = "CONNECT")
    void B00_connectToAUnixPathThatIsMissingIsEnoent(Lab lab) {
        skipWithoutUnix(lab);
        byte[] missing = SockAddr.of(lab.directory().resolve("missing"));
        int fd = lab.net().socket(AF_UNIX, SOCK_STREAM);

        assertThat(lab.ring().result(lab.ops().connect(fd, lab.ring().region(128), 0, missing)))
                .isEqualTo(-ENOENT);
    }

    @BackendTest
    void B00_aPortInUseIsEaddrinuse(Lab lab) {
        Net net = lab.net();
        int listener = net.listener(4);
        int second = net.tcp();
        int bound = net.control().bind(second, net.address(listener));

        assertThat(bound).as(Linux.result(bound)).isEqualTo(-EADDRINUSE);
    }

    @BackendTest
    void B00_optionsAreSetAndRead(Lab lab) {
        Net net = lab.net();
        int fd = net.tcp();
        int[] value = new int[1];
        int[][] options = {
            {Linux.SOL_SOCKET, Linux.SO_REUSEADDR, 1},
            {Linux.SOL_SOCKET, Linux.SO_KEEPALIVE, 1},
            {Linux.IPPROTO_TCP, Linux.TCP_NODELAY, 1},
            {Linux.SOL_SOCKET, Linux.SO_LINGER, 7},
        };
        for (int[] option : options) {
            Net.ok("setOption", net.control().setOption(fd, option[0], option[1], option[2]));
            Net.ok("getOption", net.control().getOption(fd, option[0], option[1], value));
            assertThat(value[0]).as("level %d name %d", option[0], option[1]).isEqualTo(option[2]);
        }
        Net.ok("setOption", net.control().setOption(fd, Linux.SOL_SOCKET, Linux.SO_RCVBUF, 20_000));
        Net.ok("getOption", net.control().getOption(fd, Linux.SOL_SOCKET, Linux.SO_RCVBUF, value));
        assertThat(value[0]).as("Linux doubles it for its own use").isGreaterThanOrEqualTo(20_000);
        Net.ok("setOption", net.control().setOption(fd, Linux.SOL_SOCKET, Linux.SO_LINGER, -1));
        Net.ok("getOption", net.control().getOption(fd, Linux.SOL_SOCKET, Linux.SO_LINGER, value));
        assertThat(value[0]).isEqualTo(-1);
    }

    @BackendTest
    void B00_theControlPlaneAnswersEbadf(Lab lab) {
        for (int fd : new int[] {-1, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            Net net = lab.net();
            byte[] address = SockAddr.of(SockAddr.loopback(0));
            assertThat(net.control().bind(fd, address)).isEqualTo(-EBADF);
            assertThat(net.control().listen(fd, 1)).isEqualTo(-EBADF);
            assertThat(net.control().setOption(fd, Linux.SOL_SOCKET, Linux.SO_REUSEADDR, 1))
                    .isEqualTo(-EBADF);
            assertThat(net.control().getOption(fd, Linux.SOL_SOCKET, Linux.SO_REUSEADDR, new int[1]))
                    .isEqualTo(-EBADF);
            assertThat(net.control().localAddress(fd, new byte[128])).isEqualTo(-EBADF);
            assertThat(net.control().sendNow(fd, 0, 0)).isNegative();
            assertThat(net.control().shutdownNow(fd, SHUT_WR)).isNegative();
            assertThat(net.control().peerAddress(fd, new byte[128])).isEqualTo(-EBADF);
            assertThat(net.control().close(fd)).isEqualTo(-EBADF);
        }
    }

    @BackendTest
    void B00_thePeerOfASocketThatIsNotConnectedIsEnotconn(Lab lab) {
        assertThat(lab.net().control().peerAddress(lab.net().tcp(), new byte[128]))
                .isEqualTo(-ENOTCONN);
    }

    @BackendTest
    void B00_anUnknownAddressFamilyIsAnError(Lab lab) {
        assertThat(lab.net().control().socket(200, SOCK_STREAM, 0)).isNegative();
        assertThat(lab.net().control().socket(AF_INET, 200, 0)).isNegative();
    }

    @BackendTest(operations = {"RECV", "SEND"})
    void B00_anAdoptedDescriptorWorks(Lab lab) {
        // the descriptor comes from a second ring of the same backend, which gives it up
        RingDriver giver = lab.ring(8, 16);
        Net theirs = lab.own(new Net(giver));
        int listener = theirs.listener(4);
        int descriptor = lab.net().control().adopt(listener);
        if (descriptor == -EOPNOTSUPP) {
            Lab.skip("this backend takes no foreign descriptors");
        }
        giver.disown(listener);
        lab.ring().own(Net.ok("adopt", descriptor));
        SocketChannel client = lab.net().channel(lab.net().port(descriptor));
        lab.ring().own(lab.ring().result(lab.ops().accept(descriptor)));
        assertThat(client.isConnected()).isTrue();
    }

    @BackendTest
    void B00_adoptingNonsenseIsAnError(Lab lab) {
        int descriptor = lab.net().control().adopt(-1);

        assertThat(descriptor).as(Linux.result(descriptor)).isIn(-EBADF, -EOPNOTSUPP);
    }

    private static void skipWithoutIpv6(Lab lab) {
        String reason = lab.net().hasIpv6();
        if (reason != null) {
            Lab.skip(reason);
        }
    }

    private static void skipWithoutUnix(Lab lab) {
        int fd = lab.net().control().socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0) {
            Lab.skip("no Unix stream sockets: " + Linux.result(fd));
        }
        lab.net().control().close(fd);
    }

    private static String echo(Lab lab, int[] pair) {
        RingDriver ring = lab.ring();
        Region memory = ring.region(128).put(0, "there and back");
        long recv = lab.ops().recv(pair[1], memory, 32, 32);
        assertThat(ring.result(lab.ops().send(pair[0], memory, 0, 14))).isEqualTo(14);
        assertThat(ring.result(recv)).isEqualTo(14);
        long back = lab.ops().recv(pair[0], memory, 64, 32);
        assertThat(ring.result(lab.ops().send(pair[1], memory, 32, 14))).isEqualTo(14);
        assertThat(ring.result(back)).isEqualTo(14);
        return memory.text(64, 14);
    }
}
