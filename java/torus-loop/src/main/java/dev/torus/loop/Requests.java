package dev.torus.loop;

import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.WorkerLane;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;

/**
 * Operations with one completion: each keeps the loop alive until then (R47) and settles a promise in a macrotask (R46). Cancelling
 * the promise cancels the operation; one that cannot be stopped any more then no longer keeps the loop alive.
 */
final class Requests {
    private final EventLoop loop;
    private final KernelPoller poller;
    private final List<Request> active = new ArrayList<>();

    Requests(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
    }

    IoKernel kernel() {
        return poller.kernel();
    }

    /** One that is under way. */
    private static final class Request {
        private final String operation;
        private final Object subject;
        private long id;
        /** Place in the list; -1 once it does not count any more. */
        private int index = -1;

        private boolean cancelled;

        Request(String operation, Object subject) {
            this.operation = operation;
            this.subject = subject;
        }

        @Override
        public String toString() {
            return "request " + operation + (subject == null ? "" : " " + subject);
        }
    }

    private void begins(Request request, long id, LoopPromise<?> promise) {
        request.id = id;
        request.index = active.size();
        active.add(request);
        loop.life().requestBegins();
        promise.named(request.operation, request.subject).onCancel(() -> cancel(request));
    }

    /** It does not keep the loop alive any more. */
    private void ends(Request request) {
        if (request.index == -1) {
            return;
        }
        Request last = active.remove(active.size() - 1);
        if (last != request) {
            active.set(request.index, last);
            last.index = request.index;
        }
        request.index = -1;
        loop.life().requestEnds();
    }

    private void cancel(Request request) {
        if (request.index == -1 || request.cancelled) {
            return;
        }
        request.cancelled = true;
        kernel().cancel(request.id, poller.token((result, flags) -> {
            if (result == Errno.EALREADY.result()) {
                ends(request);
            }
        }));
    }

    /** Asks all to end. */
    void cancelAll() {
        List.copyOf(active).forEach(this::cancel);
    }

    /** Waits for none any more. */
    void abandonAll() {
        List.copyOf(active).forEach(this::ends);
    }

    /** A line for each, for people. */
    List<String> describe() {
        return active.stream().map(Request::toString).toList();
    }

    /**
     * Queues a kernel operation.
     *
     * @param operation name for errors
     * @param subject what it is done to, for errors
     * @param queue queues it with the token that it is given and answers the operation
     * @param value makes the promise's value of the result
     */
    <T> LoopPromise<T> queue(String operation, Object subject, LongUnaryOperator queue, LongFunction<T> value) {
        return queue(operation, subject, queue, value, () -> {});
    }

    /** As above; {@code ended} is called when the value has been made, or there is none. */
    <T> LoopPromise<T> queue(
            String operation, Object subject, LongUnaryOperator queue, LongFunction<T> value, Runnable ended) {
        loop.checkThread();
        LoopPromise<T> promise = loop.newPromise();
        Request request = new Request(operation, subject);
        long token = poller.token(
                (result, flags) -> {
                    ends(request);
                    String detail = result < 0 ? poller.failureDetail() : null;
                    loop.macrotask(() -> {
                        if (result < 0) {
                            ended.run();
                            promise.completeExceptionally(
                                    TorusIoException.of(operation, String.valueOf(subject), result, flags, detail));
                        } else {
                            T made = value.apply(result);
                            ended.run();
                            if (!promise.complete(made) && made instanceof OpenFile file) {
                                // nobody is there to close it
                                file.close();
                            }
                        }
                    });
                },
                operation);
        long id;
        try {
            id = queue.applyAsLong(token);
        } catch (RuntimeException e) {
            poller.unused(token);
            ended.run();
            throw e;
        }
        begins(request, id, promise);
        return promise;
    }

    /** Closes a handle, which nothing can stop; {@code closed} is called in a macrotask, also after a failure. */
    void close(long handle, Runnable closed) {
        loop.life().requestBegins();
        kernel().close(handle, poller.token((result, flags) -> {
            loop.life().requestEnds();
            loop.macrotask(closed);
        }));
    }

    /** Runs work on the pool whose value is any object. */
    <T> LoopPromise<T> blocking(Callable<T> work, WorkerLane lane) {
        return blocking("blocking work", null, work, lane);
    }

    /** As above, with a name for people. */
    <T> LoopPromise<T> blocking(String operation, Object subject, Callable<T> work, WorkerLane lane) {
        Outcome<T> outcome = new Outcome<>();
        LoopPromise<T> promise = loop.newPromise();
        Request request = new Request(operation, subject);
        long token = poller.token(
                (result, flags) -> {
                    ends(request);
                    loop.macrotask(() -> {
                        if (outcome.failure != null) {
                            promise.completeExceptionally(outcome.failure);
                        } else if (result < 0) {
                            promise.completeExceptionally(TorusIoException.of("worker pool", null, result));
                        } else {
                            promise.complete(outcome.value);
                        }
                    });
                },
                operation);
        long id;
        try {
            id = kernel().blocking(
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
        begins(request, id, promise);
        return promise;
    }

    /** Written by a worker, read by the loop; the kernel's result queue publishes it. */
    private static final class Outcome<T> {
        private T value;
        private Throwable failure;
    }
}
