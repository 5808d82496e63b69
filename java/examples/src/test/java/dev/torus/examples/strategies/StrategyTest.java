package dev.torus.examples.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every strategy is the same service. */
@Timeout(60)
class StrategyTest {
    private static final int CLIENTS = 50;

    @TempDir
    Path folder;

    private Path file(int bytes) throws Exception {
        byte[] content = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            content[i] = (byte) (i * 31);
        }
        return Files.write(folder.resolve("file"), content);
    }

    private static String answer(Path file) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return HexFormat.of().formatHex(hash) + "\n";
    }

    private static Service start(Strategy strategy, Path file) throws Exception {
        assumeThat(strategy.unavailableReason()).isNull();
        return strategy.start(file);
    }

    private static Socket connect(Service service) throws Exception {
        return new Socket(InetAddress.getLoopbackAddress(), service.port());
    }

    private static void send(Socket client, String text) throws Exception {
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String receive(Socket client, int bytes) throws Exception {
        InputStream in = client.getInputStream();
        return new String(in.readNBytes(bytes), StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @EnumSource
    void manyClientsGetTheHash(Strategy strategy) throws Exception {
        Path file = file(20_000);
        try (Service service = start(strategy, file)) {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(connect(service));
            }
            for (int round = 0; round < 3; round++) {
                for (Socket client : clients) {
                    send(client, "hash\n");
                }
                for (Socket client : clients) {
                    assertThat(receive(client, Digests.LINE_BYTES)).isEqualTo(answer(file));
                }
            }
            for (Socket client : clients) {
                client.shutdownOutput();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
                client.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void requestsMayComeInPiecesAndTogether(Strategy strategy) throws Exception {
        Path file = file(100);
        try (Service service = start(strategy, file);
                Socket client = connect(service)) {
            send(client, "ha");
            send(client, "sh\nhash\nhash\nha");
            assertThat(receive(client, 3 * Digests.LINE_BYTES))
                    .isEqualTo(answer(file).repeat(3));
            send(client, "sh\n");
            assertThat(receive(client, Digests.LINE_BYTES)).isEqualTo(answer(file));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMissingFileClosesTheConnectionOnly(Strategy strategy) throws Exception {
        Path file = file(10);
        try (Service service = start(strategy, file)) {
            Files.delete(file);
            try (Socket client = connect(service)) {
                send(client, "hash\n");
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
            Path again = file(11);
            try (Socket client = connect(service)) {
                send(client, "hash\n");
                assertThat(receive(client, Digests.LINE_BYTES)).isEqualTo(answer(again));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeEndsTheConnections(Strategy strategy) throws Exception {
        Path file = file(10);
        Service service = start(strategy, file);
        try (Socket client = connect(service)) {
            send(client, "hash\n");
            assertThat(receive(client, Digests.LINE_BYTES)).isEqualTo(answer(file));
            service.close();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }
}
