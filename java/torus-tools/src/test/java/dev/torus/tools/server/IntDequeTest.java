package dev.torus.tools.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntDequeTest {
    @Test
    void doesWhatADequeDoes() {
        Random random = new Random(1);
        IntDeque deque = new IntDeque();
        ArrayDeque<Integer> model = new ArrayDeque<>();
        int largest = 0;
        for (int i = 0; i < 100_000; i++) {
            // grows and shrinks, so that it wraps around at every length
            boolean grows = i / 1000 % 2 == 0;
            if (model.isEmpty() || random.nextInt(10) < (grows ? 6 : 4)) {
                deque.addLast(i);
                model.addLast(i);
            } else if (random.nextBoolean()) {
                assertThat(deque.removeFirst()).isEqualTo(model.removeFirst());
            } else {
                assertThat(deque.removeLast()).isEqualTo(model.removeLast());
            }
            assertThat(deque.size()).isEqualTo(model.size());
            assertThat(deque.isEmpty()).isEqualTo(model.isEmpty());
            largest = Math.max(largest, model.size());
        }
        assertThat(largest).isGreaterThan(100);
    }
}
