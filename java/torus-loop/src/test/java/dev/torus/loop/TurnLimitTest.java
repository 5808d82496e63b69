package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The limit of callbacks per turn. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TurnLimitTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final int LIMIT = 3;

    private final List<Object> log = new ArrayList<>();
    private int turn;

    private static EventLoop limited(String backend) throws Exception {
        return EventLoop.create(LoopOptions.builder()
                .backend(backend)
                .maxCallbacksPerTurn(LIMIT)
                .build());
    }

    /** The number of the turn, by a chain of immediates of which one runs per turn. */
    private void countTurns(EventLoop loop) {
        loop.setImmediate(() -> {
                    turn++;
                    countTurns(loop);
                })
                .unref();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPollDeliversNoMoreThanTheLimitAndTheRestInOrder(String backend) throws Exception {
        int[] perTurn = new int[100];
        try (EventLoop loop = limited(backend)) {
            loop.run(() -> {
                countTurns(loop);
                for (int i = 0; i < 20; i++) {
                    int number = i;
                    loop.execute(() -> {
                        perTurn[turn]++;
                        log.add(number);
                    });
                }
            });
        }
        assertThat(log)
                .containsExactlyElementsOf(
                        IntStream.range(0, 20).boxed().map(Object.class::cast).toList());
        assertThat(perTurn).startsWith(3, 3, 3, 3, 3, 3, 2, 0);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void noSourceOfEventsStarvesAnother(String backend) throws Exception {
        boolean[] done = {false};
        try (EventLoop loop = limited(backend)) {
            loop.run(() -> {
                // more posted tasks than a turn takes, all the time
                for (int i = 0; i < 2 * LIMIT; i++) {
                    postForEver(loop, done);
                }
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.write("over the ring");
                socket.onData(data -> loop.blocking(() -> "over the pool").thenAccept(text -> {
                    log.add(text);
                    done[0] = true;
                    socket.end();
                }));
                socket.onClose(server::close);
            });
            assertThat(loop.kernel().stats().openHandles()).isZero();
        }
        assertThat(log).containsExactly("over the pool");
    }

    private static void postForEver(EventLoop loop, boolean[] done) {
        loop.execute(() -> {
            if (!done[0]) {
                postForEver(loop, done);
            }
        });
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void connectionsAreServedWithOneCallbackPerTurn(String backend) throws Exception {
        int connections = 30;
        int[] closed = {0};
        try (EventLoop loop = EventLoop.create(
                LoopOptions.builder().backend(backend).maxCallbacksPerTurn(1).build())) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                for (int i = 0; i < connections; i++) {
                    String text = "connection " + i;
                    StringBuilder got = new StringBuilder();
                    Socket socket = loop.net().connect(server.port());
                    socket.onData(data -> got.append(java.nio.charset.StandardCharsets.UTF_8.decode(data)));
                    socket.onClose(() -> {
                        log.add(got.toString().equals(text));
                        if (++closed[0] == connections) {
                            server.close();
                        }
                    });
                    socket.end(text);
                }
            });
            assertThat(loop.kernel().stats().openHandles()).isZero();
        }
        assertThat(log).hasSize(connections).containsOnly(true);
    }

    @Test
    void immediatesThatAreLeftComeBeforeLaterOnes() {
        Immediates immediates = new Immediates();
        for (int i = 0; i < 5; i++) {
            int number = i;
            immediates.add(() -> {
                log.add(number);
                immediates.add(() -> log.add("later " + number));
            });
        }
        Immediate cleared = immediates.add(() -> log.add("never"));
        Poller.MacrotaskSink sink = callback -> {
            callback.run();
            return true;
        };
        immediates.run(sink, 2);
        assertThat(log).containsExactly(0, 1);
        assertThat(immediates.keepAlive()).isTrue();
        immediates.clear(cleared);
        immediates.run(sink, 4);
        assertThat(log).containsExactly(0, 1, 2, 3, 4, "later 0");
        immediates.run(sink, Integer.MAX_VALUE);
        assertThat(log).endsWith("later 0", "later 1", "later 2", "later 3", "later 4");
        assertThat(immediates.keepAlive()).isFalse();
        assertThat(immediates.count()).isZero();
    }
}
