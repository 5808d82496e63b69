package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules by number that only a loop over a kernel can break; no time is measured. */
@Timeout(60)
class BackendRulesTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private final List<Object> log = new ArrayList<>();

    private Runnable say(String text) {
        return () -> log.add(text);
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r06_aTaskOfACompletionWaitsForTheNextPoll(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> loop.blocking(() -> 1).onSettled((value, failure) -> {
                loop.setImmediate(say("immediate"));
                loop.execute(say("task"));
            }));
        }
        assertThat(log).containsExactly("immediate", "task");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r07_aServerClosedInAnImmediateIsClosedBeforeTheNextTimersAndImmediates(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {});
                server.listen(0);
                server.onClose(say("close"));
                // a timer that is due by the next timers phase
                loop.setImmediate(() -> {
                    dueTimer(loop);
                    loop.setImmediate(say("immediate"));
                    server.close();
                });
            });
        }
        assertThat(log).containsExactly("close", "timer", "immediate");
    }

    private void dueTimer(EventLoop loop) {
        loop.setTimeout(1, say("timer"));
        long end = System.nanoTime() + 3_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r07_aSocketDestroyedInAnIoCallbackIsClosedAfterTheImmediatesAndBeforeTheTimers(String backend)
            throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onClose(say("close"));
                socket.onConnect(() -> socket.write("x"));
                socket.onData(data -> {
                    dueTimer(loop);
                    loop.setImmediate(() -> {
                        log.add("immediate");
                        loop.setImmediate(say("immediate of the next turn"));
                    });
                    socket.destroy();
                    server.close();
                });
            });
            assertThat(loop.kernel().stats().openHandles()).isZero();
            assertThat(loop.kernel().pending()).isZero();
        }
        assertThat(log).containsExactly("immediate", "close", "timer", "immediate of the next turn");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r07_handlesClosedTogetherAreClosedLastFirst(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                List<Server> servers = new ArrayList<>();
                for (int i = 1; i <= 3; i++) {
                    Server server = loop.net().createServer(peer -> {});
                    server.listen(0);
                    server.onClose(say("close " + i));
                    servers.add(server);
                }
                servers.forEach(Server::close);
            });
        }
        assertThat(log).containsExactly("close 3", "close 2", "close 1");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r07_eventsThatAreReadyWhenAHandleClosesAreNotLost(String backend) throws Exception {
        int connections = 50;
        int[] echoed = {0};
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                for (int i = 0; i < connections; i++) {
                    Socket socket = loop.net().connect(server.port());
                    socket.onConnect(() -> {
                        socket.write("x");
                        // a handle that waits for the kernel in this turn's closing phase
                        Server other = loop.net().createServer(peer -> {});
                        other.listen(0);
                        other.close();
                        loop.execute(say("task"));
                    });
                    socket.onData(data -> {
                        if (++echoed[0] == connections) {
                            server.close();
                        }
                        socket.end();
                    });
                }
            });
            assertThat(loop.kernel().stats().lentBuffers()).isZero();
        }
        assertThat(echoed[0]).isEqualTo(connections);
        assertThat(log).hasSize(connections);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r13_aDrainFollowsEveryAcceptedConnection(String backend) throws Exception {
        int connections = 5;
        List<Object> expected = new ArrayList<>();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                int[] accepted = {0};
                Server[] server = new Server[1];
                server[0] = loop.net().createServer(peer -> {
                    int number = accepted[0]++;
                    log.add("accepted " + number);
                    loop.queueMicrotask(say("microtask " + number));
                    loop.nextTick(say("tick " + number));
                    peer.destroy();
                    if (number == connections - 1) {
                        server[0].close();
                    }
                });
                server[0].listen(0);
                for (int i = 0; i < connections; i++) {
                    loop.net().connect(server[0].port()).onError(e -> {}).onEnd(() -> {});
                    expected.addAll(List.of("accepted " + i, "tick " + i, "microtask " + i));
                }
            });
        }
        assertThat(log).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r45_behindThreeLongTasksOneDoesNotWait(String backend) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                for (int i = 0; i < 3; i++) {
                    loop.blocking(() -> {
                                gate.await();
                                return null;
                            })
                            .thenRun(say("long"));
                }
                // it would wait for ever if it had to wait for one of them
                loop.blocking(() -> 1).thenRun(() -> {
                    log.add("short");
                    gate.countDown();
                });
            });
        }
        assertThat(log).containsExactly("short", "long", "long", "long");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r48_whatExistsAlreadyIsAnErrorInTheCallback(String backend, @TempDir Path folder) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                loop.fs().mkdir(folder).onSettled((done, failure) -> log.add(((TorusIoException) failure).errno()));
                log.add("called");
            });
        }
        assertThat(log).containsExactly("called", Errno.EEXIST);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r50_afterDestroyThereIsNoDataAlsoIfItWasReadyInTheSamePoll(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                List<Socket> peers = new ArrayList<>();
                Server server = loop.net().createServer(peer -> {
                    peers.add(peer);
                    peer.onClose(say("close"));
                    peer.onError(e -> log.add("error"));
                    peer.onEnd(say("end"));
                    peer.onData(data -> {
                        log.add("data");
                        // the others have their data in this poll or will have it
                        peers.forEach(Socket::destroy);
                    });
                });
                server.listen(0);
                int[] connected = {0};
                List<Socket> clients = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Socket client = loop.net().connect(server.port());
                    client.onError(e -> {});
                    clients.add(client);
                    client.onConnect(() -> {
                        if (++connected[0] == 4) {
                            loop.setImmediate(() -> loop.setImmediate(() -> clients.forEach(c -> c.write("x"))));
                        }
                    });
                }
                int[] closed = {0};
                for (Socket client : clients) {
                    client.onEnd(() -> {});
                    client.onClose(() -> {
                        if (++closed[0] == 4) {
                            server.close();
                        }
                    });
                }
            });
        }
        assertThat(log).containsExactly("data", "close", "close", "close", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r54_aDataHandlerThatThrowsLosesNothingOfWhatWasHeld(String backend) throws Exception {
        StringBuilder got = new StringBuilder();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.onUncaughtException(e -> got.append('!'));
            loop.run(() -> {
                Socket[] accepted = new Socket[1];
                Server server = loop.net().createServer(peer -> {
                    accepted[0] = peer;
                    peer.onEnd(() -> got.append(" end"));
                    peer.onData(data -> {
                        got.append(text(data));
                        loop.nextTick(() -> got.append('.'));
                        if (got.length() < 4) {
                            throw new IllegalStateException("expected");
                        }
                    });
                    peer.pause();
                });
                server.listen(0);
                Socket client = loop.net().connect(server.port());
                client.onEnd(() -> {});
                client.onClose(server::close);
                // three pieces, each when the one before has certainly arrived
                sendPieces(loop, client, List.of("a", "b", "c"), () -> {
                    client.end();
                    accepted[0].resume();
                });
            });
        }
        assertThat(got.toString().replace(".", "").replace("!", "")).isEqualTo("abc end");
        assertThat(got.toString()).contains("!").endsWith(" end");
    }

    private void sendPieces(EventLoop loop, Socket client, List<String> pieces, Runnable then) {
        if (pieces.isEmpty()) {
            then.run();
            return;
        }
        client.write(
                ByteBuffer.wrap(pieces.get(0).getBytes(StandardCharsets.UTF_8)),
                failure -> loop.setTimeout(5, () -> sendPieces(loop, client, pieces.subList(1, pieces.size()), then)));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r55_unrefedHandlesDeliverWhileSomethingElseKeepsTheLoopAliveAndAreAbandonedThen(String backend)
            throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    peer.unref();
                    peer.pipe(peer);
                });
                server.listen(0);
                server.unref();
                Socket socket = loop.net().connect(server.port());
                socket.unref();
                socket.onConnect(() -> socket.write("x"));
                dev.torus.loop.Timeout alive = loop.setTimeout(60_000, () -> log.add("too late"));
                socket.onData(data -> {
                    log.add("data");
                    alive.clear();
                });
            });
        }
        assertThat(log).containsExactly("data");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r55_aConnectionThatReadsKeepsTheLoopAliveAndOneThatIsClosedUntilItsCallback(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net()
                        .createServer(peer -> peer.onData(data -> {
                            log.add(text(data));
                            peer.destroy();
                        }));
                server.listen(0);
                server.unref();
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(
                        () -> loop.setTimeout(5, () -> socket.write("late")).unref());
                socket.onEnd(() -> {
                    socket.unref();
                    socket.onClose(say("close"));
                    socket.destroy();
                });
                socket.onError(e -> socket.onClose(say("close")));
            });
        }
        assertThat(log).containsExactly("late", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r47_whatIsWrittenOrEndedLastKeepsTheLoopAliveUntilItIsSent(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server[] server = new Server[1];
                server[0] = loop.net()
                        .createServer(peer -> {
                            server[0].close();
                            // both ends have ended reading when this is written
                            peer.onEnd(() -> peer.end("answer"));
                            peer.onClose(say("peer closed"));
                        })
                        .allowHalfOpen(true);
                server[0].listen(0);
                Socket client = loop.net().connect(server[0].port());
                client.onConnect(client::end);
                client.onData(data -> log.add(text(data)));
                // nothing but the peer's last write keeps the loop alive then
                client.unref();
            });
        }
        assertThat(log).contains("peer closed");
    }

    /** Connects two sockets of a loop and uses them in a check phase. */
    private static void pair(EventLoop loop, BiConsumer<Socket, Socket> use) {
        Socket[] ends = new Socket[2];
        Runnable ready = () -> {
            if (ends[0] != null && ends[1] != null) {
                loop.setImmediate(() -> loop.setImmediate(() -> use.accept(ends[0], ends[1])));
            }
        };
        Server[] server = new Server[1];
        server[0] = loop.net().createServer(peer -> {
            ends[1] = peer;
            server[0].close();
            ready.run();
        });
        server[0].listen(0);
        Socket client = loop.net().connect(server[0].port());
        client.onConnect(() -> {
            ends[0] = client;
            ready.run();
        });
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r04_aWriteThatTheSystemTookIsToldByATick(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> pair(loop, (client, peer) -> {
                peer.onData(data -> {
                    log.add("data " + text(data));
                    client.destroy();
                });
                loop.nextTick(say("tick before"));
                loop.queueMicrotask(say("microtask"));
                loop.setImmediate(say("immediate"));
                client.write(bytes("a"), e -> {
                    log.add("a written " + e);
                    loop.nextTick(say("tick of a"));
                });
                client.write(bytes("b"), e -> log.add("b written " + e));
                log.add("call over");
                loop.nextTick(say("tick after"));
            }));
        }
        assertThat(log)
                .containsExactly(
                        "call over",
                        "tick before",
                        "a written null",
                        "b written null",
                        "tick after",
                        "tick of a",
                        "microtask",
                        "data ab",
                        "immediate");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r04_writesInARowWithTheSameCallbackAreOneTick(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> pair(loop, (client, peer) -> {
                Consumer<TorusIoException> same = e -> {
                    log.add("same");
                    loop.nextTick(say("tick of same"));
                };
                client.write(bytes("a"), same);
                loop.nextTick(say("tick"));
                client.write(bytes("b"), same);
                client.write(bytes("c"), e -> log.add("other"));
                client.write(bytes("d"), same);
                client.destroy();
                peer.destroy();
            }));
        }
        assertThat(log)
                .containsExactly(
                        "same", "same", "tick", "other", "same", "tick of same", "tick of same", "tick of same");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r04_anEndReachesThePeerInTheNextPollAndClosesBeforeTheNextTimers(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> pair(loop, (client, peer) -> {
                client.onData(data -> {
                    client.end("last");
                    loop.setImmediate(() -> {
                        log.add("immediate");
                        loop.setImmediate(say("second immediate"));
                    });
                });
                peer.onData(data -> log.add(text(data)));
                peer.onEnd(() -> {
                    log.add("peer end");
                    dueTimer(loop);
                    loop.setImmediate(say("immediate of the end"));
                });
                peer.onClose(say("peer close"));
                peer.write("now");
            }));
        }
        // data and the end that follows it are two polls
        assertThat(log)
                .containsExactly(
                        "immediate",
                        "last",
                        "second immediate",
                        "peer end",
                        "immediate of the end",
                        "peer close",
                        "timer");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r04_writesBeforeTheConnectionComeAfterAConnectHandlerThatWasThere(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(() -> {
                    log.add("connected");
                    socket.write(bytes("c"), e -> log.add("c"));
                });
                socket.write(bytes("a"), e -> {
                    log.add("a");
                    loop.nextTick(say("tick of a"));
                });
                socket.write(bytes("b"), e -> {
                    log.add("b");
                    loop.setImmediate(socket::end);
                });
                socket.onClose(server::close);
                socket.resume();
            });
        }
        assertThat(log).containsExactly("connected", "a", "b", "c", "tick of a");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r52_moreThanTheWatermarkIsNoBacklogWhenTheSystemTakesItAtOnce(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> pair(loop, (client, peer) -> {
                client.highWatermark(1000);
                client.onDrain(say("drain"));
                log.add(client.write("x".repeat(20_000)));
                peer.onData(data -> client.destroy());
            }));
        }
        assertThat(log).containsExactly(true);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r60_whatWasWrittenBeforeAnExitOrADestroyIsSent(String backend) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                Socket socket = loop.net().connect(listener.getLocalPort());
                socket.onConnect(() -> {
                    socket.write("last words");
                    loop.exit(3);
                });
            });
            assertThat(code).isEqualTo(3);
            try (java.net.Socket peer = listener.accept()) {
                assertThat(peer.getInputStream().readNBytes(10))
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("last words");
            }
        }
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> pair(loop, (client, peer) -> {
                peer.onData(data -> log.add(text(data)));
                peer.onEnd(say("end"));
                client.write("last words");
                client.destroy();
            }));
        }
        assertThat(log).containsExactly("last words", "end");
    }

    /**
     * Until its program begins, a process that is being started has a copy of every open descriptor, which would keep a listening socket
     * open. NIO closes a listener in a way that leaves the copy to listen.
     */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void r56_aClosedServerRefusesAlsoWhileProcessesAreStarted(String backend) throws Exception {
        assumeThat(backend).isIn("io_uring", "epoll");
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger started = new AtomicInteger();
        Thread starter = new Thread(() -> startProcesses(over, started));
        starter.start();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> connectToClosedServer(loop, 2000));
        } finally {
            over.set(true);
            starter.join();
        }
        assertThat(started.get()).isPositive();
        assertThat(log).hasSize(2000).containsOnly(Errno.ECONNREFUSED);
    }

    private static void startProcesses(AtomicBoolean over, AtomicInteger started) {
        try {
            while (!over.get()) {
                new ProcessBuilder("true").start().waitFor();
                started.incrementAndGet();
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void connectToClosedServer(EventLoop loop, int times) {
        InetAddress here = InetAddress.getLoopbackAddress();
        Server server = loop.net().createServer(Socket::destroy);
        server.onListening(() -> {
            InetSocketAddress address = new InetSocketAddress(here, server.port());
            server.close();
            Socket client = loop.net().connect(address);
            client.onConnect(() -> {
                log.add("connected");
                client.destroy();
            });
            client.onError(e -> log.add(e.errno()));
            client.onClose(() -> {
                if (times > 1) {
                    loop.setImmediate(() -> connectToClosedServer(loop, times - 1));
                }
            });
        });
        server.listen(new InetSocketAddress(here, 0));
    }
}
