package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * R16: how many jobs an operation of {@link LoopPromise} takes, beside the ECMAScript operation that it stands for. Counted is what
 * passes of a chain of plain microtasks, begun at the same time, before the reaction runs.
 */
class PromiseJobsTest {
    private static final int CHAIN = 20;

    private final ScriptedLoop script = new ScriptedLoop();
    private final EventLoop loop = script.loop;

    private int jobsUntil(Function<Runnable, CompletionStage<?>> operation) {
        int[] passed = {0};
        int[] seen = {-1};
        script.run(() -> {
            CompletionStage<?> last = operation.apply(() -> seen[0] = passed[0]);
            assertThat(last).isInstanceOf(LoopPromise.class);
            loop.queueMicrotask(new Runnable() {
                @Override
                public void run() {
                    if (++passed[0] < CHAIN) {
                        loop.queueMicrotask(this);
                    }
                }
            });
        });
        return seen[0];
    }

    private <T> LoopPromise<T> rejected() {
        LoopPromise<T> promise = loop.newPromise();
        promise.completeExceptionally(new IllegalStateException("expected"));
        return promise;
    }

    /** p.then(f): f in the first job, so none passes before it. */
    @Test
    void r16_aReactionIsOneJob() {
        assertThat(jobsUntil(seen -> loop.resolved(1).thenRun(seen))).isZero();
        assertThat(jobsUntil(seen -> loop.resolved(1).thenAccept(value -> seen.run())))
                .isZero();
        assertThat(jobsUntil(seen -> loop.resolved(1).whenComplete((value, reason) -> seen.run())))
                .isZero();
        assertThat(jobsUntil(seen -> loop.resolved(1).handle((value, reason) -> {
                    seen.run();
                    return 1;
                })))
                .isZero();
        assertThat(jobsUntil(seen -> rejected().exceptionally(reason -> {
                    seen.run();
                    return 1;
                })))
                .isZero();
    }

    /** p.then(f).then(g).then(h): one more with each link, whatever the link is. */
    @Test
    void r16_eachLinkOfAChainIsOneJob() {
        assertThat(jobsUntil(seen -> loop.resolved(1).thenApply(x -> x).thenRun(seen)))
                .isEqualTo(1);
        assertThat(jobsUntil(seen -> loop.resolved(1)
                        .thenApply(x -> x)
                        .handle((value, reason) -> value)
                        .whenComplete((value, reason) -> {})
                        .thenRun(seen)))
                .isEqualTo(3);
    }

    /** p.then(f).catch(g): a rejection passes through a link that does not take it in one job, like a value. */
    @Test
    void r16_aRejectionTakesAsManyJobsAsAValue() {
        assertThat(jobsUntil(seen -> this.<Integer>rejected()
                        .thenApply(x -> x)
                        .thenApply(x -> x)
                        .exceptionally(reason -> {
                            seen.run();
                            return 1;
                        })))
                .isEqualTo(2);
        assertThat(jobsUntil(seen -> loop.resolved(1).exceptionally(reason -> 2).thenRun(seen)))
                .isEqualTo(1);
    }

    /** p.then(() => otherPromise).then(g): two more than with a value, also when the other one is rejected. */
    @Test
    void r16_aPromiseAnsweredByACallbackTakesTwoMore() {
        assertThat(jobsUntil(seen ->
                        loop.resolved(1).thenCompose(x -> loop.resolved(2)).thenRun(seen)))
                .isEqualTo(3);
        assertThat(jobsUntil(seen -> loop.resolved(1)
                        .thenCompose(x -> this.<Integer>rejected())
                        .handle((value, reason) -> {
                            seen.run();
                            return 1;
                        })))
                .isEqualTo(3);
        assertThat(jobsUntil(seen -> loop.resolved(1)
                        .thenCompose(x -> loop.resolved(2))
                        .thenCompose(x -> loop.resolved(3))
                        .thenRun(seen)))
                .isEqualTo(6);
    }

    /** p.then(() => thenable).then(g): one more than with a value; a stage of another library is such a thenable. */
    @Test
    void r16_anotherThenableTakesOneMore() {
        assertThat(jobsUntil(seen -> loop.resolved(1)
                        .thenCompose(x -> CompletableFuture.completedFuture(2))
                        .thenRun(seen)))
                .isEqualTo(2);
    }

    /** resolve(value): the reactions are queued at once, in their order. */
    @Test
    void r16_settlingQueuesTheReactionsAtOnce() {
        assertThat(script.run(() -> {
                    LoopPromise<Integer> promise = loop.newPromise();
                    promise.thenRun(script.say("1"));
                    promise.thenRun(script.say("2"));
                    loop.queueMicrotask(script.say("before"));
                    promise.complete(1);
                    loop.queueMicrotask(script.say("after"));
                }))
                .containsExactly("before", "1", "2", "after");
    }
}
