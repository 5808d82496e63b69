package dev.torus.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventQueueTest {
    private static final long LONG = TimeUnit.MINUTES.toNanos(1);

    private final WakeSignal signal = new WakeSignal();
    private final AtomicInteger wakeups = new AtomicInteger();
    private final EventQueue<Integer> queue = new EventQueue<>(2, signal, wakeups::incrementAndGet);
    private final List<Integer> taken = new ArrayList<>();

    private void fill() {
        assertThat(queue.offer(1)).isTrue();
        assertThat(queue.offer(2)).isTrue();
        assertThat(queue.offer(3)).isFalse();
    }

    @Test
    void onlyAParkedOwnerIsWokenAndOnlyOnce() {
        queue.offer(1);
        assertThat(wakeups).hasValue(0);
        signal.park();
        assertThat(queue.isEmpty()).as("the second look").isFalse();
        signal.awake();
        assertThat(queue.drain(taken::add, 10)).isEqualTo(1);
        signal.park();
        assertThat(queue.isEmpty()).isTrue();
        queue.offer(2);
        queue.offer(3);
        assertThat(wakeups).hasValue(1);
    }

    @Test
    void aPollTakesOneAndTellsOfRoom() {
        fill();
        List<String> calls = new ArrayList<>();
        queue.offer(3, () -> calls.add("room"));
        assertThat(queue.poll()).isEqualTo(1);
        assertThat(calls).containsExactly("room");
        assertThat(queue.poll()).isEqualTo(2);
        assertThat(queue.poll()).isNull();
        assertThat(calls).hasSize(1);
    }

    @Test
    void aFullQueueRefusesAndDoesNotWake() {
        fill();
        signal.park();
        assertThat(queue.offer(3)).isFalse();
        assertThat(wakeups).hasValue(0);
    }

    @Test
    void anOfferWithoutPatienceDoesNotWait() throws Exception {
        fill();
        assertThat(queue.offer(3, 0)).isFalse();
        assertThat(queue.offer(3, -1)).isFalse();
        assertThat(queue.offer(3, 1000)).isFalse();
        queue.drain(taken::add, 10);
        assertThat(queue.offer(3, 0)).isTrue();
        assertThat(taken).containsExactly(1, 2);
    }

    @Test
    void anOfferWaitsForRoom() throws Exception {
        fill();
        FutureTask<Boolean> offer = new FutureTask<>(() -> queue.offer(3, LONG));
        Thread producer = new Thread(offer);
        producer.start();
        while (!offer.isDone()) {
            queue.drain(taken::add, 1);
        }
        assertThat(offer.get()).isTrue();
        queue.drain(taken::add, 10);
        assertThat(taken).containsExactly(1, 2, 3);
    }

    /** The room that polls make is told to waiting threads, too. */
    @Test
    void offersWaitForAnOwnerThatPolls() throws Exception {
        EventQueue<Integer> events = new EventQueue<>(2, signal, () -> {});
        int each = 5_000;
        CountDownLatch ended = new CountDownLatch(2);
        new Thread(() -> patient(events, each, ended)).start();
        new Thread(() -> called(events, each, ended)).start();
        int sum = 0;
        while (sum < 2 * each) {
            Integer event = events.poll();
            if (event == null) {
                Thread.onSpinWait();
            } else {
                sum += event;
            }
        }
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(events.poll()).isNull();
    }

    @Test
    void aWaitingOfferCanBeInterrupted() throws Exception {
        fill();
        FutureTask<Boolean> offer = new FutureTask<>(() -> queue.offer(3, LONG));
        Thread producer = new Thread(offer);
        producer.start();
        producer.interrupt();
        assertThatThrownBy(offer::get).hasCauseInstanceOf(InterruptedException.class);
        queue.drain(taken::add, 10);
        assertThat(taken).containsExactly(1, 2);
    }

    @Test
    void aCallbackTellsOfRoomOnce() {
        fill();
        List<String> calls = new ArrayList<>();
        assertThat(queue.offer(3, () -> calls.add("room " + queue.offer(3)))).isFalse();
        assertThat(queue.isEmpty()).isFalse();
        queue.drain(taken::add, 1);
        assertThat(calls).containsExactly("room true");
        queue.drain(taken::add, 10);
        assertThat(calls).hasSize(1);
        assertThat(taken).containsExactly(1, 2, 3);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void whatACallbackThrowsDoesNotConcernTheOthers() {
        fill();
        List<String> calls = new ArrayList<>();
        queue.offer(3, () -> {
            throw new IllegalStateException("first");
        });
        queue.offer(3, () -> calls.add("second"));
        assertThatThrownBy(() -> queue.drain(taken::add, 1)).hasMessage("first");
        assertThat(calls).containsExactly("second");
    }

    @Test
    void callbacksAreBoundedToo() {
        fill();
        queue.offer(3, () -> {});
        queue.offer(3, () -> {});
        assertThatThrownBy(() -> queue.offer(3, () -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("2 callbacks");
    }

    /** Producers of all three kinds against an owner that sleeps whenever it can: nothing is lost and nobody hangs. */
    @Test
    void nothingIsLostWhileTheOwnerSleeps() throws Exception {
        Semaphore kernel = new Semaphore(0); // a system call that ends a sleep, also one that has not begun
        EventQueue<Integer> events = new EventQueue<>(4, signal, kernel::release);
        int each = 20_000;
        CountDownLatch ended = new CountDownLatch(3);
        List<Thread> threads = List.of(
                new Thread(() -> spin(events, each, ended)),
                new Thread(() -> patient(events, each, ended)),
                new Thread(() -> called(events, each, ended)));
        threads.forEach(Thread::start);
        int[] sum = new int[1];
        while (sum[0] < 3 * each) {
            if (events.isEmpty()) {
                signal.park();
                if (events.isEmpty()) {
                    assertThat(kernel.tryAcquire(30, TimeUnit.SECONDS))
                            .as("a wake-up")
                            .isTrue();
                }
                signal.awake();
                kernel.drainPermits();
            }
            events.drain(event -> sum[0] += event, 3);
        }
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(events.isEmpty()).isTrue();
    }

    private static void spin(EventQueue<Integer> events, int count, CountDownLatch ended) {
        for (int i = 0; i < count; i++) {
            while (!events.offer(1)) {
                Thread.yield();
            }
        }
        ended.countDown();
    }

    private static void patient(EventQueue<Integer> events, int count, CountDownLatch ended) {
        try {
            for (int i = 0; i < count; i++) {
                if (!events.offer(1, LONG)) {
                    return;
                }
            }
            ended.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void called(EventQueue<Integer> events, int count, CountDownLatch ended) {
        Semaphore room = new Semaphore(0);
        for (int i = 0; i < count; i++) {
            while (!events.offer(1, room::release)) {
                room.acquireUninterruptibly();
            }
        }
        ended.countDown();
    }
}
