package dev.torus.benchmarks.timers;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/** {@code EventLoop.schedule} of Netty, called on the event loop's thread. */
final class NettyLoopTimers implements TimerSubject {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();

    @Override
    public void armAndCancel(int count, IntUnaryOperator millis) throws Exception {
        ScheduledFuture<?>[] timers = new ScheduledFuture<?>[count];
        Runnable callback = () -> {};
        loop.submit(() -> {
                    for (int i = 0; i < count; i++) {
                        timers[i] = loop.schedule(callback, millis.applyAsInt(i), TimeUnit.MILLISECONDS);
                    }
                    for (ScheduledFuture<?> timer : timers) {
                        timer.cancel(false);
                    }
                })
                .sync();
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
        loop.execute(() -> {
            for (int i = 0; i < count; i++) {
                var unused = loop.schedule(callback, millis.applyAsInt(i), TimeUnit.MILLISECONDS);
            }
        });
        done.await();
    }

    @Override
    public void close() throws Exception {
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }
}
