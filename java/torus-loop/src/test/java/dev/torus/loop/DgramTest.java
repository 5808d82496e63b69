package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.AddressInUseException;
import dev.torus.kernel.ConnectionFailedException;
import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DgramTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private final List<String> log = new ArrayList<>();

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress("127.0.0.1", port);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void nothingIsLeft(EventLoop loop) {
        assertThat(loop.kernel().stats().openHandles()).isZero();
        assertThat(loop.kernel().pending()).isZero();
        assertThat(loop.activeHandles()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R50_aMessageAndItsAnswer(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket server = loop.dgram().createSocket();
                server.onListening(() -> log.add("listening"));
                server.onMessage((data, from) -> {
                    log.add("server " + text(data));
                    server.send("answer", from);
                });
                server.onClose(() -> log.add("server closed"));
                server.bind(local(0));
                UdpSocket client = loop.dgram().createSocket();
                client.onMessage((data, from) -> {
                    log.add("client " + text(data) + " " + (from.getPort() == server.port()));
                    client.close();
                    server.close();
                });
                client.send("question", local(server.port()));
                log.add("main");
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("main", "listening", "server question", "client answer true", "server closed");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R47_sendingKeepsTheLoopAliveAndTellsTheBytes(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket socket = loop.dgram().createSocket();
                socket.bind(local(0)).unref();
                socket.send("four", local(socket.port())).thenAccept(count -> log.add("sent " + count));
                assertThat(socket.sendQueueCount()).isEqualTo(1);
                assertThat(socket.sendQueueBytes()).isEqualTo(4);
                loop.onExit(code -> log.add("left " + socket.sendQueueCount() + " " + socket.sendQueueBytes()));
            });
        }
        assertThat(log).containsExactly("sent 4", "left 0 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R55_aBoundSocketKeepsTheLoopAliveUnlessItIsUnrefed(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket socket = loop.dgram().createSocket().bind(local(0));
                assertThat(loop.isAlive()).isTrue();
                assertThat(loop.activeHandles()).anyMatch(line -> line.startsWith("UDP socket on /127.0.0.1:"));
                socket.unref();
                assertThat(loop.isAlive()).isFalse();
                socket.ref();
                loop.setTimeout(1, socket::unref);
            });
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R49_anAddressInUseIsAnErrorOfALaterCallback(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket first = loop.dgram().createSocket().bind(local(0));
                UdpSocket second = loop.dgram().createSocket();
                second.onError(e -> {
                    log.add(e instanceof AddressInUseException ? "in use" : e.toString());
                    first.close();
                    second.close();
                });
                second.bind(local(first.port()));
                log.add("called");
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("called", "in use");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R50_afterCloseThereIsNoMessage(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket server = loop.dgram().createSocket();
                server.onMessage((data, from) -> {
                    log.add(text(data));
                    server.close();
                    assertThatThrownBy(() -> server.send("x", from)).isInstanceOf(IllegalStateException.class);
                });
                server.onClose(() -> log.add("close"));
                server.bind(local(0));
                UdpSocket client = loop.dgram().createSocket();
                client.send("one", local(server.port()));
                client.send("two", local(server.port())).whenComplete((count, e) -> client.close());
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("one", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void messagesOfOneSenderComeEachOnceWithTheirBoundaries(String backend) throws Exception {
        int count = 300;
        List<Integer> sizes = new ArrayList<>();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket server = loop.dgram().createSocket();
                UdpSocket client = loop.dgram().createSocket();
                Runnable sendNext = () -> client.send(ByteBuffer.allocate(sizes.size() * 7), local(server.port()));
                server.onMessage((data, from) -> {
                    sizes.add(data.remaining());
                    if (sizes.size() == count) {
                        server.close();
                        client.close();
                    } else {
                        sendNext.run();
                    }
                });
                server.bind(local(0));
                sendNext.run();
            });
        }
        assertThat(sizes)
                .hasSize(count)
                .allMatch(size -> size % 7 == 0)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(sizes.get(0)).as("an empty datagram").isZero();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aConnectedSocketHasOnePeer(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket server = loop.dgram().createSocket();
                server.bind(local(0));
                UdpSocket client = loop.dgram().createSocket();
                UdpSocket stranger = loop.dgram().createSocket().bind(local(0));
                server.onMessage((data, from) -> {
                    log.add("server " + text(data));
                    stranger.send("from a stranger", from).thenAccept(sent -> server.send("answer", from));
                });
                client.onMessage((data, from) -> {
                    log.add("client " + text(data) + " " + from.equals(client.remoteAddress()));
                    List.of(server, client, stranger).forEach(UdpSocket::close);
                });
                client.onConnect(() -> {
                    log.add("connect");
                    assertThatThrownBy(() -> client.send("x", local(9))).isInstanceOf(IllegalStateException.class);
                    client.send(bytes("hello"));
                });
                client.connect(local(server.port()));
                log.add("main");
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("main", "connect", "server hello", "client answer true");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aClosedPortOfThePeerIsAnErrorAndReceivingGoesOn(String backend) throws Exception {
        assumeThat(System.getProperty("os.name")).as("what a loopback answers").isEqualTo("Linux");
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket first = loop.dgram().createSocket().bind(local(0));
                InetSocketAddress peer = first.address();
                UdpSocket client = loop.dgram().createSocket();
                client.onError(e -> {
                    log.add(e instanceof ConnectionFailedException ? "refused" : e.toString());
                    UdpSocket second = loop.dgram().createSocket();
                    second.onMessage((data, from) -> second.send("back", from).thenAccept(n -> second.close()));
                    second.bind(peer);
                    client.send(bytes("are you there now?"));
                });
                client.onMessage((data, from) -> {
                    log.add(text(data));
                    client.close();
                });
                client.onConnect(() -> {
                    first.onClose(() -> client.send(bytes("to nobody")));
                    first.close();
                });
                client.connect(peer);
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("refused", "back");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aDatagramThatIsTooLongBreaksItsPromiseAndNothingElse(String backend) throws Exception {
        assumeThat(Backends.isWine() || Backends.isQemu()).as("emulated").isFalse();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket server = loop.dgram().createSocket();
                server.onMessage((data, from) -> {
                    log.add(text(data));
                    server.close();
                });
                server.bind(local(0));
                for (int size : new int[] {65_508, 65_536, 1 << 20}) {
                    server.send(ByteBuffer.allocate(size), local(server.port())).exceptionally(e -> {
                        log.add(size + " " + ((TorusIoException) e).errno());
                        if (size == 65_508) {
                            server.send("small", local(server.port()));
                        }
                        return null;
                    });
                }
            });
        }
        assertThat(log)
                .containsExactlyInAnyOrder("65508 EMSGSIZE", "65536 EMSGSIZE", "1048576 EMSGSIZE", "small")
                .endsWith("small");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aHostNameIsLookedUp(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket server = loop.dgram().createSocket();
                server.onMessage((data, from) -> {
                    log.add(text(data));
                    server.close();
                });
                server.bind(local(0));
                server.send(bytes("by name"), "localhost", server.port());
            });
        }
        assertThat(log).containsExactly("by name");
    }

    private void multicast(String backend, AddressFamily family, String group, NetworkInterface network)
            throws Exception {
        InetAddress address = InetAddress.getByName(group);
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket member = loop.dgram().createSocket(family);
                member.setReuseAddress(true).bind(0).addMembership(address, network);
                UdpSocket sender = loop.dgram().createSocket(family);
                sender.setMulticastInterface(network).setMulticastTtl(0).setMulticastLoopback(true);
                InetSocketAddress to = new InetSocketAddress(address, member.port());
                assertThatThrownBy(() -> member.addMembership(address, network))
                        .hasRootCauseInstanceOf(AddressInUseException.class);
                member.onMessage((data, from) -> {
                    log.add(text(data));
                    member.dropMembership(address, network);
                    assertThatThrownBy(() -> member.dropMembership(address, network))
                            .cause()
                            .extracting(e -> ((TorusIoException) e).errno())
                            .isEqualTo(Errno.EADDRNOTAVAIL);
                    // what is sent to the group now is not for it; what is sent to itself is the proof that it was lost
                    member.onMessage((last, source) -> {
                        log.add(text(last));
                        member.close();
                        sender.close();
                    });
                    sender.send("to nobody", to).thenAccept(n -> {
                        String self = family == AddressFamily.INET ? "127.0.0.1" : "::1";
                        UdpSocket unicast = loop.dgram().createSocket(family);
                        unicast.send("to itself", new InetSocketAddress(self, member.port()))
                                .thenAccept(sent -> unicast.close());
                    });
                });
                sender.send("to the group", to);
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("to the group", "to itself");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aGroupIsJoinedAndLeft(String backend) throws Exception {
        assumeThat(Backends.isWine() || Backends.isQemu()).as("emulated").isFalse();
        multicast(
                backend, AddressFamily.INET, "239.255.77.1", NetworkInterface.getByInetAddress(local(0).getAddress()));
    }

    private static boolean carriesMulticast(NetworkInterface network) {
        try {
            return network.isUp() && network.supportsMulticast();
        } catch (SocketException gone) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anIPv6GroupIsJoinedAndLeft(String backend) throws Exception {
        assumeThat(Backends.isWine() || Backends.isQemu()).as("emulated").isFalse();
        NetworkInterface network = NetworkInterface.networkInterfaces()
                .filter(DgramTest::carriesMulticast)
                .filter(candidate -> candidate.inetAddresses().anyMatch(Inet6Address.class::isInstance))
                .findFirst()
                .orElse(null);
        assumeThat(network).as("an interface with IPv6 and multicast").isNotNull();
        multicast(backend, AddressFamily.INET6, "ff01::77:1", network);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatIsNoGroupCannotBeJoined(String backend) throws Exception {
        assumeThat(Backends.isWine() || Backends.isQemu()).as("emulated").isFalse();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                UdpSocket socket = loop.dgram().createSocket();
                assertThatThrownBy(() -> socket.addMembership(local(0).getAddress(), null))
                        .cause()
                        .extracting(e -> ((TorusIoException) e).errno())
                        .isEqualTo(Errno.EINVAL);
                socket.close();
            });
            nothingIsLeft(loop);
        }
    }
}
