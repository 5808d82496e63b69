package dev.torus.benchmarks.timers;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/** The JDK's executor with one thread, which removes what is cancelled. */
final class ExecutorTimers implements TimerSubject {
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);

    ExecutorTimers() {
        executor.setRemoveOnCancelPolicy(true);
        executor.prestartAllCoreThreads();
    }

    @Override
    public void armAndCancel(int count, IntUnaryOperator millis) {
        Future<?>[] timers = new Future<?>[count];
        Runnable callback = () -> {};
        for (int i = 0; i < count; i++) {
            timers[i] = executor.schedule(callback, millis.applyAsInt(i), TimeUnit.MILLISECONDS);
        }
        for (Future<?> timer : timers) {
            timer.cancel(false);
        }
        if (!executor.getQueue().isEmpty()) {
            throw new IllegalStateException("timers are left");
        }
    }

    @Override
    public void armAndFire(int count, IntUnaryOperator millis) throws Exception {
        int[] left = {count};
        CountDownLatch done = new CountDownLatch(1);
        Runnable callback = () -> {
            if (--left[0] == 0) {
                done.countDown();
            }
        };
        for (int i = 0; i < count; i++) {
            Future<?> unused = executor.schedule(callback, millis.applyAsInt(i), TimeUnit.MILLISECONDS);
        }
        done.await();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
