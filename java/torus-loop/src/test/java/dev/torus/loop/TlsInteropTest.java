package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With others' TLS: the JDK's own sockets and OpenSSL's command line, on either side. */
@Timeout(120)
class TlsInteropTest {
    private static final String BACKENDS_AND_VERSIONS = "dev.torus.loop.TlsTest#backendsAndVersions";
    private static final byte[] MUCH = "0123456789abcdef".repeat(20_000).getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    /** What a client sends is echoed; its close_notify is the end. Answers what the peer's thread made of it. */
    private static <T> T serve(String backend, TlsOptions options, Talk<T> talk) throws Exception {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        TlsTest.run(backend, loop -> {
            TlsServer server = loop.tls().createServer(options, peer -> {
                peer.onDrain(peer::resume);
                peer.onData(data -> {
                    if (!peer.write(data)) {
                        peer.pause();
                    }
                });
            });
            server.listen(0);
            int port = server.port();
            Thread thread = new Thread(() -> {
                try {
                    outcome.complete(talk.with(port));
                } catch (Throwable e) {
                    outcome.completeExceptionally(e);
                } finally {
                    loop.execute(server::close);
                }
            });
            thread.setDaemon(true);
            thread.start();
        });
        return outcome.get(30, TimeUnit.SECONDS);
    }

    private interface Talk<T> {
        T with(int port) throws Exception;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void theJdksClientGetsItsEcho(String backend, String version) throws Exception {
        byte[] echo = serve(
                backend, TestCertificates.LOCALHOST.server().protocols(version).build(), port -> {
                    try (SSLSocket socket = (SSLSocket) TestCertificates.LOCALHOST
                            .context()
                            .getSocketFactory()
                            .createSocket(InetAddress.getLoopbackAddress(), port)) {
                        socket.setSoTimeout(30_000);
                        socket.startHandshake();
                        assertThat(socket.getSession().getProtocol()).isEqualTo(version);
                        Thread writer = new Thread(() -> {
                            try {
                                socket.getOutputStream().write(MUCH);
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
                        writer.start();
                        byte[] all = socket.getInputStream().readNBytes(MUCH.length);
                        writer.join();
                        return all;
                    }
                });
        assertThat(echo).isEqualTo(MUCH);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void theJdksServerEchoes(String backend, String version) throws Exception {
        try (SSLServerSocket server = (SSLServerSocket) TestCertificates.LOCALHOST
                .context()
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setEnabledProtocols(new String[] {version});
            Thread thread = new Thread(() -> {
                try (SSLSocket peer = (SSLSocket) server.accept()) {
                    InputStream in = peer.getInputStream();
                    OutputStream out = peer.getOutputStream();
                    byte[] piece = new byte[8192];
                    long left = MUCH.length;
                    while (left > 0) {
                        int n = in.read(piece);
                        out.write(piece, 0, n);
                        left -= n;
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            thread.start();
            assertThat(exchange(backend, server.getLocalPort(), MUCH.length)).isEqualTo(MUCH);
            thread.join(30_000);
        }
    }

    /** Sends much and answers what came back until the peer's end. */
    private static byte[] exchange(String backend, int port, int length) throws Exception {
        ByteBuffer got = ByteBuffer.allocate(length);
        StringBuilder events = new StringBuilder();
        TlsTest.run(backend, loop -> {
            TlsSocket socket =
                    loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", port);
            socket.onSecureConnect(() -> {
                events.append("secure ");
                socket.write(ByteBuffer.wrap(MUCH, 0, length));
            });
            socket.onData(data -> {
                got.put(data);
                if (!got.hasRemaining()) {
                    socket.end();
                }
            });
            socket.onEnd(() -> events.append("end "));
            socket.onClose(() -> events.append("close"));
        });
        assertThat(events).hasToString("secure end close");
        return got.array();
    }

    private static void assumeOpenssl() throws Exception {
        boolean there;
        try {
            there = new ProcessBuilder("openssl", "version")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            there = false;
        }
        assumeThat(there).as("openssl is installed").isTrue();
    }

    private static String option(String version) {
        return version.equals("TLSv1.3") ? "-tls1_3" : "-tls1_2";
    }

    private Path pem() throws Exception {
        return Files.writeString(folder.resolve("localhost.pem"), TestCertificates.LOCALHOST.pem());
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void opensslsClientGetsItsEcho(String backend, String version) throws Exception {
        assumeOpenssl();
        Path pem = pem();
        String heard = serve(
                backend, TestCertificates.LOCALHOST.server().protocols(version).build(), port -> {
                    Process client = new ProcessBuilder(
                                    "openssl",
                                    "s_client",
                                    "-connect",
                                    "127.0.0.1:" + port,
                                    option(version),
                                    "-CAfile",
                                    pem.toString(),
                                    "-verify_return_error",
                                    "-verify_hostname",
                                    "localhost",
                                    "-brief")
                            .redirectErrorStream(true)
                            .start();
                    OutputStream in = client.getOutputStream();
                    in.write("over and out\n".getBytes(StandardCharsets.US_ASCII));
                    in.flush();
                    StringBuilder out = new StringBuilder();
                    InputStream from = client.getInputStream();
                    int c;
                    while (out.indexOf("over and out\n") < 0 && (c = from.read()) >= 0) {
                        out.append((char) c);
                    }
                    // it ends with its input, and says so to its peer
                    in.close();
                    assertThat(client.waitFor()).isZero();
                    return out.toString();
                });
        assertThat(heard).contains("Protocol version: " + version, "Verification: OK", "over and out");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS_AND_VERSIONS)
    void opensslsServerIsUnderstood(String backend, String version) throws Exception {
        assumeOpenssl();
        Process server = new ProcessBuilder(List.of(
                        "openssl",
                        "s_server",
                        "-accept",
                        "127.0.0.1:0",
                        "-cert",
                        pem().toString(),
                        "-key",
                        pem().toString(),
                        option(version),
                        "-rev"))
                .redirectErrorStream(true)
                .start();
        try {
            StringBuilder out = new StringBuilder();
            InputStream from = server.getInputStream();
            int c;
            while (!out.toString().matches("(?s).*ACCEPT [^\n]*:\\d+\n") && (c = from.read()) >= 0) {
                out.append((char) c);
            }
            int port = Integer.parseInt(out.toString().replaceAll("(?s).*ACCEPT [^\n]*:(\\d+)\n", "$1"));
            StringBuilder got = new StringBuilder();
            TlsTest.run(backend, loop -> {
                TlsSocket socket =
                        loop.tls().connect(TestCertificates.LOCALHOST.client().build(), "localhost", port);
                socket.onSecureConnect(() -> socket.write("stressed\n"));
                socket.onData(data -> {
                    got.append(StandardCharsets.US_ASCII.decode(data));
                    if (got.indexOf("\n") >= 0) {
                        socket.end();
                    }
                });
                socket.onFailure(failure -> got.append(failure));
            });
            assertThat(got.toString()).startsWith("desserts\n");
        } finally {
            server.destroy();
            server.waitFor();
        }
    }
}
