package dev.torus.tools.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.loop.TlsOptions;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.Locale;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class HttpServerLoopTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static ServerGroup start(String backend) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return ServerGroup.startHttp(new ServerOptions(backend, any, 1, 16, 1024), null);
    }

    /** A connection that reads answers one by one. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final InputStream input;

        Client(ServerGroup server) throws IOException {
            socket = new Socket(server.address().getAddress(), server.address().getPort());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            input = new BufferedInputStream(socket.getInputStream());
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** The next answer: head and body; of an answer to HEAD only the head. */
        String answer(boolean headOnly) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int b = input.read();
                if (b < 0) {
                    throw new IOException("end of stream after: " + head);
                }
                head.append((char) b);
            }
            String field = "content-length: ";
            int at = head.toString().toLowerCase(Locale.ROOT).indexOf(field) + field.length();
            int length = Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)));
            return head + new String(headOnly ? new byte[0] : input.readNBytes(length), StandardCharsets.ISO_8859_1);
        }

        String answer() throws IOException {
            return answer(false);
        }

        boolean isEnded() throws IOException {
            return input.read() < 0;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void answersOneRequestAfterTheOther(String backend) throws Exception {
        try (ServerGroup server = start(backend);
                Client client = new Client(server)) {
            for (int i = 0; i < 3; i++) {
                client.send(GET);
                assertThat(client.answer()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nHello, World!");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void answersPipelinedRequestsInOrder(String backend) throws Exception {
        try (ServerGroup server = start(backend);
                Client client = new Client(server)) {
            int rounds = 300;
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < rounds; i++) {
                all.append(GET)
                        .append("GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
                        .append(GET)
                        .append(GET);
            }
            Thread sender = new Thread(() -> {
                try {
                    client.send(all.toString());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            for (int i = 0; i < rounds; i++) {
                assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
                assertThat(client.answer()).startsWith("HTTP/1.1 404 ");
                assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
                assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
            }
            sender.join();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void putsTogetherARequestThatComesByteByByte(String backend) throws Exception {
        try (ServerGroup server = start(backend);
                Client client = new Client(server)) {
            for (char c : (GET + GET).toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
            assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void answersGarbageWith400AndEnds(String backend) throws Exception {
        try (ServerGroup server = start(backend)) {
            try (Client client = new Client(server)) {
                client.send(GET + "no request at all\r\n\r\n" + GET);
                assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
                assertThat(client.answer()).startsWith("HTTP/1.1 400 ").contains("\r\nConnection: close\r\n");
                assertThat(client.isEnded()).isTrue();
            }
            try (Client client = new Client(server)) {
                client.send("GET /" + "a".repeat(100_000));
                assertThat(client.answer()).startsWith("HTTP/1.1 414 ");
                assertThat(client.isEnded()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void skipsBodiesAndRefusesLargeOnes(String backend) throws Exception {
        try (ServerGroup server = start(backend);
                Client client = new Client(server)) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"
                    + GET.repeat(5000).substring(0, 5000));
            client.send(GET);
            assertThat(client.answer()).startsWith("HTTP/1.1 405 ").contains("\r\nAllow: GET, HEAD\r\n");
            assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" + "x".repeat(500_000));
            assertThat(client.answer()).startsWith("HTTP/1.1 413 ");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void answersHeadWithoutABody(String backend) throws Exception {
        try (ServerGroup server = start(backend);
                Client client = new Client(server)) {
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + GET);
            assertThat(client.answer(true)).contains("Content-Length: 13");
            assertThat(client.answer()).endsWith("Hello, World!");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void endsTheConnectionWhenAskedTo(String backend) throws Exception {
        try (ServerGroup server = start(backend)) {
            try (Client client = new Client(server)) {
                client.send("GET http://a/plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                assertThat(client.answer()).startsWith("HTTP/1.1 200 ").contains("\r\nConnection: close\r\n");
                assertThat(client.isEnded()).isTrue();
            }
            try (Client client = new Client(server)) {
                client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                assertThat(client.answer()).contains("\r\nConnection: keep-alive\r\n");
                client.send("GET / HTTP/1.0\r\n\r\n");
                assertThat(client.answer()).contains("\r\nConnection: close\r\n");
                assertThat(client.isEnded()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void answersAPeerThatHasEndedItsSide(String backend) throws Exception {
        try (ServerGroup server = start(backend);
                Client client = new Client(server)) {
            client.send(GET);
            client.socket.shutdownOutput();
            assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void severalLoopsShareAPortAndAreCounted(String backend) throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ServerGroup server = ServerGroup.startHttp(new ServerOptions(backend, any, 3, 16, 1024), null)) {
            for (int i = 0; i < 20; i++) {
                try (Client client = new Client(server)) {
                    client.send(GET);
                    assertThat(client.answer()).startsWith("HTTP/1.1 200 ");
                }
            }
            assertThat(server.stats().messages()).isEqualTo(20);
            assertThat(server.stats().connections()).isEqualTo(20);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.server.Backends#available")
    void servesHttpsWithACertificateOfItsOwn(String backend) throws Exception {
        SelfMadeCertificate made = SelfMadeCertificate.make();
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("torus", made.store().getCertificate("torus"));
        TlsOptions tls =
                TlsOptions.builder().keys(made.store(), made.password()).build();
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ServerGroup server = ServerGroup.startHttp(new ServerOptions(backend, any, 1, 16, 1024), tls);
                Socket socket = TlsOptions.builder()
                        .trusted(trusted)
                        .build()
                        .context()
                        .getSocketFactory()
                        .createSocket(
                                server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("Hello, World!");
        }
    }
}
