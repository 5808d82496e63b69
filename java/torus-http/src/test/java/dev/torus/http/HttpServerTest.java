package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class HttpServerTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";

    /** Answers with what came: method, target and the body. */
    static final BiConsumer<HttpRequest, HttpResponse> ECHO = (request, response) -> {
        StringBuilder body = new StringBuilder();
        request.onData(data -> body.append(StandardCharsets.ISO_8859_1.decode(data)));
        request.onEnd(() -> response.end(request + "[" + body + "]"));
    };

    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void answersWithLengthAndDate(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, (request, response) -> response.end("hello"))) {
            String answer = server.exchange(get("/"));
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nhello");
            assertThat(answer).contains("Content-Length: 5\r\n").containsPattern("Date: \\w{3}, \\d\\d \\w{3} \\d{4}");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void pipelinedRequestsAreAnsweredInOrderThoughTheFirstIsSlow(String backend) throws Exception {
        try (TestServer server = new TestServer(
                backend,
                loop -> Http.createServer(loop, (request, response) -> {
                    if (request.path().equals("/0")) {
                        loop.setTimeout(30, () -> response.end(request.path()));
                    } else {
                        response.end(request.path());
                    }
                }))) {
            StringBuilder requests = new StringBuilder();
            StringBuilder wanted = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append(get("/" + i));
                wanted.append("/").append(i);
            }
            String answers = server.exchange(requests.toString());
            StringBuilder got = new StringBuilder();
            for (String answer : answers.split("HTTP/1.1 200 OK", -1)) {
                got.append(answer.isEmpty() ? "" : body(answer));
            }
            assertThat(got).hasToString(wanted.toString());
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void bodiesByLengthAndByChunksArrive(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, ECHO)) {
            assertThat(body(server.exchange("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde")))
                    .isEqualTo("POST /a[abcde]");
            assertThat(
                            body(
                                    server.exchange(
                                            "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n")))
                    .isEqualTo("PUT /b[abc0123456789]");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void writesGoOutInChunksAndHeadHasNoBody(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, (request, response) -> {
            response.header("X-A", "b");
            response.write("one");
            response.write("twotwotwotwotwotwo");
            response.end();
        })) {
            String answer = server.exchange(get("/"));
            assertThat(answer).contains("Transfer-Encoding: chunked\r\n", "X-A: b\r\n");
            assertThat(body(answer)).isEqualTo("3\r\none\r\n12\r\ntwotwotwotwotwotwo\r\n0\r\n\r\n");
            assertThat(body(server.exchange("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")))
                    .isEmpty();
            String old = server.exchange("GET / HTTP/1.0\r\n\r\n");
            assertThat(old).contains("Connection: close\r\n");
            assertThat(body(old)).isEqualTo("onetwotwotwotwotwotwo");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void connectionsAreKeptAsTheClientWants(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, ECHO);
                Socket socket = server.connect()) {
            for (int i = 0; i < 3; i++) {
                TestServer.send(socket, get("/" + i));
                TestServer.readUntil(socket, "/" + i + "[]");
            }
            assertThat(server.stats().totalConnections()).isEqualTo(1);
            TestServer.send(socket, "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(TestServer.readAll(socket))
                    .contains("Connection: close\r\n")
                    .endsWith("GET /last[]");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aClientThatExpectsItIsToldToContinue(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, ECHO);
                Socket socket = server.connect()) {
            TestServer.send(socket, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertThat(TestServer.readUntil(socket, "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            TestServer.send(socket, "ok");
            assertThat(TestServer.readUntil(socket, "]")).endsWith("POST /[ok]");
            assertThat(server.exchange("POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n"))
                    .startsWith("HTTP/1.1 417 ");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aBodyThatNobodyReadsHoldsUpTheClientAndIsSkippedWithTheAnswer(String backend) throws Exception {
        HttpResponse[] waiting = new HttpResponse[1];
        try (TestServer server = new TestServer(backend, (request, response) -> {
                    if (request.method().equals("GET")) {
                        waiting[0].end("late");
                    } else {
                        waiting[0] = response;
                    }
                    if (request.method().equals("GET")) {
                        response.end("second");
                    }
                });
                Socket socket = server.connect()) {
            TestServer.send(
                    socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + "x".repeat(300_000));
            assertThat(server.exchange(get("/release"))).endsWith("second");
            assertThat(TestServer.readUntil(socket, "late")).startsWith("HTTP/1.1 200 OK");
            TestServer.send(socket, get("/again").replace("GET", "HEAD"));
            assertThat(server.exchange(get("/release"))).endsWith("second");
            assertThat(TestServer.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 200 OK");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aFastWriterWaitsForDrain(String backend) throws Exception {
        int total = 16 << 20; // more than the system keeps of a connection that nobody reads
        CountDownLatch waits = new CountDownLatch(1);
        try (TestServer server = new TestServer(backend, (request, response) -> {
                    response.header("Content-Length", String.valueOf(total));
                    int[] left = {total};
                    Runnable more = () -> {
                        while (left[0] > 0) {
                            left[0] -= 32768;
                            if (!response.write(ByteBuffer.allocate(32768)) && left[0] > 0) {
                                waits.countDown();
                                return;
                            }
                        }
                        response.end();
                    };
                    response.onDrain(more);
                    more.run();
                });
                Socket socket = server.connect()) {
            TestServer.send(socket, get("/"));
            TestServer.readUntil(socket, "\r\n\r\n");
            assertThat(waits.await(30, TimeUnit.SECONDS)).isTrue();
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(total)).hasSize(total);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aHandlerThatThrowsIsA500ForItsClientOnly(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, (request, response) -> {
            if (request.path().equals("/bad")) {
                throw new IllegalStateException("as expected");
            }
            response.end("fine");
        })) {
            assertThat(server.exchange(get("/bad"))).startsWith("HTTP/1.1 500 ").contains("Connection: close\r\n");
            assertThat(server.exchange(get("/"))).endsWith("fine");
            assertThat(server.uncaught()).hasMessage("as expected");
            assertThat(server.isEmptySoon()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void closingLetsThePresentAnswerFinish(String backend) throws Exception {
        TestServer server = new TestServer(
                backend,
                loop -> Http.createServer(
                        loop, (request, response) -> loop.setTimeout(100, () -> response.end("finished"))));
        try (Socket busy = server.connect();
                Socket idle = server.connect()) {
            TestServer.send(busy, get("/"));
            while (server.stats().activeRequests() == 0) {
                Thread.onSpinWait();
            }
            server.close();
            assertThat(TestServer.readAll(busy))
                    .contains("Connection: close\r\n")
                    .endsWith("finished");
            assertThat(TestServer.readAll(idle)).isEmpty();
        }
        assertThat(server.openHandles).isZero();
        assertThat(server.last.connections()).isZero();
    }
}
