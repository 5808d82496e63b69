package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Many peers that mean ill: the server answers others meanwhile, and nothing of them remains. */
@Timeout(240)
class HostilePeersTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";
    private static final int CONNECTIONS = 10_000;
    private static final int BATCH = 200;
    private static final HttpLimits SMALL =
            HttpLimits.builder().maxHeadBytes(1024).maxBodyBytes(1000).build();
    private static final String CHUNKED = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String[] STARTS = {
        "",
        "G",
        "GET / HTTP/1.1\r\nHost",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3) + "GET ",
        "GET / HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(2000),
        CHUNKED,
        CHUNKED + "5\r\nab",
        CHUNKED + "xyz\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + "x".repeat(500),
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };

    private static void assertAnswers(TestServer server) throws IOException {
        assertThat(server.exchange("GET /still HTTP/1.1\r\nHost: x\r\n\r\n")).endsWith("GET /still[]");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void tenThousandConnectionsAreOpenedAndDropped(String backend) throws Exception {
        Random random = new Random(42);
        TestServer server = new TestServer(backend, SMALL, HttpServerTest.ECHO);
        try (server) {
            for (int done = 0; done < CONNECTIONS; done += BATCH) {
                List<Socket> batch = new ArrayList<>();
                for (int i = 0; i < BATCH; i++) {
                    Socket socket = server.connect();
                    batch.add(socket);
                    TestServer.send(socket, STARTS[random.nextInt(STARTS.length)]);
                }
                assertAnswers(server);
                for (Socket socket : batch) {
                    if (random.nextBoolean()) {
                        socket.setSoLinger(true, 0);
                    }
                    socket.close();
                }
            }
            assertThat(server.isEmptySoon()).isTrue();
            assertAnswers(server);
            assertThat(server.isEmptySoon()).isTrue();
            assertThat(server.uncaught()).isNull();
        }
        assertThat(server.openHandles).isZero();
        assertThat(server.last.connections()).isZero();
        assertThat(server.last.activeRequests()).isZero();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyWhoTrickleAreGivenUpWhileOthersAreAnswered(String backend) throws Exception {
        int peers = 300;
        List<Socket> slow = new ArrayList<>();
        try (TestServer server = TestServer.withVirtualTime(backend, HttpLimits.defaults(), HttpServerTest.ECHO)) {
            for (int i = 0; i < peers; i++) {
                Socket socket = server.connect();
                slow.add(socket);
                TestServer.send(socket, i % 2 == 0 ? "GET / HTTP/1.1\r\n" : CHUNKED + "5\r\nab");
            }
            while (server.stats().connections() < peers || server.stats().activeRequests() < peers / 2) {
                Thread.onSpinWait();
            }
            for (int minute = 0; minute < 6; minute++) {
                assertAnswers(server);
                server.pass(60_000, HttpLimits.defaults().sweepMillis());
                for (int i = 1; i < peers && minute < 3; i += 2) {
                    TestServer.send(slow.get(i), "c");
                }
            }
            assertAnswers(server);
            for (Socket socket : slow) {
                assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 408 ");
                socket.close();
            }
            assertThat(server.stats().timeouts()).isEqualTo(peers);
            assertThat(server.isEmptySoon()).isTrue();
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void moreConnectionsThanAllowedAreClosedAtOnce(String backend) throws Exception {
        HttpLimits two = HttpLimits.builder().maxConnections(2).build();
        try (TestServer server = new TestServer(backend, two, HttpServerTest.ECHO);
                Socket first = server.connect();
                Socket second = server.connect()) {
            TestServer.send(first, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
            TestServer.readUntil(first, "GET /1[]");
            TestServer.send(second, "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
            TestServer.readUntil(second, "GET /2[]");
            try (Socket third = server.connect()) {
                assertThat(third.getInputStream().read()).isEqualTo(-1);
            }
            second.close();
            while (server.stats().connections() > 1) {
                Thread.onSpinWait();
            }
            assertAnswers(server);
        }
    }
}
