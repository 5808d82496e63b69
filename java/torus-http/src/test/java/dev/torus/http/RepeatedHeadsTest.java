package dev.torus.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A head that came before, or whose fields did, is not parsed again; that must never be seen in what is made of it. */
@Timeout(120)
class RepeatedHeadsTest {
    private static final String BACKENDS = "dev.torus.http.Backends#available";
    private static final String FIELDS = "Host: x\r\nAccept: */*\r\nX-Id: 7\r\n\r\n";

    private static final String GET = "GET /a HTTP/1.1\r\n" + FIELDS;

    /** Answers with all that was understood of a head, then its body. */
    private static final BiConsumer<HttpRequest, HttpResponse> TELL = (request, response) -> {
        StringBuilder body = new StringBuilder();
        request.onData(data -> {
            while (data.hasRemaining()) {
                body.append((char) data.get());
            }
        });
        request.onEnd(() ->
                response.end("<" + request + " " + request.version() + "|" + request.headers() + "|" + body + ">"));
    };

    private static String told(String line, String body) {
        return "<" + line + "|Host: x\nAccept: */*\nX-Id: 7\n|" + body + ">";
    }

    /** Sends requests one after the other on one connection; what was understood of each. */
    private static List<String> tell(TestServer server, List<String> requests) throws Exception {
        List<String> told = new ArrayList<>();
        try (Socket socket = server.connect()) {
            for (String request : requests) {
                TestServer.send(socket, request);
                String answer = TestServer.readUntil(socket, ">");
                told.add(answer.substring(answer.indexOf('<')));
            }
        }
        return told;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void equalHeadsAndEqualFieldsSayTheSameAgain(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, TELL)) {
            String other = GET.replace("/a", "/b?c=d");
            String old = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n" + FIELDS;
            assertThat(tell(server, List.of(GET, GET, other, GET, other, other)))
                    .containsExactly(
                            told("GET /a 1.1", ""),
                            told("GET /a 1.1", ""),
                            told("GET /b?c=d 1.1", ""),
                            told("GET /a 1.1", ""),
                            told("GET /b?c=d 1.1", ""),
                            told("GET /b?c=d 1.1", ""));
            assertThat(tell(server, List.of(GET, old, old)).get(2)).startsWith("<GET /a 1.0|Connection: keep-alive");
            assertThat(server.uncaught()).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aRepeatedHeadAnnouncesItsBodyAgain(String backend) throws Exception {
        try (TestServer server = new TestServer(backend, TELL)) {
            String length = "POST /p HTTP/1.1\r\nContent-Length: 3\r\n" + FIELDS;
            String chunks = "POST /q HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + FIELDS;
            List<String> told = tell(
                    server,
                    List.of(length + "abc", length + "def", chunks + "1\r\ng\r\n0\r\n\r\n", chunks + "0\r\n\r\n"));
            assertThat(told.get(0)).endsWith("|abc>");
            assertThat(told.get(1)).endsWith("|def>");
            assertThat(told.get(2)).endsWith("|g>");
            assertThat(told.get(3)).endsWith("||>".substring(1));
            assertThat(server.uncaught()).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aProgramThatChangesTheFieldsOfOneRequestChangesNoOther(String backend) throws Exception {
        BiConsumer<HttpRequest, HttpResponse> changes = (request, response) -> {
            String before = request.headers().toString();
            request.headers().remove("Accept").set("X-Id", "changed").add("X-New", "1");
            response.end("<" + before + request.headers() + ">");
        };
        try (TestServer server = new TestServer(backend, changes)) {
            String changed = "Host: x\nAccept: */*\nX-Id: 7\nHost: x\nX-Id: changed\nX-New: 1\n";
            assertThat(tell(server, List.of(GET, GET, GET.replace("/a", "/b"), GET)))
                    .containsOnly("<" + changed + ">");
        }
    }

    /** Each is sent after a head with which it has as much as possible in common, and must be refused as if it came alone. */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatIsRefusedAloneIsRefusedBehindAGoodHead(String backend) throws Exception {
        HttpLimits limits = HttpLimits.builder().maxHeadBytes(128).build();
        List<String> bad = List.of(
                "GET /a HTTP/1.1\n" + FIELDS,
                "GET /a HTTP/1.1\r\r\n" + FIELDS,
                "GET /a HTTP/2.0\r\n" + FIELDS,
                "GET /a\r\n" + FIELDS,
                "GET /a b HTTP/1.1\r\n" + FIELDS,
                "GET /" + "a".repeat(200) + " HTTP/1.1\r\n" + FIELDS,
                " GET /a HTTP/1.1\r\n" + FIELDS,
                "GET /b HTTP/1.1\r\n" + GET,
                "GET /a HTTP/1.1\r\n" + FIELDS.replace("\r\n\r\n", "\n\r\n"),
                "GET /a HTTP/1.1\r\n\r\n" + FIELDS);
        for (String first : List.of(GET, "\r\n" + GET, "\r\n\r\n" + GET)) {
            for (String request : bad) {
                try (TestServer server = new TestServer(backend, limits, TELL)) {
                    String alone = server.exchange(request);
                    String behind = server.exchange(first + request);
                    assertThat(alone).as(request).matches("(?s)HTTP/1.1 (4|5).*");
                    assertThat(behind.substring(behind.indexOf('>') + 1).replaceAll("Date: .*\r\n", ""))
                            .as(request)
                            .isEqualTo(alone.replaceAll("Date: .*\r\n", ""));
                }
            }
        }
    }

    /** Heads in pieces of any size, also several at once, are what they are when each is a piece. */
    @ParameterizedTest
    @MethodSource(BACKENDS)
    void wherePiecesEndDoesNotMatter(String backend) throws Exception {
        Random random = new Random(7);
        try (TestServer server = new TestServer(backend, TELL);
                Socket socket = server.connect()) {
            for (int round = 0; round < 50; round++) {
                List<Integer> targets =
                        IntStream.range(0, 8).mapToObj(i -> random.nextInt(3)).toList();
                StringBuilder requests = new StringBuilder();
                StringBuilder expected = new StringBuilder();
                for (int target : targets) {
                    requests.append(random.nextBoolean() ? "" : "\r\n").append(GET.replace("/a", "/" + target));
                    expected.append(told("GET /" + target + " 1.1", ""));
                }
                for (int from = 0; from < requests.length(); ) {
                    int to = Math.min(requests.length(), from + 1 + random.nextInt(150));
                    TestServer.send(socket, requests.substring(from, to));
                    from = to;
                }
                StringBuilder answers = new StringBuilder();
                for (int i = 0; i < targets.size(); i++) {
                    String answer = TestServer.readUntil(socket, ">");
                    answers.append(answer.substring(answer.indexOf('<')));
                }
                assertThat(answers).asString().isEqualTo(expected.toString());
            }
            assertThat(server.uncaught()).isNull();
        }
    }
}
