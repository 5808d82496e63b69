package dev.torus.loop;

import dev.torus.kernel.IoKernel;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WorkerLane;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/** Operations with one completion: each keeps the loop alive until then (R47) and settles a promise in a macrotask (R46). */
final class Requests {
    private final EventLoop loop;
    private final KernelPoller poller;

    Requests(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
    }

    IoKernel kernel() {
        return poller.kernel();
    }

    /**
     * Queues a kernel operation.
     *
     * @param operation name for errors
     * @param subject what it is done to, for errors
     * @param queue queues it with the token that it is given
     * @param value makes the promise's value of the result
     */
    <T> LoopPromise<T> queue(String operation, Object subject, LongConsumer queue, LongFunction<T> value) {
        return queue(operation, subject, queue, value, () -> {});
    }

    /** As above; {@code ended} is called when the value has been made, or there is none. */
    <T> LoopPromise<T> queue(
            String operation, Object subject, LongConsumer queue, LongFunction<T> value, Runnable ended) {
        loop.checkThread();
        LoopPromise<T> promise = loop.newPromise();
        long token = poller.token((result, flags) -> {
            loop.life().requestEnds();
            String detail = result < 0 ? kernel().failureDetail() : null;
            loop.macrotask(() -> {
                if (result < 0) {
                    ended.run();
                    promise.completeExceptionally(
                            TorusIoException.of(operation, String.valueOf(subject), result, flags, detail));
                } else {
                    T made = value.apply(result);
                    ended.run();
                    promise.complete(made);
                }
            });
        });
        try {
            queue.accept(token);
        } catch (RuntimeException e) {
            poller.unused(token);
            ended.run();
            throw e;
        }
        loop.life().requestBegins();
        return promise;
    }

    /** Runs work on the pool whose value is any object. */
    <T> LoopPromise<T> blocking(Callable<T> work, WorkerLane lane) {
        Outcome<T> outcome = new Outcome<>();
        LoopPromise<T> promise = loop.newPromise();
        long token = poller.token((result, flags) -> {
            loop.life().requestEnds();
            loop.macrotask(() -> {
                if (outcome.failure != null) {
                    promise.completeExceptionally(outcome.failure);
                } else if (result < 0) {
                    promise.completeExceptionally(TorusIoException.of("worker pool", null, result));
                } else {
                    promise.complete(outcome.value);
                }
            });
        });
        try {
            kernel().blocking(
                            () -> {
                                try {
                                    outcome.value = work.call();
                                } catch (Throwable e) {
                                    outcome.failure = e;
                                }
                                return 0;
                            },
                            lane,
                            token);
        } catch (RuntimeException e) {
            poller.unused(token);
            throw e;
        }
        loop.life().requestBegins();
        return promise;
    }

    /** Written by a worker, read by the loop; the kernel's result queue publishes it. */
    private static final class Outcome<T> {
        private T value;
        private Throwable failure;
    }
}
