package dev.torus.tools.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRequestHeadTest {
    private static final String HOST = "Host: a\r\n";

    private final HttpRequestHead head = new HttpRequestHead();

    private int parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return head.parse(bytes, 0, bytes.length);
    }

    @Test
    void readsAPlainRequest() {
        String text = "GET /plaintext?x=1 HTTP/1.1\r\n" + HOST + "Accept: */*\r\n\r\nGET";
        assertThat(parse(text)).isEqualTo(200);
        assertThat(head.method).isEqualTo(HttpRequestHead.Method.GET);
        assertThat(text.substring(head.targetFrom, head.targetTo)).isEqualTo("/plaintext?x=1");
        assertThat(head.keepAlive).isTrue();
        assertThat(head.contentLength).isEqualTo(-1);
        assertThat(text.substring(head.next)).isEqualTo("GET");
    }

    @Test
    void everyBeginningOfAWellFormedHeadIsIncomplete() {
        String text = "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\nX-Empty:\r\nConnection: close \r\n\r\n";
        for (int length = 0; length < text.length(); length++) {
            assertThat(parse(text.substring(0, length)))
                    .as("first %d bytes", length)
                    .isEqualTo(0);
        }
        assertThat(parse(text)).isEqualTo(200);
        assertThat(head.next).isEqualTo(text.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "\u0016\u0003\u0001\u0002",
                "GET  / HTTP/1.1\r\n",
                "GET / HTTP/1.1\n",
                "GET / HTTP/1.1 \r\n",
                "GET / http/1.1\r\n",
                "GET / HTTP/1.\r\n\r\n",
                "GET / HTTP/1.1\r\r\n",
                "GET \r\n",
                " GET / HTTP/1.1\r\n",
                "GET /\u0000 HTTP/1.1\r\n",
                "GET /\u00e9 HTTP/1.1\r\n",
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\u0000\r\n\r\n",
                "GET / HTTP/1.1\r\n: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost\r\n\r\n",
                "GET / HTTP/1.1\r\n\rX",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            })
    void refusesWhatIsMalformed(String text) {
        assertThat(parse(text)).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"GET / HTTP/2.0,505", "GET / HTTP/0.9,505", "GET / HTTP/1.7,200"})
    void tellsVersions(String line, int status) {
        assertThat(parse(line + "\r\n" + HOST + "\r\n")).isEqualTo(status);
    }

    @Test
    void doesNotTakeTransferEncodings() {
        assertThat(parse("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo(501);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "1.1,none,true",
                "1.1,close,false",
                "1.1,CLOSE,false",
                "1.1,'upgrade, close',false",
                "1.1,'close, keep-alive',false",
                "1.1,disclose,true",
                "1.0,none,false",
                "1.0,Keep-Alive,true",
                "1.0,'foo , keep-alive',true",
            })
    void knowsWhetherTheConnectionIsKept(String version, String connection, boolean kept) {
        String field = connection == null ? "" : "Connection: " + connection + "\r\n";
        assertThat(parse("GET / HTTP/" + version + "\r\n" + HOST + field + "\r\n"))
                .isEqualTo(200);
        assertThat(head.keepAlive).isEqualTo(kept);
    }

    @Test
    void aLongLengthDoesNotOverflow() {
        assertThat(parse("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 99999999999999999999999999\r\n\r\n"))
                .isEqualTo(200);
        assertThat(head.contentLength).isGreaterThan(HttpServer.MAX_BODY_BYTES);
    }

    @Test
    void limitsTheHead() {
        String line = "GET /" + "a".repeat(HttpRequestHead.MAX_BYTES);
        assertThat(parse(line.substring(0, HttpRequestHead.MAX_BYTES - 1))).isEqualTo(0);
        assertThat(parse(line.substring(0, HttpRequestHead.MAX_BYTES))).isEqualTo(431);
        String field = "X: " + "a".repeat(HttpRequestHead.MAX_BYTES);
        assertThat(parse("GET / HTTP/1.1\r\n" + field)).isEqualTo(431);
    }

    @Test
    void limitsTheNumberOfFields() {
        String start = "GET / HTTP/1.1\r\n" + HOST;
        assertThat(parse(start + "X: y\r\n".repeat(HttpRequestHead.MAX_FIELDS - 1) + "\r\n"))
                .isEqualTo(200);
        assertThat(parse(start + "X: y\r\n".repeat(HttpRequestHead.MAX_FIELDS) + "\r\n"))
                .isEqualTo(431);
    }

    @Test
    void forgetsTheRequestBefore() {
        assertThat(parse("POST / HTTP/1.1\r\n" + HOST
                        + "Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"))
                .isEqualTo(200);
        assertThat(head.expects).isTrue();
        assertThat(parse("GET / HTTP/1.1\r\n" + HOST + "\r\n")).isEqualTo(200);
        assertThat(head.contentLength).isEqualTo(-1);
        assertThat(head.expects).isFalse();
        assertThat(head.keepAlive).isTrue();
    }
}
