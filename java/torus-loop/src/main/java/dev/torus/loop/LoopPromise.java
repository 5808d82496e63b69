package dev.torus.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A promise of a loop: a {@link CompletableFuture} whose callbacks run as microtasks of the loop, with as many jobs as
 * ECMAScript has (R16): one for a callback, two more where a callback of {@link #thenCompose} answers another promise.
 *
 * <p>It may be completed by any thread; callbacks run on the loop all the same. A rejection that nobody handles is reported to the
 * loop as an uncaught exception. Other threads may wait for it by {@link #get()}; the loop's own thread must not.
 */
@SuppressWarnings("unchecked") // newIncompleteFuture makes every derived future a LoopPromise
public final class LoopPromise<T> extends CompletableFuture<T> {
    private final EventLoop loop;
    /** Somebody looks at the outcome. */
    private volatile boolean handled;
    /** Loop thread. */
    private BiConsumer<? super T, ? super Throwable> callback;

    private boolean calledBack;
    /** The loop's thread is in complete or completeExceptionally. */
    private volatile boolean completing;

    LoopPromise(EventLoop loop) {
        this.loop = loop;
    }

    private void microtask(Runnable job) {
        if (loop.isLoopThread()) {
            loop.jobs().queueMicrotask(job);
        } else {
            loop.execute(() -> loop.jobs().queueMicrotask(job));
        }
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new LoopPromise<>(loop);
    }

    @Override
    public Executor defaultExecutor() {
        return this::microtask;
    }

    /**
     * Sets the callback of Node's callback style: it is called with the value or the reason, in the macrotask that settles
     * the promise and before any reaction, so that ticks that it queues precede the microtasks (R13). If the promise is settled
     * already, it is called in a tick. What it throws is an uncaught exception of that macrotask or tick (R39).
     *
     * @throws IllegalStateException on another thread than the loop's, or if there is a callback already
     */
    public void onSettled(BiConsumer<? super T, ? super Throwable> callback) {
        loop.checkThread();
        if (this.callback != null) {
            throw new IllegalStateException("the promise has a callback already");
        }
        this.callback = callback;
        handled = true;
        if (isDone()) {
            loop.nextTick(this::call);
        } else {
            // a promise that a reaction made is not settled by complete()
            super.whenCompleteAsync((value, reason) -> settledElsewhere(), Runnable::run);
        }
    }

    private void settledElsewhere() {
        if (!loop.isLoopThread()) {
            loop.execute(this::call);
        } else if (!completing) {
            loop.guarded(this::call);
        }
    }

    private void call() {
        if (calledBack) {
            return;
        }
        calledBack = true;
        Throwable reason = isCompletedExceptionally() ? rejection() : null;
        callback.accept(reason == null ? super.getNow(null) : null, reason);
    }

    /** On the loop's thread the callback runs here, so that what it throws leaves the macrotask. */
    private boolean settle(BooleanSupplier completion) {
        boolean here = loop.isLoopThread();
        boolean before = completing;
        completing |= here;
        boolean completed;
        try {
            completed = completion.getAsBoolean();
        } finally {
            completing = before;
        }
        if (completed && here && callback != null) {
            call();
        }
        return completed;
    }

    @Override
    public boolean complete(T value) {
        return settle(() -> super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable reason) {
        return settle(() -> {
            boolean completed = super.completeExceptionally(reason);
            if (completed) {
                watchRejection();
            }
            return completed;
        });
    }

    private void watchRejection() {
        if (handled) {
            return;
        }
        if (loop.isLoopThread()) {
            loop.jobs().rejected(this);
        } else {
            loop.execute(() -> loop.jobs().rejected(this));
        }
    }

    boolean isHandled() {
        return handled;
    }

    Throwable rejection() {
        try {
            super.join();
        } catch (CompletionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (RuntimeException e) {
            return e;
        }
        return null;
    }

    /** Watches a promise that was made by a callback: its rejection has no {@link #completeExceptionally}. */
    private <U> LoopPromise<U> watched(LoopPromise<U> derived) {
        derived.observe();
        return derived;
    }

    private void observe() {
        super.whenCompleteAsync(
                (value, reason) -> {
                    if (reason != null) {
                        watchRejection();
                    }
                },
                Runnable::run);
    }

    /**
     * As in {@link CompletionStage}; when the callback answers a promise, its outcome takes two jobs more than a plain value's
     * (R16).
     */
    @Override
    public <U> LoopPromise<U> thenCompose(Function<? super T, ? extends CompletionStage<U>> fn) {
        handled = true;
        LoopPromise<U> outer = new LoopPromise<>(loop);
        super.whenCompleteAsync(
                (value, reason) -> {
                    if (reason != null) {
                        outer.completeExceptionally(reason);
                        return;
                    }
                    CompletionStage<U> inner;
                    try {
                        inner = fn.apply(value);
                    } catch (Throwable e) {
                        outer.completeExceptionally(new CompletionException(e));
                        return;
                    }
                    microtask(() -> inner.handle((result, failure) -> {
                        if (failure != null) {
                            outer.completeExceptionally(failure);
                        } else {
                            outer.complete(result);
                        }
                        return null;
                    }));
                },
                this::microtask);
        return outer;
    }

    /** Waits for it; never on the loop's own thread, which would wait for itself. */
    @Override
    public T get() throws InterruptedException, ExecutionException {
        handled = true;
        checkMayWait();
        return super.get();
    }

    /** Waits for it; never on the loop's own thread, which would wait for itself. */
    @Override
    public T join() {
        handled = true;
        checkMayWait();
        return super.join();
    }

    private void checkMayWait() {
        if (!isDone() && loop.isLoopThread()) {
            throw new IllegalStateException("the loop's thread would wait for itself; use thenApply and its like");
        }
    }

    /** A plain future with the same outcome, for code that is no part of the loop. */
    @Override
    public CompletableFuture<T> toCompletableFuture() {
        return this;
    }

    @Override
    public <U> LoopPromise<U> thenApply(Function<? super T, ? extends U> fn) {
        handled = true;
        return watched((LoopPromise<U>) super.thenApplyAsync(fn, this::microtask));
    }

    @Override
    public LoopPromise<Void> thenAccept(Consumer<? super T> action) {
        handled = true;
        return watched((LoopPromise<Void>) super.thenAcceptAsync(action, this::microtask));
    }

    @Override
    public LoopPromise<Void> thenRun(Runnable action) {
        handled = true;
        return watched((LoopPromise<Void>) super.thenRunAsync(action, this::microtask));
    }

    @Override
    public <U, V> LoopPromise<V> thenCombine(
            CompletionStage<? extends U> other, BiFunction<? super T, ? super U, ? extends V> fn) {
        handled = true;
        return watched((LoopPromise<V>) super.thenCombineAsync(other, fn, this::microtask));
    }

    @Override
    public <U> LoopPromise<Void> thenAcceptBoth(
            CompletionStage<? extends U> other, BiConsumer<? super T, ? super U> action) {
        handled = true;
        return watched((LoopPromise<Void>) super.thenAcceptBothAsync(other, action, this::microtask));
    }

    @Override
    public LoopPromise<Void> runAfterBoth(CompletionStage<?> other, Runnable action) {
        handled = true;
        return watched((LoopPromise<Void>) super.runAfterBothAsync(other, action, this::microtask));
    }

    @Override
    public <U> LoopPromise<U> applyToEither(CompletionStage<? extends T> other, Function<? super T, U> fn) {
        handled = true;
        return watched((LoopPromise<U>) super.applyToEitherAsync(other, fn, this::microtask));
    }

    @Override
    public LoopPromise<Void> acceptEither(CompletionStage<? extends T> other, Consumer<? super T> action) {
        handled = true;
        return watched((LoopPromise<Void>) super.acceptEitherAsync(other, action, this::microtask));
    }

    @Override
    public LoopPromise<Void> runAfterEither(CompletionStage<?> other, Runnable action) {
        handled = true;
        return watched((LoopPromise<Void>) super.runAfterEitherAsync(other, action, this::microtask));
    }

    @Override
    public LoopPromise<T> whenComplete(BiConsumer<? super T, ? super Throwable> action) {
        handled = true;
        return watched((LoopPromise<T>) super.whenCompleteAsync(action, this::microtask));
    }

    @Override
    public <U> LoopPromise<U> handle(BiFunction<? super T, Throwable, ? extends U> fn) {
        handled = true;
        return watched((LoopPromise<U>) super.handleAsync(fn, this::microtask));
    }

    @Override
    public LoopPromise<T> exceptionally(Function<Throwable, ? extends T> fn) {
        handled = true;
        return watched((LoopPromise<T>) super.exceptionallyAsync(fn, this::microtask));
    }
}
