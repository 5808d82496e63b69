package dev.torus.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

/** What is compared must do the same. */
@Timeout(60)
class ParkingTest {
    private static final int COUNT = 10_000;

    static String[] names() throws NoSuchFieldException {
        return ParkingThroughput.class
                .getField("queue")
                .getAnnotation(Param.class)
                .value();
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothingIsTakenFromAnEmptyOne(String name) throws InterruptedException {
        assertThat(Parking.make(name, 8).take(element -> {}, 10)).isZero();
    }

    @ParameterizedTest
    @MethodSource("names")
    void elementsComeOutInOrderWhileTheConsumerSleeps(String name) throws InterruptedException {
        Parking parking = Parking.make(name, 8);
        Thread producer = new Thread(() -> {
            for (int i = 0; i < COUNT; i++) {
                while (!parking.offer(i)) {
                    Thread.yield();
                }
            }
        });
        producer.start();
        List<Object> taken = new ArrayList<>();
        while (taken.size() < COUNT) {
            assertThat(parking.take(taken::add, 3)).isLessThanOrEqualTo(3);
        }
        for (int i = 0; i < COUNT; i++) {
            assertThat(taken.get(i)).isEqualTo(i);
        }
        producer.join();
    }
}
