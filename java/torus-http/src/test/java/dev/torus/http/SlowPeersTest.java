package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that are too slow are given up; time is virtual, and a sweep comes once a second of it. */
@Timeout(120)
class SlowPeersTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";
    private static final long SWEEP_MILLIS = 1000;
    private static final HttpLimits LIMITS = HttpLimits.builder()
            .headersTimeout(Duration.ofSeconds(10))
            .requestTimeout(Duration.ofSeconds(20))
            .keepAliveTimeout(Duration.ofSeconds(15))
            .writeTimeout(Duration.ofSeconds(30))
            .build();

    private static TestServer server(String backend) throws Exception {
        return TestServer.withVirtualTime(backend, LIMITS, HttpServerTest.ECHO);
    }

    private static void awaitConnections(TestServer server, int wanted) throws Exception {
        while (server.stats().connections() != wanted) {
            Thread.onSpinWait();
        }
    }

    private static void awaitRequests(TestServer server, int wanted) throws Exception {
        while (server.stats().activeRequests() != wanted) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aHeadThatTricklesIsGivenUpThoughBytesKeepComing(String backend) throws Exception {
        try (TestServer server = server(backend);
                Socket socket = server.connect()) {
            awaitConnections(server, 1);
            TestServer.send(socket, "GET / HTTP/1.1\r\nHost: x\r\n");
            for (int i = 0; i < 8; i++) {
                TestServer.send(socket, "X-" + i + ": y\r\n");
                server.pass(SWEEP_MILLIS, SWEEP_MILLIS);
            }
            assertThat(server.stats().connections()).isEqualTo(1);
            assertThat(server.stats().timeouts()).isZero();
            server.pass(4 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(server.stats().timeouts()).isEqualTo(1);
            assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 408 ").contains("Connection: close\r\n");
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aConnectionWithoutARequestIsClosed(String backend) throws Exception {
        try (TestServer server = server(backend);
                Socket socket = server.connect()) {
            awaitConnections(server, 1);
            server.pass(9 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(server.stats().connections()).isEqualTo(1);
            server.pass(3 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(TestServer.readAll(socket)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aBodyThatDoesNotComeIsGivenUp(String backend) throws Exception {
        CompletableFuture<HttpException> told = new CompletableFuture<>();
        try (TestServer server = TestServer.withVirtualTime(backend, LIMITS, (request, response) -> {
                    request.onError(told::complete);
                    HttpServerTest.ECHO.accept(request, response);
                });
                Socket socket = server.connect()) {
            TestServer.send(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
            awaitRequests(server, 1);
            server.pass(19 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(server.stats().activeRequests()).isEqualTo(1);
            server.pass(3 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 408 ");
            assertThat(told.get(30, TimeUnit.SECONDS).reason()).isEqualTo(HttpException.Reason.TIMEOUT);
            assertThat(server.stats().activeRequests()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anIdleConnectionIsClosedAndAnAnswerMayTakeItsTime(String backend) throws Exception {
        HttpResponse[] waiting = new HttpResponse[1];
        try (TestServer server =
                        TestServer.withVirtualTime(backend, LIMITS, (request, response) -> waiting[0] = response);
                Socket socket = server.connect()) {
            TestServer.send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            awaitRequests(server, 1);
            server.pass(100 * SWEEP_MILLIS, SWEEP_MILLIS);
            server.onLoop(() -> {
                waiting[0].end("late");
                return null;
            });
            TestServer.readUntil(socket, "late");
            server.pass(14 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(server.stats().connections()).isEqualTo(1);
            server.pass(3 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(TestServer.readAll(socket)).isEmpty();
            assertThat(server.stats().refused()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPeerThatTakesNothingIsCutOff(String backend) throws Exception {
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        try (TestServer server = TestServer.withVirtualTime(backend, LIMITS, (request, response) -> {
                    response.onClose(() -> over.complete(response.isEnded()));
                    response.end(ByteBuffer.allocate(32 << 20));
                });
                Socket socket = server.connect()) {
            TestServer.send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(over.get(30, TimeUnit.SECONDS)).isTrue();
            server.pass(25 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(server.stats().connections()).isEqualTo(1);
            // as long as the system still takes some, the time begins anew
            while (server.stats().connections() > 0) {
                server.pass(SWEEP_MILLIS, SWEEP_MILLIS);
            }
            assertThat(server.stats().timeouts()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aSlowReaderGetsTheWholeLastAnswer(String backend) throws Exception {
        int total = 8 << 20;
        try (TestServer server = TestServer.withVirtualTime(
                        backend, LIMITS, (request, response) -> response.end(ByteBuffer.allocate(total)));
                Socket socket = server.connect()) {
            TestServer.send(socket, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            TestServer.readUntil(socket, "\r\n\r\n");
            server.pass(20 * SWEEP_MILLIS, SWEEP_MILLIS);
            InputStream in = socket.getInputStream();
            assertThat(in.readAllBytes()).hasSize(total);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aRefusedPeerThatGoesOnSendingIsCutOff(String backend) throws Exception {
        HttpLimits small = HttpLimits.builder().maxBodyBytes(10).build();
        try (TestServer server = TestServer.withVirtualTime(backend, small, HttpServerTest.ECHO);
                Socket socket = server.connect()) {
            TestServer.send(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
            assertThat(TestServer.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 413 ");
            TestServer.send(socket, "x".repeat(1000));
            server.pass(4 * SWEEP_MILLIS, SWEEP_MILLIS);
            assertThat(server.isEmptySoon()).isTrue();
        }
    }
}
