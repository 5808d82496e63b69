package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torus.kernel.Errno;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WrongThreadException;
import dev.torus.kernel.spi.BackendUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input and faults, over real sockets and the real pool: a typed error where it belongs, and the loop goes on. */
@Timeout(20)
class FaultsTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private final List<String> log = new ArrayList<>();

    @Test
    void aBackendThatNobodyKnowsIsNamed() {
        assertThatThrownBy(() -> Backends.loop("no-such-backend"))
                .isInstanceOf(BackendUnavailableException.class)
                .hasMessageContaining("no-such-backend")
                .hasMessageContaining("nio");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void callbacksThatThrowEndNothingElse(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.onUncaughtException(e -> log.add(e.getMessage()));
            int code = loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    peer.pipe(peer);
                    throw new IllegalStateException("connection");
                });
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onData(data -> {
                    socket.end();
                    throw new IllegalStateException("data");
                });
                socket.onClose(() -> {
                    server.close();
                    throw new IllegalStateException("close");
                });
                socket.write("x");
                loop.blocking(() -> 1).thenAccept(one -> {
                    throw new IllegalStateException("not an exception of the callback but of the promise");
                });
                loop.execute(() -> {
                    throw new IllegalStateException("task");
                });
            });
            assertThat(code).isZero();
            assertThat(loop.kernel().stats().openHandles()).isZero();
            assertThat(loop.kernel().pending()).isZero();
        }
        assertThat(log).contains("connection", "data", "close", "task");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aCallbackThatThrowsEndsTheRunWhereNobodyHandlesIt(String backend) throws Exception {
        IllegalStateException thrown = new IllegalStateException("data");
        try (EventLoop loop = Backends.loop(backend)) {
            int code = loop.run(() -> {
                Server server = loop.net()
                        .createServer(peer -> peer.onData(data -> {
                            throw thrown;
                        }));
                server.listen(0);
                loop.net().connect(server.port()).write("x");
            });
            assertThat(code).isOne();
            assertThat(loop.failure()).isSameAs(thrown);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aPeerThatResetsIsAnErrorThenCloseAndOthersGoOn(String backend) throws Exception {
        assumeTrue(Backends.seesResets(backend), "Wine hides resets from selectors");
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server[] server = new Server[1];
                server[0] = loop.net().createServer(peer -> {
                    peer.onError(e -> log.add(e.errno().name()));
                    peer.onClose(() -> {
                        log.add("close");
                        if (log.size() == 2) {
                            Socket next = loop.net().connect(server[0].port());
                            next.onConnect(() -> log.add("the next one"));
                            next.resume();
                            next.end();
                        } else {
                            server[0].close();
                        }
                    });
                    peer.onData(data -> resetFromOutside());
                });
                int port = server[0].listen(0).port();
                loop.blocking(() -> outside(port));
            });
        }
        assertThat(log).startsWith("ECONNRESET", "close", "the next one");
    }

    private volatile java.net.Socket outsider;

    private Void outside(int port) throws IOException {
        outsider = new java.net.Socket("127.0.0.1", port);
        outsider.getOutputStream().write('x');
        return null;
    }

    private void resetFromOutside() {
        try {
            outsider.setSoLinger(true, 0);
            outsider.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void closeInsideACallbackIsRefusedAndTheLoopGoesOn(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {
                    assertThatThrownBy(loop::close).isInstanceOf(IllegalStateException.class);
                    log.add("refused");
                    peer.resume();
                    peer.end();
                });
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onClose(() -> {
                    log.add("close");
                    server.close();
                });
                socket.resume();
                socket.end();
            });
        }
        assertThat(log).containsExactly("refused", "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatIsClosedIsNoMore(String backend) throws Exception {
        EventLoop loop = Backends.loop(backend);
        try (loop) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.onData(data -> {}));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.onConnect(() -> {
                    socket.destroy();
                    socket.destroy();
                    assertThat(socket.isDestroyed()).isTrue();
                    assertThatThrownBy(() -> socket.write("late")).isInstanceOf(IllegalStateException.class);
                    server.close();
                    server.close();
                    assertThatThrownBy(() -> server.listen(0)).isInstanceOf(IllegalStateException.class);
                });
                socket.onClose(() -> log.add("close"));
            });
        }
        assertThat(log).containsExactly("close");
        assertThatThrownBy(loop::run).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        loop.close();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void otherThreadsAndVirtualOnesMayOnlyExecute(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                Server server = loop.net().createServer(peer -> {});
                server.listen(0);
                Runnable foreign = () -> {
                    for (Runnable call : List.<Runnable>of(
                            () -> loop.setTimeout(Duration.ZERO, () -> {}),
                            () -> loop.net().connect(1),
                            () -> loop.fs().readFile(java.nio.file.Path.of("x")),
                            server::close,
                            loop::stop,
                            loop::close)) {
                        assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class);
                    }
                    loop.execute(() -> log.add("executed"));
                };
                List<Throwable> failures = new ArrayList<>();
                Thread platform = new Thread(foreign);
                platform.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
                platform.start();
                join(platform);
                Thread virtual = startVirtual(foreign);
                if (virtual != null) {
                    join(virtual);
                } else {
                    loop.execute(() -> log.add("executed"));
                }
                assertThat(failures).isEmpty();
                server.close();
            });
        }
        assertThat(log).containsExactly("executed", "executed");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void theThreadThatRunsALoopFirstIsTheOnlyOneThatMay(String backend) throws Exception {
        EventLoop loop = Backends.loop(backend);
        List<Throwable> failures = new ArrayList<>();
        Thread owner = new Thread(() -> {
            int code = loop.run(() -> {
                Server server = loop.net().createServer(peer -> peer.pipe(peer));
                server.listen(0);
                Socket socket = loop.net().connect(server.port());
                socket.resume();
                socket.onClose(server::close);
                socket.end();
            });
            log.add("code " + code);
            Thread other = new Thread(() -> assertThatThrownBy(loop::run).isInstanceOf(WrongThreadException.class));
            other.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
            other.start();
            join(other);
            loop.close();
        });
        owner.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        owner.start();
        owner.join();
        assertThat(failures).isEmpty();
        assertThat(log).containsExactly("code 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aVirtualThreadCannotRunALoop(String backend) throws Exception {
        List<Throwable> thrown = new ArrayList<>();
        try (EventLoop loop = Backends.loop(backend)) {
            Thread virtual = startVirtual(() -> {
                try {
                    loop.run(() -> loop.setTimeout(1, () -> log.add("timer")));
                } catch (Throwable e) {
                    thrown.add(e);
                }
            });
            assumeTrue(virtual != null, "this JDK has no virtual threads");
            join(virtual);
        }
        assertThat(log).isEmpty();
        assertThat(thrown).singleElement().isInstanceOf(WrongThreadException.class);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aFullPoolBreaksThePromiseAndRecovers(String backend) throws Exception {
        KernelOptions options = KernelOptions.builder()
                .backend(backend)
                .workers(1)
                .workerQueue(1)
                .build();
        CountDownLatch gate = new CountDownLatch(1);
        List<Throwable> refused = new ArrayList<>();
        try (EventLoop loop =
                EventLoop.create(LoopOptions.builder().kernel(options).build())) {
            loop.run(() -> {
                for (int i = 0; i < 4; i++) {
                    loop.blocking(() -> {
                                gate.await();
                                return 1;
                            })
                            .handle((one, failure) -> failure == null ? log.add("done") : refused.add(failure));
                }
                loop.setImmediate(() -> {
                    gate.countDown();
                    loop.blocking(() -> 2).handle((two, failure) -> log.add(failure == null ? "later" : "refused"));
                });
            });
        }
        assertThat(refused).isNotEmpty().allSatisfy(e -> {
            assertThat(e).isInstanceOf(TorusIoException.class);
            assertThat(((TorusIoException) e).errno()).isEqualTo(Errno.EAGAIN);
        });
        assertThat(log).contains("done");
        assertThat(refused.size() + log.size()).isEqualTo(5);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aFullQueueOfTasksRefusesAndRecovers(String backend) throws Exception {
        KernelOptions options =
                KernelOptions.builder().backend(backend).postQueue(4).build();
        try (EventLoop loop =
                EventLoop.create(LoopOptions.builder().kernel(options).build())) {
            loop.run(() -> {
                AtomicBoolean refused = new AtomicBoolean();
                for (int i = 0; i < 64 && !refused.get(); i++) {
                    try {
                        loop.execute(() -> log.add("task"));
                    } catch (RejectedExecutionException e) {
                        refused.set(true);
                    }
                }
                assertThat(refused).isTrue();
                loop.setImmediate(() -> loop.execute(() -> log.add("later")));
            });
        }
        assertThat(log).hasSizeGreaterThan(4).endsWith("later").startsWith("task", "task", "task", "task");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Null where there are no virtual threads. */
    private static Thread startVirtual(Runnable work) {
        try {
            return (Thread) MethodHandles.publicLookup()
                    .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class))
                    .invoke(work);
        } catch (NoSuchMethodException e) {
            return null;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
