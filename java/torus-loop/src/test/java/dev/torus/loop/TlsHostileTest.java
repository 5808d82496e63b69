package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.ConnectionFailedException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that break TLS's rules, are too slow, or go away: typed errors, and nothing of them remains. */
@Timeout(120)
class TlsHostileTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final String BACKENDS_AND_VERSIONS = "dev.torus.loop.TlsTest#backendsAndVersions";

    /** Runs a blocking peer on a thread of its own and closes the server when it is done. */
    private static void withPeer(EventLoop loop, TlsServer server, Peer peer, CompletableFuture<Void> outcome) {
        int port = server.port();
        Thread thread = new Thread(
                () -> {
                    try {
                        peer.talk(port);
                        outcome.complete(null);
                    } catch (Throwable e) {
                        outcome.completeExceptionally(e);
                    } finally {
                        loop.execute(server::close);
                    }
                },
                "peer");
        thread.setDaemon(true);
        thread.start();
    }

    private interface Peer {
        void talk(int port) throws Exception;
    }

    private static java.net.Socket plain(int port) throws IOException {
        java.net.Socket socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static SSLSocket secure(int port, String version) throws Exception {
        SSLSocket socket = (SSLSocket) TestCertificates.LOCALHOST
                .context()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(30_000);
        socket.setEnabledProtocols(new String[] {version});
        return socket;
    }

    /** A server that echoes, and a peer that talks to it; what the server heard of its clients. */
    private static List<String> serve(String backend, TlsOptions options, Consumer<TlsSocket> onConnection, Peer peer)
            throws Exception {
        List<String> heard = new ArrayList<>();
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        int[] shaking = {-1};
        TlsTest.run(backend, loop -> {
            TlsServer server = loop.tls().createServer(options, socket -> {
                socket.onFailure(failure -> heard.add(
                        failure instanceof TlsException tls
                                ? tls.reason().name()
                                : failure.getClass().getSimpleName()));
                socket.onData(socket::write);
                onConnection.accept(socket);
            });
            server.onClientError(failure -> heard.add("client: "
                    + (failure instanceof TlsException tls
                            ? tls.reason().name()
                            : failure.getClass().getSimpleName())));
            server.listen(0);
            withPeer(loop, server, peer, outcome);
            server.onClose(() -> shaking[0] = server.handshaking());
        });
        outcome.get(30, TimeUnit.SECONDS);
        assertThat(shaking[0]).isNotNegative();
        return heard;
    }

    private static void assertEchoes(int port, String version) throws Exception {
        try (SSLSocket good = secure(port, version)) {
            good.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(good.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatIsNoTlsIsRefusedAndOthersAreServed(String backend) throws Exception {
        Random random = new Random(1);
        byte[] noise = new byte[3000];
        random.nextBytes(noise);
        byte[][] garbage = {
            noise,
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            // a record of handshake with a client hello that is none
            ByteBuffer.allocate(105)
                    .put(new byte[] {22, 3, 1, 0, 100, 1, 0, 0, 96})
                    .array(),
            // a record that says it is longer than any may be
            new byte[] {22, 3, 1, -1, -1, 1, 2, 3},
            // an alert in the place of a greeting
            new byte[] {21, 3, 1, 0, 2, 2, 40},
            // application data before any handshake
            new byte[] {23, 3, 3, 0, 3, 1, 2, 3},
        };
        List<String> heard = serve(backend, TestCertificates.LOCALHOST.server().build(), socket -> {}, port -> {
            for (byte[] one : garbage) {
                try (java.net.Socket socket = plain(port)) {
                    socket.getOutputStream().write(one);
                    socket.shutdownOutput();
                    // perhaps an alert, then the end
                    try {
                        socket.getInputStream().readAllBytes();
                    } catch (IOException reset) {
                        assertThat(reset).hasMessageContaining("reset");
                    }
                }
                assertEchoes(port, "TLSv1.3");
            }
        });
        assertThat(heard).hasSize(garbage.length).containsOnly("client: HANDSHAKE");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aHandshakeHasADeadline(String backend) throws Exception {
        TlsOptions options = TestCertificates.LOCALHOST
                .server()
                .handshakeTimeout(Duration.ofMillis(50))
                .build();
        List<String> heard = serve(backend, options, socket -> {}, port -> {
            try (java.net.Socket silent = plain(port);
                    java.net.Socket slow = plain(port)) {
                slow.getOutputStream().write(new byte[] {22, 3, 1, 1});
                assertThat(silent.getInputStream().read()).isEqualTo(-1);
                assertThat(slow.getInputStream().read()).isEqualTo(-1);
            }
        });
        assertThat(heard).containsExactly("client: TIMEOUT", "client: TIMEOUT");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void aConnectionThatIsCutOffIsNoEnd(String backend, String version) throws Exception {
        List<String> heard = new ArrayList<>();
        TlsTest.run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.onData(
                        data -> heard.add(StandardCharsets.US_ASCII.decode(data).toString()));
                peer.onEnd(() -> heard.add("end"));
                peer.onFailure(
                        failure -> heard.add(((TlsException) failure).reason().name()));
                peer.onClose(() -> heard.add("close"));
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            socket.onFailure(failure -> {});
            socket.onSecureConnect(() -> {
                socket.write("half of it");
                // the stream below ends, without a word of TLS
                loop.setImmediate(() -> socket.transport().end());
            });
            socket.onData(data -> {});
            socket.onClose(server::close);
        });
        assertThat(heard).containsExactly("half of it", "TRUNCATED", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aHandshakeThatIsCutOffIsAFailureOfBothSides(String backend) throws Exception {
        List<String> heard = serve(backend, TestCertificates.LOCALHOST.server().build(), socket -> {}, port -> {
            try (java.net.Socket socket = plain(port)) {
                socket.getOutputStream().write(new byte[] {22, 3, 1});
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            }
        });
        assertThat(heard).containsExactly("client: HANDSHAKE");

        List<String> mine = new ArrayList<>();
        TlsTest.run(backend, loop -> {
            Server server = loop.net().createServer(peer -> {
                peer.onEnd(() -> {});
                peer.end("220 no TLS here\r\n");
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            socket.onSecureConnect(() -> mine.add("secureConnect"));
            socket.onFailure(
                    failure -> mine.add(((TlsException) failure).reason().name()));
            socket.onClose(() -> {
                mine.add("close");
                server.close();
            });
        });
        assertThat(mine).containsExactly("HANDSHAKE", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aRefusedConnectionIsTheKernelsErrorThenClose(String backend) throws Exception {
        List<String> heard = new ArrayList<>();
        TlsTest.run(backend, loop -> {
            Server server = loop.net().createServer(peer -> {});
            server.listen(0);
            int port = server.port();
            server.onClose(() -> {
                TlsSocket socket =
                        loop.tls().connect(TlsOptions.defaults(), new java.net.InetSocketAddress("127.0.0.1", port));
                socket.onFailure(
                        failure -> heard.add(failure instanceof ConnectionFailedException ? "refused" : "" + failure));
                socket.onEnd(() -> heard.add("end"));
                socket.onClose(() -> heard.add("close"));
            });
            server.close();
        });
        assertThat(heard).containsExactly("refused", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void renegotiationIsRefused(String backend) throws Exception {
        List<String> heard = serve(
                backend,
                TestCertificates.LOCALHOST.server().protocols("TLSv1.2").build(),
                socket -> {},
                port -> {
                    try (SSLSocket socket = secure(port, "TLSv1.2")) {
                        socket.getOutputStream().write(1);
                        assertThat(socket.getInputStream().read()).isEqualTo(1);
                        // a second handshake
                        try {
                            socket.startHandshake();
                            socket.getOutputStream().write(2);
                            assertThat(socket.getInputStream().read()).isEqualTo(-1);
                        } catch (IOException refused) {
                            // depends on where the JDK notices it
                        }
                    }
                    assertEchoes(port, "TLSv1.2");
                });
        assertThat(heard).containsExactly("RENEGOTIATION");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void recordsThatWereChangedOnTheWayAreRefused(String backend, String version) throws Exception {
        List<String> heard = new ArrayList<>();
        TlsTest.run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.onData(data -> heard.add("data"));
                peer.onFailure(
                        failure -> heard.add(((TlsException) failure).reason().name()));
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            socket.onFailure(failure -> heard.add("client: " + ((TlsException) failure).reason()));
            socket.onSecureConnect(() -> loop.setImmediate(() -> {
                ByteBuffer forged = ByteBuffer.allocate(45);
                forged.put(new byte[] {23, 3, 3, 0, 40}).rewind();
                socket.transport().write(forged);
            }));
            socket.onData(data -> {});
            socket.onClose(server::close);
        });
        // the client hears of it by an alert
        assertThat(heard).containsExactly("PROTOCOL", "client: PROTOCOL");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyComeAtOnceAndManyGoAwayInTheMidst(String backend) throws Exception {
        int peers = 150;
        int[] echoed = {0};
        List<String> failures = new ArrayList<>();
        TlsTest.run(backend, loop -> {
            TlsServer server = loop.tls()
                    .createServer(TestCertificates.LOCALHOST.server().build(), peer -> {
                        peer.onFailure(failure -> failures.add(failure.toString()));
                        peer.onData(peer::write);
                    });
            server.listen(0);
            TlsOptions mine = TestCertificates.LOCALHOST.client().build();
            int[] closed = {0};
            Random random = new Random(7);
            for (int i = 0; i < peers; i++) {
                boolean leaves = i % 3 == 0;
                TlsSocket socket = loop.tls().connect(mine, "localhost", server.port());
                socket.onFailure(failure -> failures.add(failure.toString()));
                socket.onData(data -> {
                    echoed[0] += data.remaining();
                    socket.end();
                });
                socket.onClose(() -> {
                    if (++closed[0] == peers) {
                        server.close();
                    }
                });
                if (leaves) {
                    loop.setTimeout(random.nextInt(100), socket::destroy);
                } else {
                    socket.write("x");
                }
            }
            server.onClose(() -> {
                if (server.handshaking() > 0) {
                    failures.add("still shaking: " + server.handshaking());
                }
            });
        });
        assertThat(echoed[0]).isEqualTo(peers - peers / 3);
        // those that left had written nothing; a server that was done with the handshake hears that they were cut off
        assertThat(failures)
                .allSatisfy(
                        failure -> assertThat(failure).containsAnyOf("close_notify", "reset", "ended the connection"));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aConnectionCanBeDestroyedWhileItsHandshakeIsCalculated(String backend) throws Exception {
        List<String> heard = new ArrayList<>();
        TlsTest.run(backend, loop -> {
            TlsServer server = loop.tls()
                    .createServer(TestCertificates.LOCALHOST.server().build(), peer -> heard.add("connection"));
            server.listen(0);
            Server plain = loop.net().createServer(peer -> {
                peer.allowHalfOpen(true);
                TlsSocket secure;
                try {
                    secure = loop.tls()
                            .acceptOver(
                                    peer, TestCertificates.LOCALHOST.server().build());
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                secure.onSecureConnect(() -> heard.add("secureConnect"));
                secure.onClose(() -> heard.add("server: close"));
                // the calculation begins with the first bytes, in the same poll
                peer.pause();
                peer.resume();
                Runnable[] look = new Runnable[1];
                look[0] = () -> {
                    if (peer.bytesRead() > 0) {
                        secure.destroy();
                        secure.destroy();
                    } else {
                        loop.setImmediate(look[0]);
                    }
                };
                look[0].run();
            });
            plain.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", plain.port());
            socket.onFailure(failure -> heard.add("failure"));
            socket.onClose(() -> {
                heard.add("close");
                plain.close();
                server.close();
            });
        });
        assertThat(heard).containsExactlyInAnyOrder("server: close", "failure", "close");
    }
}
