package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not well-formed or too large is refused with the right status, and the server goes on. */
@Timeout(120)
class BadRequestsTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\n";
    private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";

    private record Bad(int status, String request) {}

    private static final HttpLimits SMALL = HttpLimits.builder()
            .maxHeadBytes(1024)
            .maxHeaders(20)
            .maxBodyBytes(1000)
            .build();

    private static Stream<Bad> bad() {
        return Stream.of(
                new Bad(400, "no request at all\r\n\r\n"),
                new Bad(400, "GET / HTTP/1.1\r\n\r\n"),
                new Bad(400, "GET / HTTP/1.1\nHost: x\n\n"),
                new Bad(400, "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"),
                new Bad(400, "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n"),
                new Bad(400, "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"),
                new Bad(505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
                new Bad(501, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
                new Bad(400, POST + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                new Bad(400, POST + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
                new Bad(400, POST + "Content-Length: -3\r\n\r\nabc"),
                new Bad(400, POST + "Content-Length: +3\r\n\r\nabc"),
                new Bad(400, POST + "Content-Length: 3, 3\r\n\r\nabc"),
                new Bad(501, POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                new Bad(400, POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "xyz\r\nabc\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "-1\r\nabc\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "0x3\r\nabc\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "3\nabc\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "3\r\nabcd\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "0000000000000003\r\nabc\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "3;a\0\r\nabc\r\n0\r\n\r\n"),
                new Bad(400, CHUNKED + "0\r\nno field\r\n\r\n"),
                new Bad(413, CHUNKED + "fffffffffffffff\r\nabc"),
                new Bad(413, CHUNKED + "3e8\r\n" + "x".repeat(1000) + "\r\n1\r\nx\r\n0\r\n\r\n"),
                new Bad(413, POST + "Content-Length: 1001\r\n\r\n"),
                new Bad(431, CHUNKED + "3;" + "a".repeat(2000) + "\r\nabc\r\n0\r\n\r\n"),
                new Bad(431, "GET / HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(2000) + "\r\n\r\n"),
                new Bad(431, "GET / HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(20) + "\r\n"),
                new Bad(414, "GET /" + "a".repeat(2000) + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void eachIsRefusedAndTheServerGoesOn(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, SMALL, HttpServerTest.ECHO)) {
            List<Bad> all = bad().toList();
            for (Bad bad : all) {
                assertThat(server.exchange(bad.request()))
                        .as(bad.request())
                        .startsWith("HTTP/1.1 " + bad.status() + " ")
                        .contains("Connection: close\r\n")
                        .endsWith("\r\n\r\n");
                assertThat(server.exchange(POST + "Content-Length: 2\r\n\r\nok"))
                        .as("after " + bad.request())
                        .endsWith("POST /[ok]");
            }
            assertThat(server.stats().refused()).isEqualTo(all.size());
            assertThat(server.isEmptySoon()).isTrue();
            assertThat(server.uncaught()).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatFollowsABadRequestIsNotTaken(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, HttpServerTest.ECHO)) {
            String answer = server.exchange(CHUNKED + "xyz\r\n" + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("smuggled");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aBodyThatEndsOrIsResetTooEarlyIsToldToTheHandler(String backend) throws Exception {
        String[] partial = {CHUNKED + "5\r\nab", POST + "Content-Length: 5\r\n\r\nab"};
        for (String request : partial) {
            for (boolean reset : new boolean[] {false, true}) {
                CompletableFuture<HttpException> told = new CompletableFuture<>();
                CompletableFuture<Boolean> over = new CompletableFuture<>();
                CompletableFuture<Void> began = new CompletableFuture<>();
                try (TestServer server = new TestServer(backend, (got, response) -> {
                    got.onData(data -> began.complete(null));
                    got.onError(told::complete);
                    response.onClose(() -> over.complete(response.isEnded()));
                })) {
                    try (Socket socket = server.connect()) {
                        TestServer.send(socket, request);
                        began.get(30, TimeUnit.SECONDS);
                        if (reset) {
                            socket.setSoLinger(true, 0);
                        }
                    }
                    assertThat(told.get(30, TimeUnit.SECONDS).reason()).isEqualTo(HttpException.Reason.CONNECTION_LOST);
                    assertThat(over.get(30, TimeUnit.SECONDS)).isFalse();
                    assertThat(server.isEmptySoon()).isTrue();
                    assertThat(server.uncaught()).isNull();
                }
            }
        }
    }
}
