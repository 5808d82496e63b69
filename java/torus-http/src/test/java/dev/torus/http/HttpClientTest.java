package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.loop.EventLoop;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class HttpClientTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";

    /** A program on a loop of its own, to its end. */
    private static void run(String backend, Consumer<EventLoop> program) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> program.accept(loop));
            if (loop.failure() != null) {
                throw new AssertionError("uncaught", loop.failure());
            }
        }
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    private static String url(TestServer server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    /** Accepts connections; to each goes the next answer once a head has come, then it is closed. */
    private static final class RawServer implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Thread thread;

        RawServer(String... answers) throws Exception {
            thread = new Thread(() -> serve(answers));
            thread.start();
        }

        private void serve(String[] answers) {
            for (String answer : answers) {
                try (Socket socket = listener.accept()) {
                    TestServer.readUntil(socket, "\r\n\r\n");
                    TestServer.send(socket, answer);
                } catch (Exception e) {
                    return;
                }
            }
        }

        String url() {
            return "http://127.0.0.1:" + listener.getLocalPort() + "/";
        }

        @Override
        public void close() throws Exception {
            listener.close();
            thread.join();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void requestsOneAfterTheOtherShareAConnection(String backend) throws Exception {
        List<String> bodies = new ArrayList<>();
        try (TestServer server = new TestServer(backend, HttpServerTest.ECHO)) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                int[] left = {5};
                Runnable[] next = new Runnable[1];
                next[0] = () -> client.get(
                        url(server, "/" + left[0]),
                        answer -> answer.onBody(body -> {
                            bodies.add(answer + " " + text(body));
                            if (--left[0] > 0) {
                                next[0].run();
                            }
                        }));
                next[0].run();
                loop.onExit(code -> {
                    assertThat(client.stats().totalConnections()).isEqualTo(1);
                    assertThat(client.stats().idle()).isEqualTo(1);
                });
            });
            assertThat(server.stats().totalConnections()).isEqualTo(1);
        }
        assertThat(bodies)
                .containsExactly(
                        "200 OK GET /5[]", "200 OK GET /4[]", "200 OK GET /3[]", "200 OK GET /2[]", "200 OK GET /1[]");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyRequestsWaitForFewConnections(String backend) throws Exception {
        List<String> bodies = new ArrayList<>();
        try (TestServer server = new TestServer(backend, HttpServerTest.ECHO)) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(
                        loop, HttpLimits.builder().maxConnections(3).build());
                for (int i = 0; i < 100; i++) {
                    client.get(url(server, "/" + i), answer -> answer.onBody(body -> bodies.add(text(body))));
                }
                assertThat(client.stats().connections()).isEqualTo(3);
                assertThat(client.stats().waiting()).isEqualTo(97);
                client.close();
            });
            assertThat(server.stats().totalConnections()).isEqualTo(3);
            assertThat(server.isEmptySoon()).isTrue();
        }
        assertThat(bodies).hasSize(100).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void bodiesGoOutByLengthOrInChunksAndComeBack(String backend) throws Exception {
        List<String> bodies = new ArrayList<>();
        try (TestServer server = new TestServer(backend, (request, response) -> {
            response.header(
                    "X-Framing",
                    request.headers().has("Content-Length") ? "length" : request.header("Transfer-Encoding"));
            HttpServerTest.ECHO.accept(request, response);
        })) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                Consumer<ClientResponse> note =
                        answer -> answer.onBody(body -> bodies.add(answer.header("X-Framing") + " " + text(body)));
                client.request("POST", url(server, "/a")).onResponse(note).end("whole");
                ClientRequest parts =
                        client.request("PUT", url(server, "/b?c=d")).onResponse(note);
                parts.write("one");
                parts.write("two");
                parts.end("three");
                ClientRequest known = client.request("POST", url(server, "/c"))
                        .header("Content-Length", "6")
                        .onResponse(note);
                known.write("abc");
                known.end("def");
                ClientRequest careful = client.request("POST", url(server, "/d"))
                        .header("Expect", "100-continue")
                        .onResponse(note);
                careful.onContinue(() -> careful.end("continued"));
                careful.flush();
            });
        }
        assertThat(bodies)
                .containsExactlyInAnyOrder(
                        "length POST /a[whole]",
                        "chunked PUT /b?c=d[onetwothree]",
                        "length POST /c[abcdef]",
                        "chunked POST /d[continued]");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void muchDataIsHeldUpInBothDirections(String backend) throws Exception {
        int total = 8 << 20;
        int[] got = {0};
        int[] pauses = {0};
        boolean[] waited = {false};
        try (TestServer server = new TestServer(backend, (request, response) -> {
            // an echo that passes pressure on
            request.onData(data -> {
                if (!response.write(data)) {
                    request.pause();
                }
            });
            response.onDrain(request::resume);
            request.onEnd(response::end);
        })) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                ClientRequest request = client.request("POST", url(server, "/"));
                request.onResponse(answer -> answer.onData(data -> {
                    got[0] += data.remaining();
                    if (++pauses[0] % 10 == 0) {
                        answer.pause();
                        loop.setImmediate(answer::resume);
                    }
                }));
                int[] left = {total};
                Runnable more = () -> {
                    while (left[0] > 0) {
                        left[0] -= 32768;
                        if (!request.write(ByteBuffer.allocate(32768)) && left[0] > 0) {
                            waited[0] = true;
                            return;
                        }
                    }
                    request.end();
                };
                request.onDrain(more);
                more.run();
            });
        }
        assertThat(got[0]).isEqualTo(total);
        assertThat(waited[0]).isTrue();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void bodiesEndAsTheirHeadsSay(String backend) throws Exception {
        List<String> bodies = new ArrayList<>();
        String[] answers = {
            "HTTP/1.1 200 OK\r\n\r\nuntil the end",
            "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
        };
        try (RawServer server = new RawServer(answers)) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                int[] left = {answers.length};
                Runnable[] next = new Runnable[1];
                next[0] = () -> {
                    ClientRequest request = client.get(
                            server.url(), answer -> answer.onBody(body -> bodies.add(answer.status() + text(body))));
                    request.onClose(() -> {
                        if (--left[0] > 0) {
                            next[0].run();
                        }
                    });
                };
                next[0].run();
            });
        }
        assertThat(bodies).containsExactly("200until the end", "200abc", "200ok", "204", "200abc");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void badAnswersAreTypedErrors(String backend) throws Exception {
        Object[][] cases = {
            {"no answer at all\r\n\r\n", HttpException.Reason.UNKNOWN_VERSION},
            {"HTTP/1.1 two hundred\r\n\r\n", HttpException.Reason.BAD_MESSAGE},
            {"", HttpException.Reason.CONNECTION_LOST},
            {"HTTP/1.1 200 OK\r\nContent-", HttpException.Reason.CONNECTION_LOST},
            {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", HttpException.Reason.CONNECTION_LOST},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", HttpException.Reason.CONNECTION_LOST},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", HttpException.Reason.BAD_MESSAGE},
            {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
                HttpException.Reason.BAD_MESSAGE
            },
            {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", HttpException.Reason.BODY_TOO_LARGE},
            {"HTTP/1.1 200 OK\r\nA: " + "a".repeat(2000) + "\r\n\r\n", HttpException.Reason.HEADERS_TOO_LARGE},
        };
        HttpLimits small =
                HttpLimits.builder().maxHeadBytes(1000).maxBodyBytes(1000).build();
        for (Object[] one : cases) {
            List<Object> heard = new ArrayList<>();
            try (RawServer server = new RawServer((String) one[0])) {
                run(backend, loop -> {
                    HttpClient client = Http.createClient(loop, small);
                    client.get(server.url(), answer -> answer.onEnd(() -> heard.add("end")))
                            .onError(failure -> heard.add(failure.reason()))
                            .onClose(() -> heard.add("close"));
                });
            }
            assertThat(heard).as(one[0].toString().strip().split("a{9}")[0]).containsExactly(one[1], "close");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aServerThatIsNotThereOrTooSlowAndARequestGivenUpAreTypedErrors(String backend) throws Exception {
        List<Object> heard = new ArrayList<>();
        int closedPort;
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = listener.getLocalPort();
        }
        // of the server's thread; a request may end before the server has heard of it
        List<HttpResponse> late = new ArrayList<>();
        AtomicReference<Runnable> whenHeard = new AtomicReference<>(() -> {});
        try (TestServer server = new TestServer(backend, (request, response) -> {
            late.add(response);
            whenHeard.get().run();
        })) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                client.get("http://127.0.0.1:" + closedPort + "/", answer -> {})
                        .onError(failure -> heard.add(failure.reason()));
            });
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                ClientRequest slow = client.request("GET", url(server, "/"));
                slow.timeout(Duration.ofMillis(20)).onError(failure -> heard.add(failure.reason()));
                slow.end();
            });
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                ClientRequest request = client.request("GET", url(server, "/"));
                request.onError(failure -> heard.add(failure.reason()));
                whenHeard.set(() -> loop.execute(request::destroy));
                request.end();
            });
            server.onLoop(() -> {
                late.forEach(response -> response.end("too late"));
                return null;
            });
            assertThat(server.isEmptySoon()).isTrue();
        }
        assertThat(heard)
                .containsExactly(
                        HttpException.Reason.NO_CONNECTION, HttpException.Reason.TIMEOUT, HttpException.Reason.ABORTED);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aKeptConnectionThatTheServerHasClosedIsMadeAnew(String backend) throws Exception {
        List<String> bodies = new ArrayList<>();
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
        // says keep-alive, and closes: the client may notice before its next request or after it
        String[] answers = new String[40];
        java.util.Arrays.fill(answers, answer + "x");
        try (RawServer server = new RawServer(answers)) {
            run(backend, loop -> {
                HttpClient client = Http.createClient(loop);
                int[] left = {answers.length};
                Runnable[] next = new Runnable[1];
                next[0] = () -> client.get(
                        server.url(),
                        got -> got.onBody(body -> {
                            bodies.add(text(body));
                            if (--left[0] > 0) {
                                next[0].run();
                            }
                        }));
                next[0].run();
            });
        }
        assertThat(bodies).hasSize(answers.length).containsOnly("x");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatCannotBeSentIsRefusedAtOnce(String backend) throws Exception {
        run(backend, loop -> {
            HttpClient client = Http.createClient(loop);
            assertThatThrownBy(() -> client.request("GET ", "http://a/")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> client.request("GET", "ftp://a/")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> client.request("GET", "https://a/")).hasMessageContaining("without TLS");
            assertThatThrownBy(() -> client.request("GET", "http://a/").header("A", "b\r\nC: d"))
                    .isInstanceOf(IllegalArgumentException.class);
            client.close();
            assertThatThrownBy(() -> client.request("GET", "http://a/")).isInstanceOf(IllegalStateException.class);
        });
    }
}
