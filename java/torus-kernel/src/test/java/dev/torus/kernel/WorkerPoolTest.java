package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.queue.WakeSignal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerPoolTest {
    private final Semaphore wakeups = new Semaphore(0);
    private final WakeSignal signal = new WakeSignal();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<Long> order = new ArrayList<>();
    private WorkerPool pool = new WorkerPool(2, 8, signal, wakeups::release);

    @AfterEach
    void close() {
        gate.countDown();
        assertThat(pool.close(TimeUnit.SECONDS.toNanos(30))).isTrue();
    }

    private WorkerPool.Task task(long number, WorkerLane lane) {
        return new WorkerPool.Task(
                () -> {
                    gate.await();
                    synchronized (order) {
                        order.add(number);
                    }
                    return number;
                },
                number,
                lane,
                null);
    }

    private WorkerPool.Task result() {
        WorkerPool.Task task = pool.results().poll();
        while (task == null) {
            signal.park();
            if (pool.results().isEmpty()) {
                wakeups.acquireUninterruptibly();
            }
            signal.awake();
            task = pool.results().poll();
        }
        pool.taken();
        return task;
    }

    @Test
    void resultsArriveAndWakeAParkedOwner() {
        gate.countDown();
        for (int i = 0; i < 1000; i++) {
            assertThat(pool.submit(task(i, WorkerLane.GENERAL))).isTrue();
            assertThat(result().result).isEqualTo(i);
        }
    }

    @Test
    void tasksOfOneWorkerRunFirstInFirstOut() {
        pool.close(0);
        pool = new WorkerPool(1, 8, signal, wakeups::release);
        for (int i = 0; i < 8; i++) {
            pool.submit(task(i, i % 2 == 0 ? WorkerLane.GENERAL : WorkerLane.SLOW));
        }
        gate.countDown();
        for (int i = 0; i < 8; i++) {
            result();
        }
        assertThat(order).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void slowTasksTakeHalfOfTheWorkersAtMost() {
        for (int i = 0; i < 4; i++) {
            pool.submit(task(i, WorkerLane.SLOW));
        }
        WorkerPool.Task quick = new WorkerPool.Task(() -> 7L, 7, WorkerLane.GENERAL, null);
        pool.submit(quick);
        assertThat(result()).isSameAs(quick);
    }

    @Test
    void aFullQueueRefuses() {
        int accepted = 0;
        while (pool.submit(task(accepted, WorkerLane.GENERAL))) {
            accepted++;
        }
        assertThat(accepted).isBetween(8, 10);
        gate.countDown();
        for (int i = 0; i < accepted; i++) {
            result();
        }
        assertThat(pool.submit(task(99, WorkerLane.GENERAL))).isTrue();
        result();
    }

    @Test
    void aWaitingTaskCanBeTakenBackAndARunningOneCannot() throws Exception {
        CountDownLatch running = new CountDownLatch(2);
        WorkerPool.Task[] busy = new WorkerPool.Task[2];
        for (int i = 0; i < 2; i++) {
            busy[i] = new WorkerPool.Task(
                    () -> {
                        running.countDown();
                        gate.await();
                        return 0;
                    },
                    i,
                    WorkerLane.GENERAL,
                    null);
            pool.submit(busy[i]);
        }
        running.await();
        WorkerPool.Task waiting = task(3, WorkerLane.GENERAL);
        pool.submit(waiting);
        assertThat(pool.cancel(busy[0])).isFalse();
        assertThat(pool.cancel(waiting)).isTrue();
        assertThat(pool.cancel(waiting)).isFalse();
        gate.countDown();
        result();
        result();
        assertThat(order).isEmpty();
    }

    @Test
    void whatATaskThrowsIsAResult() {
        pool.submit(new WorkerPool.Task(
                () -> {
                    throw new IllegalStateException("mine");
                },
                1,
                WorkerLane.GENERAL,
                null));
        WorkerPool.Task task = result();
        assertThat(task.result).isEqualTo(Errno.EIO.result());
        assertThat(task.failure).contains("mine");
    }
}
