package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopExecutorServiceTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final long MS = 1_000_000;

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final ScriptedLoop script = new ScriptedLoop();
    private final LoopExecutorService virtual = new LoopExecutorService(script.loop, () -> script.now * MS);

    private interface Client {
        void use(EventLoop loop, ScheduledExecutorService executor) throws Exception;
    }

    /** Runs a loop on this thread while another uses its executor. */
    private static void with(String backend, Client client) throws Exception {
        Throwable[] failure = {null};
        try (EventLoop loop = Backends.loop(backend)) {
            ScheduledExecutorService executor = loop.newExecutorService();
            Thread thread = new Thread(() -> {
                try {
                    client.use(loop, executor);
                } catch (Throwable e) {
                    failure[0] = e;
                } finally {
                    loop.execute(loop::stop);
                }
            });
            loop.run(() -> {
                loop.setInterval(1000, () -> {});
                thread.start();
            });
            thread.join();
        }
        if (failure[0] != null) {
            throw new AssertionError(failure[0]);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void tasksRunOnTheLoopInOrder(String backend) throws Exception {
        with(backend, (loop, executor) -> {
            Thread loopThread = executor.submit(Thread::currentThread).get();
            assertThat(loopThread).isNotSameAs(Thread.currentThread());
            for (int i = 0; i < 100; i++) {
                String name = String.valueOf(i);
                executor.execute(() -> log.add(name));
            }
            assertThat(executor.submit(() -> log.size()).get()).isEqualTo(100);
            assertThat(log.get(99)).isEqualTo("99");
            assertThat(executor.submit(() -> {}, "result").get()).isEqualTo("result");
            assertThatThrownBy(() -> executor.submit(() -> {
                                throw new IllegalStateException("mine");
                            })
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseMessage("mine");
        });
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aDelayedTaskIsNeverEarly(String backend) throws Exception {
        with(backend, (loop, executor) -> {
            for (int i = 1; i <= 20; i++) {
                long begin = System.nanoTime();
                long delay = i * 300_000L;
                long end = executor.schedule(System::nanoTime, delay, TimeUnit.NANOSECONDS)
                        .get();
                assertThat(end - begin).isGreaterThanOrEqualTo(delay);
            }
            ScheduledFuture<?> later = executor.schedule(() -> log.add("never"), 1, TimeUnit.DAYS);
            assertThat(later.getDelay(TimeUnit.HOURS)).isEqualTo(23);
            ScheduledFuture<?> evenLater = executor.schedule(() -> log.add("never"), Long.MAX_VALUE, TimeUnit.DAYS);
            assertThat(later.compareTo(evenLater)).isNegative();
            assertThat(later.cancel(true)).isTrue();
            assertThat(evenLater.cancel(true)).isTrue();
            assertThat(later.isCancelled()).isTrue();
            assertThatThrownBy(later::get).isInstanceOf(CancellationException.class);
            assertThat(executor.submit(() -> loop.activeHandles()).get()).containsExactly("1 timers");
        });
        assertThat(log).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void invokeAllAndAny(String backend) throws Exception {
        with(backend, (loop, executor) -> {
            List<Future<Integer>> all = executor.invokeAll(List.of(() -> 1, () -> 2, () -> {
                throw new IllegalStateException("third");
            }));
            assertThat(all).allMatch(Future::isDone);
            assertThat(all.get(1).get()).isEqualTo(2);
            assertThatThrownBy(() -> all.get(2).get()).hasRootCauseMessage("third");
            Callable<Integer> failing = () -> {
                throw new IllegalStateException("any");
            };
            assertThat(executor.invokeAny(List.of(failing, () -> 7, failing))).isEqualTo(7);
            assertThatThrownBy(() -> executor.invokeAny(List.of(failing, failing)))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseMessage("any");
            CountDownLatch release = new CountDownLatch(1);
            assertThatThrownBy(() -> executor.invokeAny(
                            List.of(() -> release.await(20, TimeUnit.SECONDS)), 1, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            release.countDown();
            assertThat(executor.submit(() -> Thread.currentThread().isInterrupted())
                            .get())
                    .isFalse();
        });
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void theLoopsThreadIsNeitherMadeToWaitForItselfNorInterrupted(String backend) throws Exception {
        with(backend, (loop, executor) -> {
            executor.submit(() -> {
                        Future<?> later = executor.submit(() -> {});
                        assertThatThrownBy(later::get).isInstanceOf(IllegalStateException.class);
                        assertThatThrownBy(() -> executor.invokeAll(List.of(() -> 1)))
                                .isInstanceOf(IllegalStateException.class);
                        assertThatThrownBy(() -> executor.awaitTermination(1, TimeUnit.DAYS))
                                .isInstanceOf(IllegalStateException.class);
                        return null;
                    })
                    .get();
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            Future<Boolean> running = executor.submit(() -> {
                begun.countDown();
                release.await();
                return true;
            });
            begun.await();
            assertThat(running.cancel(true)).isTrue();
            assertThat(executor.shutdownNow()).isEmpty();
            assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
            release.countDown();
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(loop.ask(() -> loop.resolved(Thread.currentThread().isInterrupted()))
                            .get())
                    .isFalse();
        });
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void itsShutdownIsItsOwn(String backend) throws Exception {
        with(backend, (loop, executor) -> {
            ScheduledFuture<?> delayed = executor.schedule(() -> log.add("delayed"), 5, TimeUnit.MILLISECONDS);
            ScheduledFuture<?> periodic = executor.scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.DAYS);
            executor.shutdown();
            assertThat(executor.isShutdown()).isTrue();
            assertThat(periodic.isCancelled()).isTrue();
            assertThatThrownBy(() -> executor.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(executor.isTerminated()).isTrue();
            assertThat(delayed.isDone()).isTrue();
            assertThat(log).containsExactly("delayed");

            ScheduledExecutorService second = loop.newExecutorService();
            assertThat(second.submit(() -> "the loop goes on").get()).isEqualTo("the loop goes on");
            ScheduledFuture<?> never = second.schedule(() -> log.add("never"), 1, TimeUnit.DAYS);
            assertThat(second.shutdownNow()).containsExactly((Runnable) never);
            assertThat(second.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(never.isDone()).isFalse();
        });
    }

    @Test
    void aFixedRateMakesUpForWhatItMissed() {
        List<Long> runs = new ArrayList<>();
        script.loop.run(() -> {
            ScheduledFuture<?>[] task = {null};
            task[0] = virtual.scheduleAtFixedRate(
                    () -> {
                        runs.add(script.now);
                        if (runs.size() == 2) {
                            script.spend(25);
                        }
                        if (runs.size() == 6) {
                            task[0].cancel(false);
                        }
                    },
                    5,
                    10,
                    TimeUnit.MILLISECONDS);
            assertThat(((LoopTask<?>) task[0]).isPeriodic()).isTrue();
        });
        assertThat(runs).containsExactly(5L, 15L, 40L, 40L, 45L, 55L);
    }

    @Test
    void aFixedDelayCountsFromTheEndOfARun() {
        List<Long> runs = new ArrayList<>();
        script.loop.run(() -> virtual.scheduleWithFixedDelay(
                () -> {
                    runs.add(script.now);
                    script.spend(7);
                    if (runs.size() == 3) {
                        throw new IllegalStateException("ends the schedule");
                    }
                },
                0,
                10,
                TimeUnit.MILLISECONDS));
        assertThat(runs).containsExactly(0L, 17L, 34L);
        assertThatThrownBy(() -> virtual.scheduleAtFixedRate(() -> {}, 1, 0, TimeUnit.SECONDS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCancelledTaskDoesNotKeepTheLoopAlive() {
        script.loop.run(() -> {
            ScheduledFuture<?> task = virtual.schedule(() -> log.add("never"), 50, TimeUnit.DAYS);
            script.loop.setTimeout(3, () -> task.cancel(false));
        });
        assertThat(script.now).isEqualTo(3);
        assertThat(log).isEmpty();
    }

    @Test
    void aDelayLongerThanATimerCanBe() {
        script.loop.run(() -> virtual.schedule(() -> log.add("ran"), 50, TimeUnit.DAYS));
        assertThat(script.now).isEqualTo(TimeUnit.DAYS.toMillis(50));
        assertThat(log).containsExactly("ran");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyThreads(String backend) throws Exception {
        AtomicInteger ran = new AtomicInteger();
        with(backend, (loop, executor) -> {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> {
                    for (int task = 0; task < 250; task++) {
                        Future<?> future = task % 3 == 0
                                ? executor.schedule(ran::incrementAndGet, task % 5, TimeUnit.MILLISECONDS)
                                : executor.submit(ran::incrementAndGet);
                        if (task % 7 == 0 && future.cancel(false)) {
                            ran.incrementAndGet();
                        }
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            executor.shutdown();
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        });
        // a task that was cancelled while it ran counts twice
        assertThat(ran.get()).isBetween(1000, 1100);
    }
}
