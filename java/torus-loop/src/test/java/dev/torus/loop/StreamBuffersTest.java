package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.KernelOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams are received into large buffers, one a turn; when there are none left, into small ones, and nothing is lost. */
@Timeout(120)
class StreamBuffersTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final int SMALL = 1024;
    private static final int LARGE = 8192;

    private static EventLoop loop(String backend, int small, int large) throws Exception {
        return EventLoop.create(LoopOptions.builder()
                .kernel(KernelOptions.builder().backend(backend).build())
                .receiveBuffers(small, SMALL)
                .streamBuffers(large, LARGE)
                .build());
    }

    private static byte[] content(int bytes, long seed) {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatADestroyedSocketHadQueuedIsGivenBack(String backend) throws Exception {
        try (EventLoop loop = loop(backend, 16, 16)) {
            loop.run(() -> {
                Socket[] client = {null};
                Server[] server = {null};
                server[0] = loop.net().createServer(peer -> {
                    peer.pause();
                    server[0].close();
                    client[0].onClose(peer::destroy);
                    client[0].write(
                            ByteBuffer.allocate(16 << 20)); // more than the system takes for a peer that does not read
                    assertThat(loop.net().sendBuffersTaken()).isPositive();
                    loop.setImmediate(client[0]::destroy);
                });
                server[0].listen(0);
                client[0] = loop.net().connect(server[0].port());
            });
            assertThat(loop.net().sendBuffersTaken()).isZero();
        }
    }

    /** What one receiver of a test has seen. */
    private static final class Received {
        private final ByteBuffer bytes;
        private int largest;
        /** Bytes by the turn in which they were handed over. */
        private final Map<Long, Integer> byTurn = new HashMap<>();

        private int beforeLarge;

        Received(int total) {
            bytes = ByteBuffer.allocate(total);
        }

        void take(ByteBuffer data, long turn) {
            int length = data.remaining();
            if (largest <= SMALL) {
                beforeLarge += length;
            } else {
                byTurn.merge(turn, length, Integer::sum);
            }
            largest = Math.max(largest, length);
            bytes.put(data);
        }
    }

    /** Sends {@code total} bytes over each of so many connections of one loop and answers what arrived. */
    private static List<Received> transfer(EventLoop loop, int connections, int total) {
        List<Received> all = new ArrayList<>();
        loop.run(() -> {
            int[] open = {connections};
            Server server = loop.net().createServer(peer -> {
                Received received = new Received(total);
                all.add(received);
                peer.onData(data -> received.take(data, loop.kernel().stats().enters()));
            });
            server.listen(0);
            for (int i = 0; i < connections; i++) {
                Socket socket = loop.net().connect(server.port());
                // the same for all, as the order of accepting is not theirs
                socket.write(ByteBuffer.wrap(content(total, 1)));
                socket.end();
                socket.onClose(() -> {
                    if (--open[0] == 0) {
                        server.close();
                    }
                });
                socket.resume();
            }
        });
        return all;
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aStreamChangesToLargeBuffersAndIsReadOneATurn(String backend) throws Exception {
        int total = 1 << 20;
        try (EventLoop loop = loop(backend, 64, 4)) {
            Received received = transfer(loop, 1, total).get(0);
            assertThat(received.bytes.array()).isEqualTo(content(total, 1));
            assertThat(received.largest).isEqualTo(LARGE);
            assertThat(received.beforeLarge).isLessThan(total / 2);
            assertThat(received.byTurn.values()).allMatch(bytes -> bytes <= LARGE);
            assertThat(loop.kernel().stats().lentBuffers()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void moreStreamsThanBuffersLoseNothing(String backend) throws Exception {
        int total = 300_000;
        try (EventLoop loop = loop(backend, 2, 1)) {
            List<Received> all = transfer(loop, 12, total);
            assertThat(all).hasSize(12);
            byte[] expected = content(total, 1);
            for (Received received : all) {
                assertThat(received.bytes.array()).isEqualTo(expected);
            }
            assertThat(loop.kernel().stats().lentBuffers()).isZero();
            assertThat(loop.kernel().pending()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void withoutLargeBuffersEverythingComesThroughTheSmallOnes(String backend) throws Exception {
        int total = 200_000;
        try (EventLoop loop = loop(backend, 4, 0)) {
            Received received = transfer(loop, 1, total).get(0);
            assertThat(received.bytes.array()).isEqualTo(content(total, 1));
            assertThat(received.largest).isEqualTo(SMALL);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void pausingAStreamLosesNothingAndKeepsTheOrder(String backend) throws Exception {
        int total = 500_000;
        ByteBuffer arrived = ByteBuffer.allocate(total);
        try (EventLoop loop = loop(backend, 8, 2)) {
            loop.run(() -> {
                Server server = loop.net()
                        .createServer(peer -> peer.onData(data -> {
                            arrived.put(data);
                            if (arrived.position() % 7 < 3) {
                                peer.pause();
                                loop.setImmediate(peer::resume);
                            }
                        }));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.write(ByteBuffer.wrap(content(total, 5)));
                socket.end();
                socket.onClose(server::close);
                socket.resume();
            });
        }
        assertThat(arrived.array()).isEqualTo(content(total, 5));
    }

    @Test
    void sizesThatMakeNoSenseAreNamed() {
        assertThatThrownBy(() -> LoopOptions.builder()
                        .receiveBuffers(16, 4096)
                        .streamBuffers(4, 4096)
                        .build())
                .hasMessage("streamBufferBytes 4096 is not more than receiveBufferBytes 4096");
        assertThatThrownBy(() -> LoopOptions.builder().streamBuffers(3, 1 << 17).build())
                .hasMessage("streamBuffers 3 is not a power of two up to 32768, or 0");
        assertThat(LoopOptions.builder().receiveBuffers(16, 1 << 17).build().streamBuffers())
                .isZero();
    }
}
