package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.ConnectionFailedException;
import dev.torus.kernel.OperationCancelledException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShutdownTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final Duration LONG = Duration.ofMinutes(10);

    private final List<String> log = new ArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);

    private Void waitForRelease() throws InterruptedException {
        assertThat(release.await(30, TimeUnit.SECONDS)).isTrue();
        return null;
    }

    private static void nothingIsLeft(EventLoop loop) {
        assertThat(loop.activeHandles()).isEmpty();
        assertThat(loop.kernel().stats().openHandles()).isZero();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void listenersCloseAndConnectionsGoOn(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    peer.pipe(peer);
                    loop.shutdown(LONG);
                    log.add("called");
                });
                server.listen(new InetSocketAddress("127.0.0.1", 0));
                int port = server.port();
                UdpSocket datagrams = loop.dgram().createSocket();
                datagrams.onClose(() -> log.add("datagrams closed"));
                datagrams.bind(new InetSocketAddress("127.0.0.1", 0));
                Socket first = loop.net().connect(port);
                first.onData(data -> {
                    log.add("echo " + StandardCharsets.UTF_8.decode(data));
                    first.end();
                });
                loop.onShutdown(() -> {
                    log.add("shutdown");
                    assertThatThrownBy(() -> loop.net().createServer(peer -> {}).listen(0))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("shutting down");
                });
                server.onClose(() -> {
                    log.add("server closed");
                    Socket late = loop.net().connect(port);
                    late.onConnect(() -> log.add("late one connected"));
                    late.onError(e -> {
                        log.add(e instanceof ConnectionFailedException ? "late one refused" : e.toString());
                        first.write("still here");
                    });
                });
            });
            assertThat(code).isZero();
            nothingIsLeft(loop);
        }
        assertThat(log).startsWith("shutdown", "called");
        assertThat(log).endsWith("late one refused", "echo still here");
        assertThat(log).contains("server closed", "datagrams closed").hasSize(6);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void afterTheDeadlineEverythingIsCancelled(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    peer.onEnd(() -> log.add("end"));
                    peer.onClose(() -> log.add("peer closed"));
                    loop.shutdown(Duration.ofMillis(5));
                });
                server.listen(0);
                Socket idle = loop.net().connect(server.port());
                idle.onEnd(() -> {});
                idle.onClose(() -> log.add("connection closed"));
                loop.setInterval(1, () -> {});
                loop.setTimeout(1e6, () -> log.add("timeout"));
                loop.onExit(exitCode -> log.add("exit " + exitCode));
            });
            assertThat(code).isZero();
            nothingIsLeft(loop);
        }
        assertThat(log).contains("peer closed", "connection closed").doesNotContain("timeout");
        assertThat(log).endsWith("exit 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void workThatCannotBeStoppedIsNotWaitedForAndWorkThatWaitsIsCancelled(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                int workers = loop.kernel().options().workers();
                for (int i = 0; i < workers; i++) {
                    loop.blocking(this::waitForRelease);
                }
                // nobody handles this one, which is not reported
                loop.blocking(() -> log.add("never"));
                loop.blocking(() -> log.add("never")).exceptionally(e -> {
                    log.add(e instanceof OperationCancelledException ? "cancelled" : e.toString());
                    return null;
                });
                loop.shutdown(Duration.ZERO);
            });
            assertThat(code).isZero();
            assertThat(loop.activeHandles()).isEmpty();
            release.countDown();
        }
        assertThat(log).containsExactly("cancelled");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anotherThreadMayAskForItAndTheLoopCanRunAgain(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            for (int i = 0; i < 3; i++) {
                int code = loop.run(() -> {
                    loop.net().createServer(peer -> {}).listen(0);
                    loop.setInterval(1000, () -> {});
                    new Thread(() -> loop.shutdown(Duration.ofMillis(1))).start();
                });
                assertThat(code).isZero();
                nothingIsLeft(loop);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aProgramThatNeverStopsStartingThingsIsEndedAllTheSame(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                startAgain(loop);
                loop.shutdown(Duration.ZERO);
            });
            assertThat(code).isZero();
        }
    }

    private void startAgain(EventLoop loop) {
        UdpSocket socket = loop.dgram().createSocket();
        socket.onClose(() -> startAgain(loop));
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
    }

    @Test
    void aSecondCallCanOnlyBringTheDeadlineForward() {
        ScriptedLoop script = new ScriptedLoop();
        EventLoop loop = script.loop;
        assertThatThrownBy(() -> loop.shutdown(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        loop.run(() -> {
            loop.onShutdown(script.say("shutdown"));
            loop.setInterval(10, () -> script.log.add("at " + script.now));
            loop.shutdown(Duration.ofMillis(50));
            loop.shutdown(Duration.ofMillis(500));
            loop.setTimeout(5, () -> loop.shutdown(Duration.ofMillis(30)));
        });
        assertThat(script.log).containsExactly("shutdown", "at 10", "at 20", "at 30");
        assertThat(script.now).isEqualTo(35);
    }

    @Test
    void aRunThatEndsBeforeTheDeadlineDoesNotWaitForIt() {
        ScriptedLoop script = new ScriptedLoop();
        script.loop.run(() -> {
            script.loop.setTimeout(7, script.say("done"));
            script.loop.shutdown(LONG);
        });
        assertThat(script.log).containsExactly("done");
        assertThat(script.now).isEqualTo(7);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aCancelledPromiseCancelsWorkThatWaits(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                List<LoopPromise<?>> running = new ArrayList<>();
                for (int i = 0; i < loop.kernel().options().workers(); i++) {
                    running.add(loop.blocking(this::waitForRelease));
                }
                LoopPromise<Boolean> waiting = loop.blocking(() -> log.add("never"));
                waiting.whenComplete((value, e) -> log.add(e.getClass().getSimpleName()))
                        .exceptionally(e -> null);
                assertThat(waiting.cancel(true)).isTrue();
                // what runs cannot be stopped, and is not waited for once it was cancelled
                running.forEach(promise -> promise.cancel(true));
            });
            assertThat(loop.activeHandles()).isEmpty();
            release.countDown();
        }
        assertThat(log).containsExactly("CancellationException");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void theReportNamesWhatKeepsTheLoopAlive(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                assertThat(loop.activeHandles()).isEmpty();
                Server server = loop.net().createServer(peer -> {});
                server.listen(new InetSocketAddress("127.0.0.1", 0));
                server.unref();
                loop.setTimeout(1, () -> {});
                dev.torus.loop.Timeout unrefed = loop.setTimeout(1, () -> {}).unref();
                loop.clearImmediate(loop.setImmediate(() -> {}));
                loop.setImmediate(() -> {});
                LoopPromise<Void> work = loop.blocking(this::waitForRelease);
                loop.dns().lookup("localhost");
                assertThat(loop.activeHandles())
                        .containsExactly(
                                "server on /127.0.0.1:" + server.port() + " (unref'd)",
                                "request blocking work",
                                "request lookup localhost",
                                "2 timers (1 unref'd)",
                                "1 immediates");
                unrefed.clear();
                server.close();
                assertThat(loop.activeHandles())
                        .containsExactly(
                                "request blocking work",
                                "request lookup localhost",
                                "1 timers",
                                "1 immediates",
                                "1 handles that are being closed");
                release.countDown();
                work.thenRun(() -> log.add("done"));
            });
            nothingIsLeft(loop);
        }
        assertThat(log).containsExactly("done");
    }
}
