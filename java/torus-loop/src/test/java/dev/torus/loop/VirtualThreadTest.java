package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Virtual threads are there from Java 21 on; the tests are compiled for an older one. */
@EnabledForJreRange(min = JRE.JAVA_21)
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VirtualThreadTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    private interface Body {
        void run() throws Exception;
    }

    private void virtual(EventLoop loop, Body body) {
        Runnable run = () -> {
            try {
                body.run();
            } catch (Throwable e) {
                log.add(e.toString());
                loop.execute(loop::stop);
            }
        };
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("virtual threads", e);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void itWaitsForAPromiseWhileTheLoopTurns(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            AtomicInteger turns = new AtomicInteger();
            loop.run(() -> {
                LoopPromise<String> promise = loop.newPromise();
                CountDownLatch waits = new CountDownLatch(1);
                loop.setInterval(1, turns::incrementAndGet);
                virtual(loop, () -> {
                    waits.countDown();
                    log.add(promise.get());
                    loop.execute(loop::stop);
                });
                loop.setInterval(1, () -> {
                    if (waits.getCount() == 0 && turns.get() > 5) {
                        promise.complete("kept");
                    }
                });
            });
            assertThat(turns.get()).isGreaterThan(5);
        }
        assertThat(log).containsExactly("kept");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aThousandAskTheLoop(String backend, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("file");
        int threads = 1000;
        AtomicInteger right = new AtomicInteger();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                loop.setInterval(1000, () -> {});
                loop.fs().writeFile(file, "text").thenRun(() -> {
                    for (int i = 0; i < threads; i++) {
                        virtual(loop, () -> {
                            String text =
                                    loop.ask(() -> loop.fs().readFile(file)).get();
                            if (right.addAndGet(text.equals("text") ? 1 : 0) == threads) {
                                loop.execute(loop::stop);
                            }
                        });
                    }
                });
            });
        }
        assertThat(log).isEmpty();
        assertThat(right.get()).isEqualTo(threads);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aFailureReachesIt(String backend) throws Exception {
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                loop.setInterval(1000, () -> {});
                virtual(loop, () -> {
                    assertThatThrownBy(() -> loop.ask(() -> loop.fs().readFile(Path.of("not", "there")))
                                    .get())
                            .isInstanceOf(ExecutionException.class)
                            .hasCauseInstanceOf(dev.torus.kernel.NoSuchPathException.class);
                    assertThatThrownBy(() -> loop.ask(() -> {
                                        throw new NoSuchFileException("thrown");
                                    })
                                    .get())
                            .hasCauseInstanceOf(NoSuchFileException.class);
                    log.add("seen");
                    loop.execute(loop::stop);
                });
            });
        }
        assertThat(log).containsExactly("seen");
    }
}
