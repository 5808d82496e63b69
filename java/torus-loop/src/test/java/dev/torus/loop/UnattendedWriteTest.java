package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.KernelOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written goes out to its end although nothing is called for it and nothing else wakes the loop. */
@Timeout(60)
class UnattendedWriteTest {
    @ParameterizedTest
    @MethodSource("dev.torus.loop.Backends#available")
    void aWriteBelowTheHighWatermarkNeedsManySends(String backend) throws Exception {
        byte[] data = new byte[4 << 20];
        new Random(1).nextBytes(data);
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EventLoop loop = EventLoop.create(LoopOptions.builder()
                        .kernel(KernelOptions.builder().backend(backend).build())
                        .build())) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
                try (java.net.Socket peer = listener.accept()) {
                    peer.setSoTimeout(20_000);
                    return peer.getInputStream().readNBytes(data.length);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            loop.run(() -> {
                Socket socket = loop.net().connect((InetSocketAddress) listener.getLocalSocketAddress());
                socket.highWatermark(2 * data.length);
                socket.onConnect(() -> socket.write(ByteBuffer.wrap(data)));
                socket.resume(); // until the peer ends, which it does when it has everything
            });
            assertThat(received.join()).isEqualTo(data);
        }
    }
}
