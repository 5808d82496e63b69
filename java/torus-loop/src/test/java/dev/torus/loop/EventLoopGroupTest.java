package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.AddressInUseException;
import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopGroupTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final InetSocketAddress ANYWHERE = new InetSocketAddress("127.0.0.1", 0);

    @TempDir
    Path folder;

    private static EventLoopGroup group(String backend, int loops) throws Exception {
        return EventLoopGroup.create(
                loops, LoopOptions.builder().backend(backend).build());
    }

    private static void linuxOnly() {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    }

    /** Echoes over plain sockets, one after the other; each must get its own text back. */
    private static void echo(int port, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            try (java.net.Socket socket = new java.net.Socket("127.0.0.1", port)) {
                byte[] text = ("connection " + i).getBytes(StandardCharsets.UTF_8);
                socket.getOutputStream().write(text);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes()).isEqualTo(text);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void connectionsAreSpreadAndEachIsServedOnceOnItsOwnThread(String backend) throws Exception {
        linuxOnly();
        int connections = 200;
        AtomicInteger accepted = new AtomicInteger();
        Map<EventLoop, AtomicInteger> perLoop = new ConcurrentHashMap<>();
        Set<String> threads = ConcurrentHashMap.newKeySet();
        try (EventLoopGroup group = group(backend, 3)) {
            GroupServer server = group.listen(ANYWHERE, (loop, socket) -> {
                accepted.incrementAndGet();
                perLoop.computeIfAbsent(loop, key -> new AtomicInteger()).incrementAndGet();
                threads.add(
                        System.identityHashCode(loop) + Thread.currentThread().getName());
                socket.pipe(socket);
            });
            echo(server.port(), connections);
            assertThat(group.failure()).isNull();
            assertThat(group.loops()).hasSize(3).containsAll(perLoop.keySet());
        }
        assertThat(accepted.get()).isEqualTo(connections);
        // all on one loop would be a chance of 3 to the power of -199
        assertThat(perLoop.size()).isGreaterThan(1);
        assertThat(threads).hasSameSizeAs(perLoop.keySet());
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aGroupOfOneWorksEverywhere(String backend) throws Exception {
        try (EventLoopGroup group = group(backend, 1)) {
            echo(group.listen(ANYWHERE, (loop, socket) -> socket.pipe(socket)).port(), 5);
            assertThat(group.size()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whereConnectionsCannotBeSpreadTheFirstLoopHandsThemToAllInTurn(String backend) throws Exception {
        assumeThat(backend).isNotEqualTo("iocp");
        Map<EventLoop, AtomicInteger> perLoop = new ConcurrentHashMap<>();
        Set<String> threads = ConcurrentHashMap.newKeySet();
        try (EventLoopGroup group = group(backend, 3)) {
            GroupServer server = group.listen(ANYWHERE, false, each -> {}, (loop, socket) -> {
                perLoop.computeIfAbsent(loop, key -> new AtomicInteger()).incrementAndGet();
                threads.add(
                        System.identityHashCode(loop) + Thread.currentThread().getName());
                socket.pipe(socket);
            });
            echo(server.port(), 60);
            assertThat(perLoop).hasSize(3);
            assertThat(perLoop.values()).allMatch(count -> count.get() == 20);
            assertThat(threads).hasSize(3);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aUnixDomainSocketIsServedByAllLoops(String backend) throws Exception {
        assumeThat(backend).isNotEqualTo("iocp");
        assumeThat(Backends.hasUnixSockets(backend)).isTrue();
        Set<EventLoop> served = ConcurrentHashMap.newKeySet();
        Path path = folder.resolve("socket");
        StringBuilder got = new StringBuilder();
        try (EventLoopGroup group = group(backend, 2);
                EventLoop client = Backends.loop(backend)) {
            group.listen(UnixDomainSocketAddress.of(path), (loop, socket) -> {
                served.add(loop);
                socket.pipe(socket);
            });
            client.run(() -> {
                for (int i = 0; i < 4; i++) {
                    Socket socket = client.net().connect(path);
                    socket.onData(data -> got.append(StandardCharsets.UTF_8.decode(data)));
                    socket.end("x");
                }
            });
        }
        assertThat(got.toString()).isEqualTo("xxxx");
        assertThat(served).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void withHandingOverALoopThatDiesLeavesTheOthersToServe(String backend) throws Exception {
        assumeThat(backend).isNotEqualTo("iocp");
        CountDownLatch died = new CountDownLatch(1);
        AtomicInteger served = new AtomicInteger();
        try (EventLoopGroup group = group(backend, 3)) {
            group.onLoopDied((loop, reason) -> died.countDown());
            GroupServer server = group.listen(ANYWHERE, false, each -> each.maxConnections(100), (loop, socket) -> {
                served.incrementAndGet();
                socket.pipe(socket);
            });
            echo(server.port(), 6);
            group.loops().get(1).execute(() -> {
                throw new IllegalStateException("the end of a loop");
            });
            assertThat(died.await(30, TimeUnit.SECONDS)).isTrue();
            echo(server.port(), 6);
            assertThat(group.loops()).hasSize(2);
        }
        assertThat(served.get()).isEqualTo(12);
    }

    /** Connections that are on their way to loops that end: none is served twice, none stays open. */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void connectionsOnTheirWayToALoopThatEndsAreClosedOrServedByAnother(String backend) throws Exception {
        assumeThat(backend).isNotEqualTo("iocp");
        int connections = 30;
        try (EventLoopGroup group = group(backend, 3)) {
            GroupServer server = group.listen(ANYWHERE, false, each -> {}, (loop, socket) -> socket.pipe(socket));
            java.util.List<java.net.Socket> open = new java.util.ArrayList<>();
            for (int i = 0; i < connections; i++) {
                open.add(new java.net.Socket("127.0.0.1", server.port()));
                if (i == connections / 2) {
                    group.loops().get(1).execute(() -> {
                        throw new IllegalStateException("the end of a loop");
                    });
                }
            }
            group.shutdown(Duration.ZERO);
            for (java.net.Socket socket : open) {
                // the end, or a reset; for ever open would be the test's timeout
                assertThatCode(() -> assertThat(socket.getInputStream().read()).isEqualTo(-1))
                        .satisfiesAnyOf(
                                thrown -> assertThat(thrown).isNull(),
                                thrown -> assertThat(thrown).isInstanceOf(IOException.class));
                socket.close();
            }
            assertThat(group.awaitTermination(Duration.ofSeconds(30))).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whereConnectionsCannotMoveItSaysSo(String backend) throws Exception {
        assumeThat(backend).isEqualTo("iocp");
        try (EventLoopGroup group = group(backend, 2)) {
            assertThatThrownBy(() -> group.listen(ANYWHERE, (loop, socket) -> {}))
                    .isInstanceOfSatisfying(
                            TorusIoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP))
                    .hasMessageContaining("on 2 loops");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aLoopThatDiesLeavesTheOthersToServe(String backend) throws Exception {
        linuxOnly();
        AtomicInteger deaths = new AtomicInteger();
        AtomicReference<EventLoop> dead = new AtomicReference<>();
        CountDownLatch died = new CountDownLatch(1);
        try (EventLoopGroup group = group(backend, 3)) {
            group.onLoopDied((loop, reason) -> {
                dead.set(loop);
                deaths.incrementAndGet();
                assertThat(reason).hasMessage("the end of a loop");
                died.countDown();
            });
            GroupServer server = group.listen(ANYWHERE, (loop, socket) -> {
                assertThat(loop).isNotSameAs(dead.get());
                socket.pipe(socket);
            });
            EventLoop victim = group.next();
            victim.execute(() -> {
                throw new IllegalStateException("the end of a loop");
            });
            assertThat(died.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(dead.get()).isSameAs(victim);
            // its listener is closed by now: nothing is reset any more
            echo(server.port(), 50);
            assertThat(group.loops()).hasSize(2).doesNotContain(victim);
            assertThat(group.failure()).hasMessage("the end of a loop");
            Set<EventLoop> chosen = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                chosen.add(group.next());
            }
            assertThat(chosen).containsExactlyInAnyOrderElementsOf(group.loops());
        }
        assertThat(deaths.get()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void shutdownLetsConnectionsFinish(String backend) throws Exception {
        linuxOnly();
        try (EventLoopGroup group = group(backend, 2)) {
            CountDownLatch accepted = new CountDownLatch(1);
            GroupServer server = group.listen(ANYWHERE, (loop, socket) -> {
                socket.pipe(socket);
                accepted.countDown();
            });
            try (java.net.Socket socket = new java.net.Socket("127.0.0.1", server.port())) {
                assertThat(accepted.await(30, TimeUnit.SECONDS)).isTrue();
                group.shutdown(Duration.ofMinutes(10));
                assertThat(group.awaitTermination(Duration.ofMillis(20))).isFalse();
                socket.getOutputStream().write(ByteBuffer.allocate(4).putInt(5).array());
                assertThat(socket.getInputStream().readNBytes(4)).containsExactly(0, 0, 0, 5);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(group.awaitTermination(Duration.ofSeconds(30))).isTrue();
            assertThat(group.failure()).isNull();
            assertThat(group.loops()).isEmpty();
            assertThatThrownBy(group::next).hasMessageContaining("have ended");
            assertThatThrownBy(() -> group.listen(ANYWHERE, (loop, socket) -> {}))
                    .hasMessageContaining("have ended");
            assertThatThrownBy(() -> new java.net.Socket("127.0.0.1", server.port()))
                    .isInstanceOf(java.net.ConnectException.class);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void closingTheServerLeavesTheGroupRunning(String backend) throws Exception {
        linuxOnly();
        try (EventLoopGroup group = group(backend, 2)) {
            CountDownLatch closed = new CountDownLatch(2);
            GroupServer server = group.listen(
                    ANYWHERE, each -> each.onClose(closed::countDown), (loop, socket) -> socket.pipe(socket));
            echo(server.port(), 3);
            server.close();
            assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(group.loops()).hasSize(2);
            EventLoop next = group.next();
            assertThat(next.ask(() -> next.blocking(() -> 7)).get(30, TimeUnit.SECONDS))
                    .isEqualTo(7);
            echo(
                    group.listen(server.address(), (loop, socket) -> socket.pipe(socket))
                            .port(),
                    3);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whenOneCannotListenNoneDoes(String backend) throws Exception {
        linuxOnly();
        try (EventLoopGroup group = group(backend, 2);
                ServerSocket taken = new ServerSocket(0, 1, ANYWHERE.getAddress())) {
            InetSocketAddress address = (InetSocketAddress) taken.getLocalSocketAddress();
            assertThatThrownBy(() -> group.listen(address, (loop, socket) -> {}))
                    .isInstanceOf(AddressInUseException.class)
                    .hasMessageContaining(String.valueOf(address.getPort()));
            AtomicInteger calls = new AtomicInteger();
            assertThatThrownBy(() -> group.listen(
                            ANYWHERE,
                            each -> {
                                if (calls.incrementAndGet() == 2) {
                                    throw new IllegalArgumentException("the second one");
                                }
                            },
                            (loop, socket) -> {}))
                    .hasRootCauseMessage("the second one");
            assertThat(group.loops()).hasSize(2);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aThreadOfTheGroupMustNotWaitForIt(String backend) throws Exception {
        try (EventLoopGroup group = group(backend, 2)) {
            EventLoop loop = group.next();
            String message = loop.ask(() -> {
                        try {
                            group.listen(ANYWHERE, (ignored, socket) -> {});
                            return loop.resolved("listens");
                        } catch (IllegalStateException e) {
                            return loop.resolved(e.getMessage());
                        }
                    })
                    .get(30, TimeUnit.SECONDS);
            assertThat(message).contains("would wait for itself");
        }
    }

    @Test
    void aBackendThatIsNotThereIsAnErrorAndLeavesNoThread() {
        assertThatThrownBy(() -> group("no such backend", 3)).isInstanceOf(BackendUnavailableException.class);
        assertThatThrownBy(() -> group("nio", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.isAlive() && thread.getName().startsWith("torus-loop-"));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyGroupsComeAndGo(String backend) throws Exception {
        linuxOnly();
        for (int i = 0; i < 10; i++) {
            try (EventLoopGroup group = group(backend, 2)) {
                echo(
                        group.listen(ANYWHERE, (loop, socket) -> socket.pipe(socket))
                                .port(),
                        2);
            }
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.isAlive() && thread.getName().startsWith("torus-loop-"));
    }
}
