package dev.torus.benchmarks.timers;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/** Netty's hashed wheel, a tick per millisecond, with a thread of its own. */
final class NettyWheelTimers implements TimerSubject {
    private final HashedWheelTimer wheel = new HashedWheelTimer(1, TimeUnit.MILLISECONDS, 1024);

    NettyWheelTimers() {
        wheel.start();
    }

    @Override
    public void armAndCancel(int count, IntUnaryOperator millis) throws Exception {
        Timeout[] timers = new Timeout[count];
        TimerTask callback = timeout -> {};
        for (int i = 0; i < count; i++) {
            timers[i] = wheel.newTimeout(callback, millis.applyAsInt(i), TimeUnit.MILLISECONDS);
        }
        for (Timeout timer : timers) {
            timer.cancel();
        }
        while (wheel.pendingTimeouts() > 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Override
    public void armAndFire(int count, IntUnaryOperator millis) throws Exception {
        int[] left = {count};
        CountDownLatch done = new CountDownLatch(1);
        TimerTask callback = timeout -> {
            if (--left[0] == 0) {
                done.countDown();
            }
        };
        for (int i = 0; i < count; i++) {
            wheel.newTimeout(callback, millis.applyAsInt(i), TimeUnit.MILLISECONDS);
        }
        done.await();
    }

    @Override
    public void close() {
        wheel.stop();
    }
}
