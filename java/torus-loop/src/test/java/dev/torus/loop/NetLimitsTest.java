package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.ConnectionFailedException;
import dev.torus.kernel.OperationTimedOutException;
import dev.torus.kernel.WorkerLane;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Timeouts of sockets, limits of servers. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NetLimitsTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private final List<Object> log = new ArrayList<>();
    private EventLoop loop;

    private void run(String backend, Runnable main) throws Exception {
        try (EventLoop opened = Backends.loop(backend)) {
            loop = opened;
            assertThat(opened.run(main)).isZero();
            assertThat(opened.activeHandles()).isEmpty();
            assertThat(opened.kernel().stats().openHandles()).isZero();
        }
    }

    private Server listening(java.util.function.Consumer<Socket> onConnection) {
        return loop.net().createServer(onConnection).listen(new InetSocketAddress("127.0.0.1", 0));
    }

    @Test
    void anIdleTimerFiresOnceUntilSomethingHappens() {
        ScriptedLoop script = new ScriptedLoop();
        IdleTimer timer = new IdleTimer(script.loop);
        script.loop.run(() -> {
            timer.set(Duration.ofMillis(10), () -> script.log.add("idle at " + script.now));
            script.ioAt(9, timer::activity);
            script.ioAt(18, timer::activity);
            script.ioAt(40, timer::activity);
            script.ioAt(100, () -> {
                timer.set(Duration.ZERO, () -> script.log.add("never"));
                timer.activity();
            });
            script.ioAt(200, () -> {});
        });
        assertThat(script.log).containsExactly("idle at 28", "idle at 50");
        assertThatThrownBy(() -> timer.set(Duration.ofMillis(-1), () -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> timer.set(Duration.ofDays(25), () -> {})).hasMessageContaining("PT600H");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aSocketTellsWhenItIsIdleAndIsLeftOpen(String backend) throws Exception {
        run(backend, () -> {
            Server server = listening(peer -> peer.pipe(peer));
            Socket socket = loop.net().connect(server.address());
            socket.onData(data -> log.add("data"));
            socket.onClose(server::close);
            socket.setTimeout(Duration.ofMillis(5), () -> {
                log.add("idle");
                if (log.size() == 1) {
                    socket.write("activity");
                } else if (log.contains("data")) {
                    socket.destroy();
                }
            });
        });
        assertThat(log).startsWith("idle").endsWith("idle").contains("data");
        assertThat(log.size()).isBetween(3, 4);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anIdleTimeoutDoesNotKeepTheLoopAliveAndEndsWithTheSocket(String backend) throws Exception {
        run(backend, () -> {
            Server server = listening(peer -> peer.onEnd(() -> {}));
            Socket socket = loop.net().connect(server.address());
            socket.setTimeout(Duration.ofDays(20), () -> log.add("idle"));
            socket.onConnect(socket::destroy);
            socket.onClose(server::close);
        });
        assertThat(log).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aConnectionThatIsNotMadeInTimeFailsAndNamesItsAddress(String backend) throws Exception {
        // elsewhere a full backlog refuses
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
            run(backend, () -> {
                for (int i = 0; i < 8; i++) {
                    Socket socket = loop.net().connect(address, Duration.ofMillis(50));
                    socket.onConnect(() -> loop.setTimeout(100, socket::destroy));
                    socket.onError(e -> log.add(
                            e instanceof OperationTimedOutException
                                    ? e.getMessage().contains("connect " + address)
                                    : e));
                    socket.onClose(() -> log.add("close"));
                }
            });
        }
        assertThat(log).contains(true);
        log.removeIf(Boolean.TRUE::equals);
        assertThat(log).hasSize(8).containsOnly("close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void theDeadlineOfAConnectionIncludesTheLookup(String backend) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        run(backend, () -> {
            for (int i = 0; i < loop.kernel().options().workers(); i++) {
                loop.blocking(
                        () -> {
                            gate.await();
                            return null;
                        },
                        WorkerLane.SLOW);
            }
            Socket socket = loop.net().connect("localhost", 1, Duration.ofMillis(5));
            socket.onError(e -> log.add(
                    e instanceof OperationTimedOutException && e.getMessage().contains("connect localhost:1")));
            socket.onClose(() -> {
                log.add("close");
                assertThat(loop.activeHandles()).noneMatch(line -> line.contains("lookup"));
                gate.countDown();
            });
        });
        assertThat(log).containsExactly(true, "close");
        assertThatThrownBy(() -> loop.net().connect("localhost", 1, Duration.ZERO))
                .hasMessageContaining("PT0S");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void allAddressesOfAHostAreTriedInTurn(String backend) throws Exception {
        run(backend, () -> {
            Server closed = listening(peer -> {});
            InetSocketAddress refused = (InetSocketAddress) closed.address();
            Server server = listening(peer -> peer.pipe(peer));
            InetSocketAddress good = (InetSocketAddress) server.address();
            closed.onClose(() -> {
                Socket socket = new Socket(loop, loop.net());
                socket.connectToOneOf(List.of(refused, refused, good, refused));
                socket.onConnect(() -> log.add(socket.remoteAddress().equals(good)));
                socket.write("kept until then");
                socket.onData(data -> {
                    log.add("data");
                    socket.end();
                });
                socket.onClose(server::close);
                Socket hopeless = new Socket(loop, loop.net());
                hopeless.connectToOneOf(List.of(refused, refused));
                hopeless.onError(e -> log.add(e instanceof ConnectionFailedException));
                Socket given = new Socket(loop, loop.net());
                given.connectToOneOf(List.of(refused, good));
                given.onClose(() -> log.add("only close"));
                given.destroy();
            });
            closed.close();
        });
        assertThat(log).containsExactlyInAnyOrder(true, "data", true, "only close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPeerThatDoesNotReadMeetsTheWriteDeadline(String backend) throws Exception {
        run(backend, () -> {
            Socket[] peers = new Socket[1];
            Server server = listening(peer -> peers[0] = peer);
            Socket socket = loop.net().connect(server.address());
            socket.setWriteDeadline(Duration.ofMillis(50));
            socket.write(
                    ByteBuffer.allocate(64 << 20), failure -> log.add(failure instanceof OperationTimedOutException));
            socket.onError(e -> {
                log.add(e instanceof OperationTimedOutException
                        && e.getMessage().contains("send"));
                peers[0].destroy();
                server.close();
            });
            socket.onClose(() -> log.add("close"));
        });
        assertThat(log).containsExactly(true, true, "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aWriteDeadlineDoesNotHinderAPeerThatReads(String backend) throws Exception {
        long[] got = {0};
        run(backend, () -> {
            Server server = listening(peer -> {
                peer.onData(data -> got[0] += data.remaining());
            });
            Socket socket = loop.net().connect(server.address());
            socket.setWriteDeadline(Duration.ofSeconds(50));
            socket.write(ByteBuffer.allocate(4 << 20));
            socket.end();
            socket.onEnd(() -> {});
            socket.onClose(server::close);
        });
        assertThat(got[0]).isEqualTo(4 << 20);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aServerHasNoMoreConnectionsThanItsLimit(String backend) throws Exception {
        run(backend, () -> {
            Server server = listening(peer -> {
                log.add("accepted");
                peer.write("welcome");
                peer.onEnd(() -> {});
            });
            server.maxConnections(2).onDrop(peer -> log.add("dropped"));
            List<Socket> welcome = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Socket socket = loop.net().connect(server.address());
                socket.onData(data -> welcome.add(socket));
                // a connection that is closed with nothing read may be told by a reset
                socket.onError(e -> {});
                socket.onClose(() -> {
                    if (!log.contains("again")) {
                        log.add("closed");
                        if (log.stream().filter("closed"::equals).count() == 2) {
                            loop.setTimeout(1, () -> closeOneAndConnectAgain(server, welcome));
                        }
                    }
                });
            }
        });
        assertThat(log.subList(0, 6))
                .containsExactlyInAnyOrder("accepted", "accepted", "dropped", "dropped", "closed", "closed");
        assertThat(log.subList(6, log.size())).containsExactly("again", "accepted");
    }

    private void closeOneAndConnectAgain(Server server, List<Socket> welcome) {
        if (welcome.size() < 2) {
            loop.setTimeout(1, () -> closeOneAndConnectAgain(server, welcome));
            return;
        }
        assertThat(server.connections()).isEqualTo(2);
        log.add("again");
        welcome.get(0).end();
        waitForRoom(server, () -> {
            Socket again = loop.net().connect(server.address());
            again.onData(data -> {
                assertThat(server.connections()).isEqualTo(2);
                welcome.get(1).destroy();
                again.destroy();
                server.close();
            });
        });
    }

    private void waitForRoom(Server server, Runnable then) {
        if (server.connections() < 2) {
            then.run();
        } else {
            loop.setTimeout(1, () -> waitForRoom(server, then));
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aSmallBacklogStillServesMany(String backend) throws Exception {
        int[] served = {0};
        run(backend, () -> {
            Server server = loop.net().createServer(peer -> peer.pipe(peer)).backlog(1);
            server.listen(new InetSocketAddress("127.0.0.1", 0));
            connectInTurn(server, 20, served);
            assertThatThrownBy(() -> server.backlog(0)).hasMessageContaining("backlog 0");
            assertThatThrownBy(() -> server.maxConnections(-1)).hasMessageContaining("-1");
        });
        assertThat(served[0]).isEqualTo(20);
    }

    private void connectInTurn(Server server, int left, int[] served) {
        if (left == 0) {
            server.close();
            return;
        }
        Socket socket = loop.net().connect(server.address());
        socket.onData(data -> served[0]++);
        socket.onClose(() -> connectInTurn(server, left - 1, served));
        socket.end("x");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void twoListenersShareAPortWhereTheSystemSpreadsIt(String backend) throws Exception {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        run(backend, () -> {
            Server first = loop.net().createServer(peer -> {}).reusePort(true);
            first.listen(new InetSocketAddress("127.0.0.1", 0));
            Server second = loop.net().createServer(peer -> {}).reusePort(true);
            second.onListening(() -> {
                log.add(second.port() == first.port());
                first.close();
                second.close();
            });
            second.listen(first.address());
        });
        assertThat(log).containsExactly(true);
    }
}
