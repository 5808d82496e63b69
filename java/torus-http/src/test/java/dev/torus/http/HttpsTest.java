package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.loop.EventLoop;
import dev.torus.loop.TlsException;
import dev.torus.loop.TlsOptions;
import java.net.Socket;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP over TLS, the client and the server with each other and with the JDK's client. */
@Timeout(120)
class HttpsTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";

    private static TestServer server(String backend, HttpLimits limits) throws Exception {
        TlsOptions tls = TestKeys.server();
        return new TestServer(backend, loop -> Http.createServer(loop, limits, tls, HttpServerTest.ECHO));
    }

    private static void run(String backend, Program program) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                try {
                    program.run(loop);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(loop.failure()).isNull();
        }
    }

    private interface Program {
        void run(EventLoop loop) throws Exception;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void requestsShareASecureConnection(String backend) throws Exception {
        List<String> answers = new ArrayList<>();
        String much = "0123456789".repeat(30_000);
        try (TestServer server = server(backend, HttpLimits.defaults())) {
            String url = "https://localhost:" + server.port();
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop, HttpLimits.defaults(), TestKeys.client());
                client.get(
                        url + "/1",
                        first -> first.onBody(body -> {
                            answers.add(new String(body, StandardCharsets.ISO_8859_1));
                            ClientRequest second = client.request("POST", url + "/2")
                                    .onResponse(answer -> answer.onBody(whole -> {
                                        answers.add(new String(whole, StandardCharsets.ISO_8859_1));
                                        answers.add(client.stats().totalConnections() + " connection");
                                        client.close();
                                    }));
                            second.write(ByteBuffer.wrap(much.getBytes(StandardCharsets.ISO_8859_1)));
                            second.end();
                        }));
            });
            assertThat(server.isEmptySoon()).isTrue();
            assertThat(server.stats().totalRequests()).isEqualTo(2);
            assertThat(server.uncaught()).isNull();
        }
        assertThat(answers).containsExactly("GET /1[]", "POST /2[" + much + "]", "1 connection");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void theJdksClientIsServed(String backend) throws Exception {
        // connections are kept for the same factory only
        SSLSocketFactory sockets = TestKeys.client().context().getSocketFactory();
        try (TestServer server = server(backend, HttpLimits.defaults())) {
            String much = "x".repeat(200_000);
            for (int i = 0; i < 3; i++) {
                HttpsURLConnection request =
                        (HttpsURLConnection) new URL("https://localhost:" + server.port() + "/" + i).openConnection();
                request.setSSLSocketFactory(sockets);
                request.setReadTimeout(30_000);
                request.setDoOutput(true);
                request.getOutputStream().write(much.getBytes(StandardCharsets.ISO_8859_1));
                String answer = new String(request.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(answer).isEqualTo("POST /" + i + "[" + much + "]");
            }
            assertThat(server.stats().totalConnections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anUntrustedServerIsATypedErrorOfTheRequest(String backend) throws Exception {
        List<Object> heard = new ArrayList<>();
        try (TestServer server = server(backend, HttpLimits.defaults())) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop, HttpLimits.defaults(), TlsOptions.defaults());
                client.get("https://localhost:" + server.port() + "/", answer -> heard.add("answer"))
                        .onError(failure -> {
                            heard.add(failure.reason());
                            heard.add(((TlsException) failure.getCause()).reason());
                            client.close();
                        });
            });
            assertThat(server.isEmptySoon()).isTrue();
            assertThat(server.stats().refused()).isEqualTo(1);
            assertThat(server.stats().totalRequests()).isZero();
        }
        assertThat(heard).containsExactly(HttpException.Reason.NO_CONNECTION, TlsException.Reason.CERTIFICATE);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void peersThatAreSilentOrNoTlsAreGivenUpAndOthersAreServed(String backend) throws Exception {
        HttpLimits impatient =
                HttpLimits.builder().headersTimeout(Duration.ofMillis(200)).build();
        try (TestServer server = server(backend, impatient)) {
            try (Socket silent = server.connect();
                    Socket plain = server.connect()) {
                TestServer.send(plain, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(TestServer.readAll(plain)).doesNotContain("HTTP/1.1");
                assertThat(silent.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(server.isEmptySoon()).isTrue();
            assertThat(server.uncaught()).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aClientWithoutTlsRefusesHttps(String backend) throws Exception {
        run(backend, loop -> {
            HttpClient client = Http.createClient(loop);
            assertThatThrownBy(() -> client.request("GET", "https://localhost/"))
                    .isInstanceOf(IllegalArgumentException.class);
            client.close();
        });
    }
}
