package dev.torus.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every ring queue. */
@Timeout(60)
class RingQueueTest {
    static Stream<Named<IntFunction<RingQueue<Integer>>>> queues() {
        return Stream.of(Named.of("mpsc", MpscRingQueue::new), Named.of("spsc", SpscRingQueue::new));
    }

    @ParameterizedTest
    @MethodSource("queues")
    void capacityIsTheNextPowerOfTwo(IntFunction<RingQueue<Integer>> make) {
        assertThat(IntStream.of(1, 2, 3, 4, 5, 1000)
                        .map(size -> make.apply(size).capacity()))
                .containsExactly(2, 2, 4, 4, 8, 1024);
        assertThatThrownBy(() -> make.apply(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("capacity 0");
        assertThatThrownBy(() -> make.apply((1 << 30) + 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @MethodSource("queues")
    void nullIsRefused(IntFunction<RingQueue<Integer>> make) {
        RingQueue<Integer> queue = make.apply(2);
        assertThatThrownBy(() -> queue.offer(null)).isInstanceOf(NullPointerException.class);
        assertThat(queue.isEmpty()).isTrue();
    }

    /** Random calls on the queue and on a model of it: also over the end of the ring, many times. */
    @ParameterizedTest
    @MethodSource("queues")
    void behavesLikeABoundedDeque(IntFunction<RingQueue<Integer>> make) {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            RingQueue<Integer> queue = make.apply(1 + random.nextInt(9));
            ArrayDeque<Integer> model = new ArrayDeque<>();
            for (int i = 0; i < 500; i++) {
                switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        boolean room = model.size() < queue.capacity();
                        assertThat(queue.offer(i)).isEqualTo(room);
                        if (room) {
                            model.add(i);
                        }
                    }
                    case 2 -> assertThat(queue.poll()).isEqualTo(model.poll());
                    default -> {
                        int limit = random.nextInt(4);
                        List<Integer> taken = new ArrayList<>();
                        assertThat(queue.drain(taken::add, limit)).isEqualTo(taken.size());
                        assertThat(taken).hasSize(Math.min(limit, model.size()));
                        taken.forEach(element -> assertThat(element).isEqualTo(model.poll()));
                    }
                }
                assertThat(queue.size()).isEqualTo(model.size());
                assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("queues")
    void whatAConsumerThrowsLeavesTheRest(IntFunction<RingQueue<Integer>> make) {
        RingQueue<Integer> queue = make.apply(4);
        IntStream.range(0, 4).forEach(queue::offer);
        assertThatThrownBy(() -> queue.drain(
                        element -> {
                            if (element == 1) {
                                throw new IllegalStateException("one");
                            }
                        },
                        4))
                .hasMessage("one");
        assertThat(queue.size()).isEqualTo(2);
        assertThat(queue.offer(4)).isTrue();
        List<Integer> rest = new ArrayList<>();
        queue.drain(rest::add, 10);
        assertThat(rest).containsExactly(2, 3, 4);
    }

    /** A small ring, so that it is full and empty all the time; the consumer takes in both ways. */
    @ParameterizedTest
    @MethodSource("queues")
    void everyElementComesOnceAndInItsProducersOrder(IntFunction<RingQueue<Integer>> make) throws Exception {
        RingQueue<Integer> queue = make.apply(8);
        int producers = queue instanceof SpscRingQueue ? 1 : 3;
        int each = 200_000;
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int base = p * each;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    while (!queue.offer(base + i)) {
                        Thread.onSpinWait();
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        int[] next = new int[producers];
        int taken = 0;
        while (taken < producers * each) {
            taken += queue.drain(element -> assertThat(element % each).isEqualTo(next[element / each]++), 5);
            Integer one = queue.poll();
            if (one != null) {
                assertThat(one % each).isEqualTo(next[one / each]++);
                taken++;
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(queue.poll()).isNull();
        assertThat(queue.isEmpty()).isTrue();
    }
}
