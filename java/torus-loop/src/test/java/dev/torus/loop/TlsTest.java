package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.loop.TlsOptions.ClientAuthentication;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A loop's TLS server and client with each other. */
@Timeout(120)
class TlsTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final String BACKENDS_AND_VERSIONS = "dev.torus.loop.TlsTest#backendsAndVersions";

    private final List<Object> log = new ArrayList<>();

    static Stream<Arguments> backendsAndVersions() {
        return Backends.available()
                .flatMap(backend -> Stream.of("TLSv1.3", "TLSv1.2").map(version -> Arguments.of(backend, version)));
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    /** Runs a program on a loop, which then must have ended by itself with nothing left over. */
    static void run(String backend, Program program) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                try {
                    program.run(loop);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(loop.failure()).isNull();
            assertThat(loop.activeHandles()).isEmpty();
            assertThat(loop.kernel().stats().openHandles()).isZero();
            assertThat(loop.kernel().pending()).isZero();
        }
    }

    interface Program {
        void run(EventLoop loop) throws Exception;
    }

    private static TlsServer echo(EventLoop loop, TlsOptions options, Consumer<TlsSocket> onConnection) {
        return loop.tls()
                .createServer(options, peer -> {
                    onConnection.accept(peer);
                    peer.onData(peer::write);
                })
                .listen(0);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void eventsComeInNodesOrder(String backend, String version) throws Exception {
        run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            TlsServer server = echo(loop, options, peer -> {
                log.add("server: secureConnection");
                peer.onClose(() -> log.add("server: close"));
            });
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            socket.onSecureConnect(() -> {
                log.add("secureConnect " + socket.session().getProtocol());
                socket.end("hello");
                loop.nextTick(() -> log.add("tick"));
            });
            socket.onData(data -> log.add("data " + text(data)));
            socket.onEnd(() -> log.add("end"));
            socket.onClose(() -> {
                log.add("close");
                server.close();
            });
            log.add("main");
        });
        assertThat(log)
                .containsSubsequence("main", "secureConnect " + version, "tick", "data hello", "end", "close")
                .containsSubsequence("server: secureConnection", "server: close")
                .hasSize(8);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void whatIsWrittenBeforeTheHandshakeIsKeptUntilThen(String backend, String version) throws Exception {
        StringBuilder got = new StringBuilder();
        boolean[] drained = {false};
        run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            TlsServer server = echo(loop, options, peer -> {});
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "127.0.0.1", server.port());
            socket.onDrain(() -> {
                drained[0] = true;
                socket.end("c");
                assertThatThrownBy(() -> socket.write("d")).isInstanceOf(IllegalStateException.class);
            });
            assertThat(socket.write("a")).isTrue();
            assertThat(socket.write("b".repeat(100_000))).isFalse();
            assertThat(socket.queuedBytes()).isGreaterThanOrEqualTo(100_001);
            socket.onData(data -> got.append(text(data)));
            socket.onClose(server::close);
        });
        assertThat(got).hasToString("a" + "b".repeat(100_000) + "c");
        assertThat(drained[0]).isTrue();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void muchDataIsHeldUpByAReaderThatPausesInBothDirections(String backend, String version) throws Exception {
        int total = 6 << 20;
        int[] received = {0};
        int[] wrong = {0};
        int[] mostQueued = {0};
        int[] waits = {0};
        run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            // the echo holds up its client when it is held up itself
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.onDrain(peer::resume);
                peer.onData(data -> {
                    if (!peer.write(data)) {
                        peer.pause();
                    }
                    mostQueued[0] = Math.max(mostQueued[0], peer.queuedBytes());
                });
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            int[] sent = {0};
            Runnable more = () -> {
                byte[] piece = new byte[50_000];
                boolean room = true;
                while (room && sent[0] < total) {
                    int size = Math.min(piece.length, total - sent[0]);
                    for (int i = 0; i < size; i++) {
                        piece[i] = (byte) ((sent[0] + i) % 251);
                    }
                    sent[0] += size;
                    room = socket.write(ByteBuffer.wrap(piece, 0, size));
                    waits[0] += room ? 0 : 1;
                }
                if (sent[0] == total) {
                    socket.end();
                }
            };
            socket.onDrain(more);
            socket.onSecureConnect(more);
            socket.onData(data -> {
                while (data.hasRemaining()) {
                    wrong[0] += data.get() == (byte) (received[0]++ % 251) ? 0 : 1;
                }
                if (received[0] % 16 == 0) {
                    socket.pause();
                    loop.setImmediate(socket::resume);
                }
            });
            socket.onClose(server::close);
        });
        assertThat(received[0]).isEqualTo(total);
        assertThat(wrong[0]).isZero();
        assertThat(waits[0]).isPositive();
        assertThat(mostQueued[0]).isLessThan(1 << 20);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void tinyWritesOfACallbackAreJoined(String backend, String version) throws Exception {
        StringBuilder got = new StringBuilder();
        long[] taken = {0};
        run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.onData(data -> got.append(text(data)));
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            Socket below = (Socket) socket.transport();
            socket.onSecureConnect(() -> {
                taken[0] = -below.bytesWritten();
                for (int i = 0; i < 2000; i++) {
                    socket.write(String.valueOf(i % 10));
                }
                socket.end();
            });
            socket.onData(data -> {});
            socket.onClose(() -> {
                taken[0] += below.bytesWritten();
                server.close();
            });
        });
        assertThat(got).hasToString("0123456789".repeat(200));
        // a record has an overhead of 22 bytes or more: each byte by itself would take 46,000
        assertThat(taken[0]).isBetween(2000L, 3000L);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void bytesThatComeOneByOneAreTheSame(String backend, String version) throws Exception {
        StringBuilder got = new StringBuilder();
        run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            Server server = loop.net().createServer(peer -> {
                peer.allowHalfOpen(true);
                TlsSocket secure = loop.tls().acceptOver(new TrickledDuplex(peer), options);
                secure.onData(secure::write);
            });
            server.listen(0);
            Socket below = loop.net().connect(server.port()).allowHalfOpen(true);
            TlsSocket socket = loop.tls()
                    .connectOver(
                            new TrickledDuplex(below),
                            TestCertificates.LOCALHOST.client().build(),
                            "localhost",
                            server.port());
            socket.onSecureConnect(() -> {
                socket.write("x".repeat(5000));
                socket.end("y");
            });
            socket.onData(data -> got.append(text(data)));
            socket.onClose(server::close);
        });
        assertThat(got).hasToString("x".repeat(5000) + "y");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void oneSideCanEndWhileTheOtherGoesOn(String backend) throws Exception {
        run(backend, loop -> {
            TlsOptions options = TestCertificates.LOCALHOST.server().build();
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.allowHalfOpen(true);
                peer.onData(data -> log.add("server: " + text(data)));
                peer.onEnd(() -> {
                    log.add("server: end");
                    loop.setTimeout(5, () -> {
                        peer.write("and more ");
                        loop.setTimeout(5, () -> peer.end("x".repeat(40_000)));
                    });
                });
                peer.onClose(() -> log.add("server: close"));
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            StringBuilder got = new StringBuilder();
            socket.onSecureConnect(() -> socket.end("first"));
            socket.onData(data -> got.append(text(data)));
            socket.onEnd(() -> log.add("end after " + got.length()));
            socket.onClose(() -> {
                log.add("close");
                server.close();
            });
        });
        assertThat(log).startsWith("server: first", "server: end", "end after 40009");
        assertThat(log).hasSize(5).contains("close", "server: close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void beforeTls13BothSidesEndTogether(String backend) throws Exception {
        run(backend, loop -> {
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols("TLSv1.2").build();
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.allowHalfOpen(true);
                peer.onData(data -> log.add("server: " + text(data)));
                peer.onEnd(() -> {
                    log.add("server: end");
                    loop.setImmediate(() -> peer.write("too late"));
                });
                peer.onClose(() -> log.add("server: close"));
            });
            server.listen(0);
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            socket.onSecureConnect(() -> socket.end("first"));
            socket.onData(data -> log.add("data"));
            socket.onEnd(() -> log.add("end"));
            socket.onClose(() -> {
                log.add("close");
                server.close();
            });
        });
        assertThat(log).startsWith("server: first", "server: end", "end").hasSize(5);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void bothSidesAgreeOnAProtocolAndTheServerHearsTheName(String backend, String version) throws Exception {
        run(backend, loop -> {
            TlsOptions options = TestCertificates.LOCALHOST
                    .server()
                    .protocols(version)
                    .applicationProtocols("h2", "http/1.1")
                    .build();
            TlsServer server = echo(loop, options, peer -> {
                log.add("server: " + peer.applicationProtocol() + " " + peer.serverName());
                assertThat(peer.peerCertificates()).isEmpty();
            });
            TlsOptions mine = TestCertificates.LOCALHOST
                    .client()
                    .applicationProtocols("http/1.1")
                    .build();
            TlsSocket socket = loop.tls().connect(mine, "localhost", server.port());
            socket.onSecureConnect(() -> {
                log.add("client: " + socket.applicationProtocol());
                List<Certificate> certificates = socket.peerCertificates();
                assertThat(certificates).containsExactly(TestCertificates.LOCALHOST.certificate);
                socket.end();
            });
            socket.onEnd(() -> {});
            socket.onClose(server::close);
        });
        assertThat(log).containsExactlyInAnyOrder("server: http/1.1 localhost", "client: http/1.1");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void ofSeveralCertificatesTheOneForTheNameIsShown(String backend, String version) throws Exception {
        run(backend, loop -> {
            TlsOptions options = TlsOptions.builder()
                    .keys(
                            TestCertificates.all(TestCertificates.LOCALHOST, TestCertificates.ELSEWHERE),
                            TestCertificates.PASSWORD)
                    .protocols(version)
                    .build();
            TlsServer server = echo(loop, options, peer -> {});
            String[] names = {"localhost", "elsewhere.example"};
            int[] closed = {0};
            for (String name : names) {
                TlsOptions mine = TlsOptions.builder()
                        .trusted(TestCertificates.trusting(TestCertificates.LOCALHOST, TestCertificates.ELSEWHERE))
                        .serverName(name)
                        .build();
                TlsSocket socket = loop.tls().connect(mine, "127.0.0.1", server.port());
                socket.onSecureConnect(() -> {
                    boolean right = socket.peerCertificates()
                            .get(0)
                            .equals(
                                    name.equals("localhost")
                                            ? TestCertificates.LOCALHOST.certificate
                                            : TestCertificates.ELSEWHERE.certificate);
                    log.add(name + " " + right);
                    socket.end();
                });
                socket.onEnd(() -> {});
                socket.onClose(() -> {
                    if (++closed[0] == names.length) {
                        server.close();
                    }
                });
            }
        });
        assertThat(log).containsExactlyInAnyOrder("localhost true", "elsewhere.example true");
    }

    /** What a client and a server hear of a handshake: a word for good, the reason otherwise. */
    private void handshake(String backend, TlsOptions server, TlsOptions client, String host) throws Exception {
        run(backend, loop -> {
            boolean[] heard = {false, false};
            TlsServer listening = loop.tls().createServer(server, peer -> {
                log.add("server: good " + peer.peerCertificates().size());
                peer.onFailure(failure -> {});
                peer.onData(peer::write);
            });
            Runnable both = () -> {
                if (heard[0] && heard[1]) {
                    listening.close();
                }
            };
            listening.onClientError(failure -> {
                log.add("server: " + ((TlsException) failure).reason());
                heard[0] = true;
                both.run();
            });
            listening.listen(0);
            TlsSocket socket = loop.tls().connect(client, host, listening.port());
            socket.onSecureConnect(() -> socket.write("?"));
            socket.onData(data -> {
                log.add("client: good");
                heard[0] = true;
                socket.end();
            });
            socket.onFailure(failure -> log.add("client: " + ((TlsException) failure).reason()));
            socket.onClose(() -> {
                heard[1] = true;
                both.run();
            });
        });
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void aCertificateForAnotherNameIsRefusedUnlessNobodyLooks(String backend, String version) throws Exception {
        TlsOptions server =
                TestCertificates.ELSEWHERE.server().protocols(version).build();
        handshake(backend, server, TestCertificates.ELSEWHERE.client().build(), "localhost");
        assertThat(log).containsExactlyInAnyOrder("client: CERTIFICATE", "server: HANDSHAKE");
        log.clear();
        TlsOptions careless =
                TestCertificates.ELSEWHERE.client().verifiesHostname(false).build();
        handshake(backend, server, careless, "localhost");
        assertThat(log).containsExactlyInAnyOrder("client: good", "server: good 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aCertificateThatIsNotTrustedIsRefused(String backend) throws Exception {
        handshake(
                backend,
                TestCertificates.LOCALHOST.server().build(),
                TestCertificates.ELSEWHERE.client().build(),
                "localhost");
        assertThat(log).containsExactlyInAnyOrder("client: CERTIFICATE", "server: HANDSHAKE");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void versionsThatNobodySharesAreRefused(String backend) throws Exception {
        handshake(
                backend,
                TestCertificates.LOCALHOST.server().protocols("TLSv1.2").build(),
                TestCertificates.LOCALHOST.client().protocols("TLSv1.3").build(),
                "localhost");
        assertThat(log).containsExactlyInAnyOrder("client: HANDSHAKE", "server: HANDSHAKE");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void clientsShowTheirCertificatesWhenTheyAreAskedTo(String backend, String version) throws Exception {
        TlsOptions.Builder server = TlsOptions.builder()
                .keys(TestCertificates.LOCALHOST.store, TestCertificates.PASSWORD)
                .trusted(TestCertificates.trusting(TestCertificates.CLIENT))
                .protocols(version);
        TlsOptions known = TestCertificates.LOCALHOST
                .client()
                .keys(TestCertificates.CLIENT.store, TestCertificates.PASSWORD)
                .build();
        TlsOptions nameless = TestCertificates.LOCALHOST.client().build();
        TlsOptions needed =
                server.clientAuthentication(ClientAuthentication.NEEDED).build();
        TlsOptions wanted =
                server.clientAuthentication(ClientAuthentication.WANTED).build();

        handshake(backend, needed, known, "localhost");
        assertThat(log).containsExactlyInAnyOrder("client: good", "server: good 1");
        log.clear();
        handshake(backend, wanted, nameless, "localhost");
        assertThat(log).containsExactlyInAnyOrder("client: good", "server: good 0");
        log.clear();
        handshake(backend, needed, nameless, "localhost");
        assertThat(log).hasSize(2).contains("server: HANDSHAKE").doesNotContain("client: good");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void tlsCanLieOverTls(String backend) throws Exception {
        StringBuilder got = new StringBuilder();
        run(backend, loop -> {
            TlsOptions options = TestCertificates.LOCALHOST.server().build();
            TlsServer server = loop.tls().createServer(options, outer -> {
                outer.allowHalfOpen(true);
                TlsSocket inner = loop.tls().acceptOver(outer, options);
                inner.onData(inner::write);
            });
            server.listen(0);
            TlsOptions mine = TestCertificates.LOCALHOST.client().build();
            TlsSocket outer = loop.tls().connect(mine, "localhost", server.port());
            outer.allowHalfOpen(true);
            TlsSocket inner = loop.tls().connectOver(outer, mine, "localhost", server.port());
            inner.onSecureConnect(() -> inner.end("z".repeat(100_000)));
            inner.onData(data -> got.append(text(data)));
            inner.onClose(server::close);
        });
        assertThat(got).hasToString("z".repeat(100_000));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void aHandlerThatThrowsLosesNoData(String backend, String version) throws Exception {
        StringBuilder got = new StringBuilder();
        int[] thrown = {0};
        run(backend, loop -> {
            loop.onUncaughtException(e -> thrown[0]++);
            TlsOptions options =
                    TestCertificates.LOCALHOST.server().protocols(version).build();
            TlsServer server = echo(loop, options, peer -> {});
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", server.port());
            socket.onSecureConnect(() -> {
                socket.end("w".repeat(60_000));
                throw new IllegalStateException("in secureConnect");
            });
            socket.onData(data -> {
                got.append(text(data));
                throw new IllegalStateException("in data");
            });
            socket.onClose(server::close);
        });
        assertThat(got).hasSize(60_000);
        assertThat(thrown[0]).isGreaterThan(1);
    }

    @Test
    void whatCannotBeIsRefusedAtOnce() throws Exception {
        TlsOptions.Builder both = TestCertificates.LOCALHOST.client().context(TestCertificates.LOCALHOST.context());
        assertThatThrownBy(both::build).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TlsOptions.builder().protocols().build()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TlsOptions.builder()
                        .handshakeTimeout(java.time.Duration.ZERO)
                        .build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TlsOptions.builder().keys(TestCertificates.LOCALHOST.store, "wrong".toCharArray()))
                .isInstanceOf(java.security.GeneralSecurityException.class);
        TlsOptions unknown =
                TestCertificates.LOCALHOST.client().protocols("SSLv1").build();
        try (EventLoop loop = EventLoop.create()) {
            loop.run(() -> assertThatThrownBy(() -> loop.tls().connect(unknown, "localhost", 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("SSLv1"));
        }
    }
}
