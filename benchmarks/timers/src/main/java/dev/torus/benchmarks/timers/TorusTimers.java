package dev.torus.benchmarks.timers;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Timeout;
import java.util.function.IntUnaryOperator;

/** Timers of a loop, armed by a callback of it. */
final class TorusTimers implements TimerSubject {
    private final EventLoop loop;
    private int fired;

    TorusTimers() throws Exception {
        loop = EventLoop.create();
    }

    @Override
    public void armAndCancel(int count, IntUnaryOperator millis) {
        Timeout[] timers = new Timeout[count];
        Runnable callback = this::fire;
        loop.run(() -> {
            for (int i = 0; i < count; i++) {
                timers[i] = loop.setTimeout(millis.applyAsInt(i), callback);
            }
            for (Timeout timer : timers) {
                timer.clear();
            }
        });
        expect(0);
    }

    @Override
    public void armAndFire(int count, IntUnaryOperator millis) {
        Runnable callback = this::fire;
        loop.run(() -> {
            for (int i = 0; i < count; i++) {
                loop.setTimeout(millis.applyAsInt(i), callback);
            }
        });
        expect(count);
    }

    private void fire() {
        fired++;
    }

    private void expect(int count) {
        if (fired != count) {
            throw new IllegalStateException(fired + " timers fired, not " + count);
        }
        fired = 0;
    }

    @Override
    public void close() {
        loop.close();
    }
}
