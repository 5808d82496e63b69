package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.AddressInUseException;
import dev.torus.kernel.ConnectionFailedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class NetTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private final List<Object> log = new ArrayList<>();

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R50_eventsOfASocketComeInOrder(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(() -> {
                    log.add("connect");
                    socket.end("hello");
                });
                socket.onData(data -> log.add("data " + text(data)));
                socket.onEnd(() -> log.add("end"));
                socket.onClose(() -> {
                    log.add("close");
                    server.close();
                });
                log.add("main");
            });
            assertThat(log).containsExactly("main", "connect", "data hello", "end", "close");
            assertThat(loop.kernel().stats().openHandles()).isZero();
            assertThat(loop.kernel().pending()).isZero();
        }
    }

    /** A peer that is none of the loop's: nothing else keeps the loop alive. */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R53_whatIsEndedInTheLastCallbackIsStillSent(String backend) throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EventLoop loop = Backends.loop(backend)) {
            peer.setSoTimeout(20_000); // reached only if the test fails
            loop.run(() -> {
                Socket socket = loop.net().connect(peer.getLocalPort());
                socket.onConnect(() -> socket.end("the last words"));
            });
            try (java.net.Socket accepted = peer.accept()) {
                accepted.setSoTimeout(20_000);
                assertThat(new String(accepted.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("the last words");
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R49_aRefusedConnectionIsAnErrorThenCloseAndNothingElse(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {});
                server.listen(0);
                int port = server.port();
                server.onClose(() -> {
                    Socket socket = loop.net().connect(port);
                    socket.onConnect(() -> log.add("connect"));
                    socket.onEnd(() -> log.add("end"));
                    socket.onError(e -> log.add(e instanceof ConnectionFailedException ? "refused" : e.toString()));
                    socket.onClose(() -> log.add("close"));
                    log.add("called");
                });
                server.close();
            });
        }
        assertThat(log).containsExactly("called", "refused", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R49_anAddressInUseIsAnErrorOfALaterCallback(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server first = loop.net().createServer(peer -> {});
                first.listen(new InetSocketAddress("127.0.0.1", 0));
                Server second = loop.net().createServer(peer -> {});
                second.onError(e -> {
                    log.add(e instanceof AddressInUseException ? "in use" : e.toString());
                    first.close();
                });
                second.listen(first.address());
                log.add("called");
            });
        }
        assertThat(log).containsExactly("called", "in use");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R51_aConnectionAttemptCanBeDestroyedBeforeItIsEstablished(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.onEnd(() -> {}));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(() -> log.add("connect"));
                socket.onError(e -> log.add("error"));
                socket.onClose(() -> {
                    log.add("close");
                    server.close();
                });
                socket.destroy();
            });
        }
        assertThat(log).containsExactly("close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R52_aFastWriterIsToldToWaitAndToldWhenTheBacklogIsGone(String backend) throws Exception {
        int total = 8 << 20;
        int[] received = {0};
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    ByteBuffer big = ByteBuffer.allocate(total);
                    boolean below = peer.write(big);
                    log.add("below " + below);
                    peer.onDrain(() -> {
                        log.add("drain " + peer.queuedBytes());
                        peer.end();
                    });
                    peer.onEnd(() -> {});
                });
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onData(data -> received[0] += data.remaining());
                socket.onClose(server::close);
            });
        }
        assertThat(received[0]).isEqualTo(total);
        assertThat(log).containsExactly("below false", "drain 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R52_writeCompletionsComeInOrderAfterTheCallReturned(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.onEnd(() -> {}));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                for (int i = 0; i < 3; i++) {
                    String name = "written " + i;
                    socket.write(
                            ByteBuffer.allocate(100_000),
                            failure -> log.add(failure == null ? name : failure.toString()));
                }
                socket.onEnd(() -> {});
                socket.end();
                socket.onClose(server::close);
                log.add("returned");
            });
        }
        assertThat(log).containsExactly("returned", "written 0", "written 1", "written 2");
    }

    /** A write or an end that has not gone to the kernel yet is a request, too (R47). */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aWriteOfTheLastCallbackIsSentBeforeTheLoopEnds(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend);
                java.net.ServerSocket peer =
                        new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
            loop.run(() -> {
                // nobody reads, so that nothing else keeps the loop alive
                Socket writes = loop.net().connect(peer.getLocalPort());
                writes.onConnect(() -> writes.write("last words"));
            });
            loop.run(() -> {
                Socket ends = loop.net().connect(peer.getLocalPort());
                ends.onConnect(ends::end);
            });
            try (java.net.Socket first = peer.accept();
                    java.net.Socket second = peer.accept()) {
                assertThat(new String(first.getInputStream().readNBytes(10), StandardCharsets.UTF_8))
                        .isEqualTo("last words");
                assertThat(second.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R53_theOtherDirectionStaysUsableAfterEnd(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net()
                        .createServer(peer -> {
                            peer.onData(data -> log.add("server got " + text(data)));
                            peer.onEnd(() -> {
                                log.add("server saw end");
                                loop.setTimeout(5, () -> peer.end("answer"));
                            });
                        })
                        .allowHalfOpen(true);
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.end("question");
                socket.onData(data -> log.add("client got " + text(data)));
                socket.onClose(server::close);
            });
        }
        assertThat(log).containsExactly("server got question", "server saw end", "client got answer");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R54_nothingIsDeliveredWhilePausedAndNothingIsLost(String backend) throws Exception {
        StringBuilder got = new StringBuilder();
        boolean[] mayDeliver = {false};
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    peer.onData(data -> {
                        assertThat(mayDeliver[0]).isTrue();
                        got.append(text(data));
                    });
                    peer.pause();
                    loop.setTimeout(20, () -> {
                        mayDeliver[0] = true;
                        peer.resume();
                    });
                    peer.onEnd(() -> got.append(" end"));
                });
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(() -> socket.end("0123456789"));
                socket.onEnd(() -> {});
                socket.onClose(server::close);
            });
        }
        assertThat(got).hasToString("0123456789 end");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R55_anUnrefedServerDoesNotKeepTheLoopAlive(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                Server server = loop.net().createServer(peer -> {});
                server.listen(0);
                assertThat(loop.activeHandles()).anyMatch(line -> line.startsWith("server on"));
                server.unref();
            });
            assertThat(code).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R56_closingAServerRefusesNewConnectionsAndLeavesAcceptedOnesAlone(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                int port = server.port();
                Socket accepted = loop.net().connect(port);
                accepted.onData(data -> {
                    log.add(text(data));
                    if (log.size() > 1) {
                        accepted.end();
                        return;
                    }
                    server.onClose(() -> loop.net().connect(port).onError(e -> {
                        log.add(e instanceof ConnectionFailedException ? "refused" : e.toString());
                        accepted.write("after");
                    }));
                    server.close();
                });
                accepted.onClose(() -> log.add("close"));
                accepted.write("before");
            });
        }
        assertThat(log).containsExactly("before", "refused", "after", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R57_writesThatAreOutstandingAreCancelledBeforeTheCloseCallback(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.onClose(() -> {}));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(() -> {
                    // more than the system takes while the peer does not read
                    socket.write(ByteBuffer.allocate(32 << 20), failure -> log.add("1 " + failure.errno()));
                    socket.write(ByteBuffer.allocate(1), failure -> {
                        log.add("2 " + failure.errno());
                        throw new IllegalStateException("thrown");
                    });
                    loop.onUncaughtException(e -> log.add(e.getMessage()));
                    loop.setImmediate(() -> loop.setImmediate(() -> {
                        socket.destroy();
                        log.add("destroyed");
                    }));
                });
                socket.onClose(() -> {
                    log.add("close");
                    loop.exit(0);
                });
            });
        }
        assertThat(log).containsExactly("destroyed", "1 ECANCELED", "2 ECANCELED", "thrown", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R57_aWriteBeforeTheConnectionIsCancelledWithIt(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {});
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.write(ByteBuffer.allocate(1), failure -> log.add(failure.errno()));
                socket.onClose(() -> log.add("close"));
                socket.destroy();
                server.close();
            });
        }
        assertThat(log.toString()).isEqualTo("[ECANCELED, close]");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void unixDomainSockets(String backend, @TempDir Path folder) throws Exception {
        assumeThat(Backends.hasUnixSockets(backend)).as("Unix domain sockets").isTrue();
        Path path = folder.resolve("s");
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(path);
                Socket socket = loop.net().connect(path);
                socket.end("over a path");
                socket.onData(data -> log.add(text(data)));
                socket.onClose(server::close);
            });
        }
        assertThat(log).containsExactly("over a path");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void executeWakesASleepingLoop(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int[] count = {0};
            loop.run(() -> {
                Server keepAlive = loop.net().createServer(peer -> {});
                keepAlive.listen(0);
                new Thread(() -> {
                            for (int i = 0; i < 1000; i++) {
                                loop.execute(() -> {
                                    if (++count[0] == 1000) {
                                        keepAlive.close();
                                    }
                                });
                            }
                        })
                        .start();
            });
            assertThat(count[0]).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyConnectionsEcho(String backend) throws Exception {
        int connections = 200;
        int rounds = 20;
        int[] done = {0};
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                for (int i = 0; i < connections; i++) {
                    Socket socket = loop.net().connect(server.port());
                    int[] left = {rounds};
                    int[] bytes = {0};
                    socket.onConnect(() -> socket.write("sixteen bytes..."));
                    socket.onData(data -> {
                        bytes[0] += data.remaining();
                        if (bytes[0] == 16) {
                            bytes[0] = 0;
                            if (--left[0] > 0) {
                                socket.write("sixteen bytes...");
                            } else {
                                socket.end();
                            }
                        }
                    });
                    socket.onClose(() -> {
                        if (++done[0] == connections) {
                            server.close();
                        }
                    });
                }
            });
            assertThat(done[0]).isEqualTo(connections);
            assertThat(loop.kernel().stats().openHandles()).isZero();
            assertThat(loop.kernel().stats().lentBuffers()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void R52_whatIsWrittenAtTheEndGoesOutThoughNothingElseKeepsTheLoopAlive(String backend) throws Exception {
        try (java.net.ServerSocket listener =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> heard = new CompletableFuture<>();
            Thread peer = new Thread(() -> {
                try (java.net.Socket accepted = listener.accept()) {
                    accepted.shutdownOutput();
                    heard.complete(new String(accepted.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                } catch (java.io.IOException e) {
                    heard.completeExceptionally(e);
                }
            });
            peer.start();
            try (EventLoop loop = Backends.loop(backend)) {
                loop.run(() -> {
                    Socket socket = loop.net().connect(listener.getLocalPort()).allowHalfOpen(true);
                    socket.onEnd(() -> socket.end("last words"));
                    socket.onClose(() -> log.add("close"));
                });
                assertThat(loop.kernel().stats().openHandles()).isZero();
            }
            assertThat(heard.get(30, TimeUnit.SECONDS)).isEqualTo("last words");
            assertThat(log).containsExactly("close");
            peer.join();
        }
    }
}
