package dev.torus.loop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
 * ECMAScript has (R16).
 *
 * <table>
 * <caption>Jobs until the callback runs, or the next link's may</caption>
 * <tr><th>here</th><th>in ECMAScript</th><th>jobs</th></tr>
 * <tr><td>thenApply, thenAccept, thenRun, handle, whenComplete, exceptionally</td><td>then, catch</td><td>1</td></tr>
 * <tr><td>the same where the outcome passes through, as a rejection through thenApply</td><td>the same</td><td>1</td></tr>
 * <tr><td>thenCompose whose callback answers a promise of a loop</td><td>then whose callback answers a promise</td><td>1 + 2</td></tr>
 * <tr><td>thenCompose whose callback answers another stage</td><td>then whose callback answers another thenable</td><td>1 + 1</td></tr>
 * </table>
 *
 * <p>Without a counterpart are thenCombine and the others of two stages: one job after the one, or both, are settled.
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
    /** Written by the loop's thread before the promise is given away. */
    private volatile Runnable cancellation;

    /** What it is the promise of, for errors. Loop thread. */
    private String operation = "promise";

    private Object subject;

    /** The loop's thread is in complete or completeExceptionally. */
    private volatile boolean completing;
    /** Jobs for the outcome in order; null before the first and after the outcome. Guarded by this. */
    private List<Runnable> reactions;
    /** Guarded by this. */
    private boolean flushed;

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

    /** What {@link #cancel} does besides settling the promise; loop thread. */
    void onCancel(Runnable action) {
        cancellation = action;
    }

    /** What it is the promise of, for errors; loop thread. */
    LoopPromise<T> named(String ofOperation, Object ofSubject) {
        operation = ofOperation;
        subject = ofSubject;
        return this;
    }

    /**
     * Breaks the promise with {@link dev.torus.kernel.OperationTimedOutException}, which names operation and path or address, unless it is
     * settled within a time; what it is the promise of is cancelled as by {@link #cancel}, and not waited for. Call it on the promise that
     * an operation answers, not on one of its thenApply and the like, which stands for no operation. Loop thread.
     *
     * @param deadline from now on, positive, to the millisecond, at most 24 days
     * @return this promise
     */
    public LoopPromise<T> withDeadline(Duration deadline) {
        loop.checkThread();
        Deadlines.check(deadline);
        if (!isDone()) {
            Timeout timer = loop.setTimeout(deadline, this::deadlinePassed);
            super.whenCompleteAsync(
                    (value, reason) -> {
                        if (loop.isLoopThread()) {
                            timer.clear();
                        } else {
                            loop.execute(timer::clear);
                        }
                    },
                    Runnable::run);
        }
        return this;
    }

    private void deadlinePassed() {
        String name = subject == null ? null : subject.toString();
        if (completeExceptionally(Deadlines.passed(operation, name))) {
            stopOperation();
        }
    }

    private void stopOperation() {
        Runnable action = cancellation;
        if (action == null) {
            return;
        }
        cancellation = null;
        if (loop.isLoopThread()) {
            action.run();
        } else {
            loop.execute(action);
        }
    }

    /**
     * Cancels the promise, and what it is the promise of if that can be stopped: work that waits, a read, but not work that runs on the
     * pool. Any thread.
     */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            stopOperation();
        }
        return cancelled;
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

    /** A rejection is not reported. */
    void markHandled() {
        handled = true;
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

    /** What {@link CompletionStage} calls the outcome: one of the two, or neither. */
    private record Outcome<T>(T value, Throwable reason) {
        T get() throws Throwable {
            if (reason != null) {
                throw reason;
            }
            return value;
        }
    }

    /** A reaction: the outcome of the derived promise from that of this one; what it throws is the reason. */
    private interface Reaction<T, U> {
        U apply(Outcome<T> outcome) throws Throwable;
    }

    private Outcome<T> outcome() {
        return super.handle((value, reason) -> new Outcome<T>(value, reason)).getNow(null);
    }

    /** One job with the outcome, behind the jobs of reactions that were added before, kept or broken alike (R16). */
    private <U> LoopPromise<U> react(Reaction<T, U> reaction) {
        handled = true;
        LoopPromise<U> derived = new LoopPromise<>(loop);
        whenDone(() -> {
            U value;
            try {
                value = reaction.apply(outcome());
            } catch (Throwable e) {
                derived.completeExceptionally(wrapped(e));
                return;
            }
            derived.complete(value);
        });
        return derived;
    }

    private static CompletionException wrapped(Throwable e) {
        return e instanceof CompletionException already ? already : new CompletionException(e);
    }

    /** A future of the JDK calls last what was added first; the jobs are therefore kept here. */
    private void whenDone(Runnable job) {
        boolean first = false;
        synchronized (this) {
            if (reactions == null) {
                first = !flushed && !isDone();
                if (first) {
                    reactions = new ArrayList<>(2);
                }
            }
            if (reactions != null) {
                reactions.add(job);
                if (!first) {
                    return;
                }
            }
        }
        if (first) {
            super.whenComplete((value, reason) -> flush());
        } else {
            microtask(job);
        }
    }

    private void flush() {
        List<Runnable> jobs;
        synchronized (this) {
            jobs = reactions;
            reactions = null;
            flushed = true;
        }
        jobs.forEach(this::microtask);
    }

    /**
     * As in {@link CompletionStage}; when the callback answers a promise, its outcome takes two jobs more than a plain value's
     * (R16).
     */
    @Override
    public <U> LoopPromise<U> thenCompose(Function<? super T, ? extends CompletionStage<U>> fn) {
        handled = true;
        LoopPromise<U> derived = new LoopPromise<>(loop);
        whenDone(() -> {
            CompletionStage<U> inner;
            try {
                inner = Objects.requireNonNull(fn.apply(outcome().get()), "the callback answered null, not a stage");
            } catch (Throwable e) {
                derived.completeExceptionally(wrapped(e));
                return;
            }
            microtask(() -> derived.adopt(inner));
        });
        return derived;
    }

    /** Has the outcome of another stage. */
    <U extends T> void adopt(CompletionStage<U> other) {
        if (other instanceof LoopPromise<U> promise) {
            promise.handled = true;
            promise.whenDone(() -> settleAs(promise.outcome().value, promise.outcome().reason));
        } else {
            other.whenComplete(this::settleAs);
        }
    }

    private void settleAs(T value, Throwable reason) {
        if (reason == null) {
            complete(value);
        } else {
            completeExceptionally(reason);
        }
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
        return react(outcome -> fn.apply(outcome.get()));
    }

    @Override
    public LoopPromise<Void> thenAccept(Consumer<? super T> action) {
        return thenApply(value -> {
            action.accept(value);
            return null;
        });
    }

    @Override
    public LoopPromise<Void> thenRun(Runnable action) {
        return thenApply(value -> {
            action.run();
            return null;
        });
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
        return react(outcome -> {
            try {
                action.accept(outcome.value, outcome.reason);
            } catch (RuntimeException | Error e) {
                if (outcome.reason == null) {
                    throw e;
                }
                if (e != outcome.reason) {
                    outcome.reason.addSuppressed(e);
                }
            }
            return outcome.get();
        });
    }

    @Override
    public <U> LoopPromise<U> handle(BiFunction<? super T, Throwable, ? extends U> fn) {
        return react(outcome -> fn.apply(outcome.value, outcome.reason));
    }

    @Override
    public LoopPromise<T> exceptionally(Function<Throwable, ? extends T> fn) {
        return react(outcome -> outcome.reason == null ? outcome.value : fn.apply(outcome.reason));
    }

    @Override
    public <U> LoopPromise<U> thenApplyAsync(Function<? super T, ? extends U> fn) {
        return thenApply(fn);
    }

    @Override
    public LoopPromise<Void> thenAcceptAsync(Consumer<? super T> action) {
        return thenAccept(action);
    }

    @Override
    public LoopPromise<Void> thenRunAsync(Runnable action) {
        return thenRun(action);
    }

    @Override
    public <U> LoopPromise<U> thenComposeAsync(Function<? super T, ? extends CompletionStage<U>> fn) {
        return thenCompose(fn);
    }

    @Override
    public LoopPromise<T> whenCompleteAsync(BiConsumer<? super T, ? super Throwable> action) {
        return whenComplete(action);
    }

    @Override
    public <U> LoopPromise<U> handleAsync(BiFunction<? super T, Throwable, ? extends U> fn) {
        return handle(fn);
    }
}
