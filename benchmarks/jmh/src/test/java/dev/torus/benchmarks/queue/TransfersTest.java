package dev.torus.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

/** What is compared must do the same. */
class TransfersTest {
    static String[] names() throws NoSuchFieldException {
        return QueueThroughput.class
                .getField("queue")
                .getAnnotation(Param.class)
                .value();
    }

    @ParameterizedTest
    @MethodSource("names")
    void elementsComeOutInOrderInBothWays(String name) {
        Transfer transfer = Transfers.make(name, 8);
        List<Object> taken = new ArrayList<>();
        Consumer<Object> consumer = taken::add;
        for (int round = 0; round < 100; round++) {
            taken.clear();
            for (int i = 0; i < 6; i++) {
                assertThat(transfer.offer(i)).isTrue();
            }
            assertThat(transfer.poll()).isEqualTo(0);
            assertThat(transfer.drain(consumer, 2)).isEqualTo(2);
            assertThat(transfer.drain(consumer, 100)).isEqualTo(3);
            assertThat(taken).containsExactly(1, 2, 3, 4, 5);
            assertThat(transfer.poll()).isNull();
            assertThat(transfer.drain(consumer, 100)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void theBoundedOnesRefuseWhenFull(String name) {
        Transfer transfer = Transfers.make(name, 8);
        boolean bounded = !List.of("linked", "transfer").contains(name);
        for (int i = 0; i < 8; i++) {
            assertThat(transfer.offer(i)).isTrue();
        }
        assertThat(transfer.offer(8)).isEqualTo(!bounded);
    }
}
