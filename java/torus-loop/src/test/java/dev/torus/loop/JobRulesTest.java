package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rules of ticks and microtasks by number, in virtual time. */
class JobRulesTest {
    private final ScriptedLoop script = new ScriptedLoop();
    private final EventLoop loop = script.loop;

    private Runnable say(String text) {
        return script.say(text);
    }

    @Test
    void r12_aTickQueuedByAMicrotaskWaitsForAllMicrotasks() {
        assertThat(script.run(() -> loop.queueMicrotask(() -> {
                    loop.nextTick(say("tick"));
                    loop.queueMicrotask(() -> {
                        script.log.add("micro 2");
                        loop.queueMicrotask(say("micro 3"));
                    });
                })))
                .containsExactly("micro 2", "micro 3", "tick");
    }

    @Test
    void r12_aMicrotaskQueuedByATickWaitsForAllTicks() {
        assertThat(script.run(() -> loop.nextTick(() -> {
                    loop.queueMicrotask(say("micro"));
                    loop.nextTick(() -> {
                        script.log.add("tick 2");
                        loop.nextTick(say("tick 3"));
                    });
                })))
                .containsExactly("tick 2", "tick 3", "micro");
    }

    @Test
    void r13_aDrainFollowsEveryCloseCallbackAndTimersOfTwoLists() {
        assertThat(script.run(() -> {
                    for (String name : new String[] {"a", "b"}) {
                        loop.closing().begin();
                        loop.closing().ready(() -> {
                            script.log.add("close " + name);
                            loop.queueMicrotask(say("micro " + name));
                            loop.nextTick(say("tick " + name));
                        });
                    }
                    loop.setTimeout(1, () -> {
                        script.log.add("timer 1");
                        loop.queueMicrotask(say("micro 1"));
                    });
                    loop.setTimeout(2, () -> {
                        script.log.add("timer 2");
                        loop.queueMicrotask(say("micro 2"));
                    });
                    script.spend(5);
                }))
                .containsExactly(
                        "timer 1", "micro 1", "timer 2", "micro 2", "close b", "tick b", "micro b", "close a", "tick a",
                        "micro a");
    }

    @Test
    void r14_ticksAndMicrotasksOfTheMainProgramPrecedeTheLoop() {
        assertThat(script.run(() -> {
                    loop.setTimeout(0, say("timer"));
                    loop.queueMicrotask(say("micro"));
                    loop.nextTick(say("tick"));
                    script.spend(3);
                    script.log.add("main");
                }))
                .containsExactly("main", "tick", "micro", "timer");
    }

    @Test
    void r15_recursiveTicksStarveTheRest() {
        int[] ticks = {0};
        script.run(() -> {
            loop.queueMicrotask(say("micro"));
            loop.setImmediate(say("immediate"));
            loop.nextTick(new Runnable() {
                @Override
                public void run() {
                    if (++ticks[0] < 100_000) {
                        loop.nextTick(this);
                    } else {
                        script.log.add("last tick");
                    }
                }
            });
        });
        assertThat(script.log).containsExactly("last tick", "micro", "immediate");
    }

    @Test
    void r16_promiseJobsAndMicrotasksShareOneQueue() {
        assertThat(script.run(() -> {
                    loop.queueMicrotask(say("1"));
                    loop.resolved(0).thenRun(say("2"));
                    loop.queueMicrotask(say("3"));
                    LoopPromise<Integer> later = loop.newPromise();
                    later.thenRun(say("4"));
                    later.complete(0);
                    loop.queueMicrotask(say("5"));
                }))
                .containsExactly("1", "2", "3", "4", "5");
    }

    @Test
    void r16_reactionsRunInTheOrderInWhichTheyWereAdded() {
        assertThat(script.run(() -> {
                    LoopPromise<Integer> promise = loop.newPromise();
                    promise.thenRun(say("1"));
                    promise.handle((value, failure) -> script.log.add("2"));
                    promise.thenCompose(value -> {
                        script.log.add("3");
                        return loop.resolved(1);
                    });
                    promise.thenAccept(value -> script.log.add("4"));
                    promise.complete(1);
                }))
                .containsExactly("1", "2", "3", "4");
    }

    @Test
    void r17_ticksAndMicrotasksKeepNothingAlive() {
        loop.onBeforeExit(() -> {
            script.log.add("before exit");
            loop.nextTick(say("tick"));
            loop.queueMicrotask(say("micro"));
        });
        assertThat(script.run(() -> {})).containsExactly("before exit", "tick", "micro");
        assertThat(script.polls).isEmpty();
    }
}
