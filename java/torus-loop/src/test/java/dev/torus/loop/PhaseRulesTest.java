package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules of the phases and of what keeps a loop alive, by number, in virtual time. */
class PhaseRulesTest {
    private final ScriptedLoop script = new ScriptedLoop();
    private final EventLoop loop = script.loop;

    private Runnable say(String text) {
        return script.say(text);
    }

    @Test
    void r01_nothingIsCalledFromInsideTheCallThatStartedIt() {
        assertThat(script.run(() -> {
                    loop.setTimeout(0, say("timer"));
                    loop.setImmediate(say("immediate"));
                    loop.nextTick(say("tick"));
                    loop.queueMicrotask(say("microtask"));
                    loop.resolved(1).thenRun(say("reaction"));
                    script.spend(5);
                    script.log.add("main ends");
                }))
                .containsExactly("main ends", "tick", "microtask", "reaction", "timer", "immediate");
    }

    @Test
    void r02_fromACloseCallbackTimersThenIoThenImmediates() {
        assertThat(script.run(() -> script.ioAt(1, () -> {
                    loop.closing().begin();
                    loop.closing().ready(() -> {
                        loop.setImmediate(say("immediate"));
                        script.ioAt(0, say("io"));
                        loop.setTimeout(1, say("timer"));
                        script.spend(5);
                    });
                })))
                .containsExactly("timer", "io", "immediate");
    }

    @Test
    void r04_thePendingPhaseTakesWhatIsThereAtItsStart() {
        assertThat(script.run(() -> loop.pending().add(() -> {
                    script.log.add("pending 1");
                    loop.pending().add(say("pending 2"));
                    script.ioAt(0, say("io"));
                    loop.setImmediate(say("immediate"));
                })))
                .containsExactly("pending 1", "io", "pending 2", "immediate");
    }

    @Test
    void r04_recursionInThePendingPhaseDoesNotStopTheLoop() {
        int[] rounds = {0};
        int[] atTheImmediate = {0};
        script.run(() -> {
            loop.setImmediate(() -> atTheImmediate[0] = rounds[0]);
            loop.pending().add(new Runnable() {
                @Override
                public void run() {
                    if (++rounds[0] < 100) {
                        loop.pending().add(this);
                    }
                }
            });
        });
        assertThat(rounds[0]).isEqualTo(100);
        assertThat(atTheImmediate[0]).isEqualTo(9);
    }

    @Test
    void r05_thePollDoesNotBlockWhenTheLoopIsStoppedOrAHandleIsBeingClosed() {
        script.run(() -> {
            loop.setTimeout(10, () -> {
                loop.setTimeout(100, say("far"));
                loop.closing().begin();
                loop.closing().ready(loop::stop);
            });
        });
        assertThat(script.polls).containsExactly(10L, 0L);
        assertThat(script.log).isEmpty();
    }

    @Test
    void r05_anUnrefedTimerWakesThePollToo() {
        script.run(() -> {
            loop.setTimeout(20, say("unref'd")).unref();
            loop.setTimeout(50, say("ref'd"));
        });
        assertThat(script.polls).containsExactly(20L, 30L);
        assertThat(script.log).containsExactly("unref'd", "ref'd");
    }

    @Test
    void r06_allEventsOfAPollPrecedeTheFirstImmediate() {
        List<String> expected = new ArrayList<>();
        assertThat(script.run(() -> {
                    for (int i = 0; i < 5; i++) {
                        String name = "io " + i;
                        expected.add(name);
                        script.ioAt(3, () -> {
                            script.log.add(name);
                            loop.setImmediate(say("immediate of " + name));
                        });
                    }
                }))
                .startsWith(expected.toArray(String[]::new))
                .hasSize(10);
    }

    @Test
    void r07_aHandleClosedInAnImmediateGetsItsCallbackBeforeTheNextTimers() {
        assertThat(script.run(() -> loop.setImmediate(() -> {
                    loop.setTimeout(0, say("timer"));
                    loop.setImmediate(say("immediate"));
                    loop.closing().begin();
                    loop.closing().ready(() -> {
                        script.log.add("close");
                        loop.closing().begin();
                        loop.closing().ready(say("close of the next turn"));
                    });
                    script.spend(5);
                })))
                .containsExactly("close", "timer", "immediate", "close of the next turn");
    }

    @Test
    void r08_eachOfTheseAloneKeepsTheLoopAlive() {
        List<Runnable> reasons = List.of(
                () -> loop.setTimeout(5, say("ran")),
                () -> loop.setImmediate(say("ran")),
                () -> script.ioAt(5, say("ran")),
                () -> loop.pending().add(say("ran")),
                () -> {
                    loop.closing().begin();
                    loop.closing().ready(say("ran"));
                });
        for (Runnable reason : reasons) {
            script.log.clear();
            assertThat(script.run(reason)).containsExactly("ran");
            assertThat(loop.isAlive()).isFalse();
        }
    }

    @Test
    void r08_withoutAnythingAliveNotEvenDueTimersRun() {
        assertThat(script.run(() -> {
                    loop.setTimeout(0, say("never")).unref();
                    loop.setImmediate(say("never")).unref();
                    script.spend(10);
                    loop.nextTick(say("tick"));
                }))
                .containsExactly("tick");
        assertThat(script.polls).isEmpty();
    }

    @Test
    void r10_aRunThatEndedCanBeStartedAgain() {
        script.run(() -> loop.setTimeout(5, say("first")));
        script.run(() -> {
            loop.setImmediate(say("immediate"));
            loop.setTimeout(0, say("due timer"));
            script.spend(3);
        });
        assertThat(script.log).containsExactly("first", "due timer", "immediate");
    }

    @Test
    void r05_aPollWithNothingAliveDoesNotWaitForAnUnrefedTimer() {
        script.run(() -> {
            Timeout last = loop.setTimeout(100, say("never"));
            loop.setTimeout(1, last::clear);
            loop.setTimeout(50, say("never")).unref();
            script.spend(2);
        });
        assertThat(script.polls).containsExactly(0L);
        assertThat(script.log).isEmpty();
    }

    @Test
    void r05_aPollDoesNotWaitWhileSomethingIsPendingAndIsUnlimitedWithoutTimers() {
        script.run(() -> {
            script.ioAt(30, say("io"));
            loop.pending().add(() -> loop.pending().add(say("pending")));
        });
        assertThat(script.polls).containsExactly(0L, -1L);
        assertThat(script.log).containsExactly("pending", "io");
    }

    @Test
    void r05_r10_theTurnInWhichTheLoopIsStoppedDoesNotBlock() {
        script.run(() -> {
            loop.setTimeout(100, say("never"));
            loop.pending().add(loop::stop);
        });
        assertThat(script.polls).containsExactly(0L);
        assertThat(script.log).isEmpty();
    }

    @Test
    void r05_aTimerThatIsPastMakesThePollNotWait() {
        script.run(() -> loop.setTimeout(1, () -> {
            loop.setTimeout(3, say("late"));
            script.spend(10);
        }));
        assertThat(script.polls.get(1)).isZero();
    }

    @Test
    void r02_fromAnImmediateCloseCallbacksPrecedeTimersIoAndImmediates() {
        assertThat(script.run(() -> loop.setImmediate(() -> {
                    loop.setImmediate(say("immediate"));
                    script.ioAt(0, say("io"));
                    loop.setTimeout(1, say("timer"));
                    loop.closing().begin();
                    loop.closing().ready(say("close"));
                    script.spend(5);
                })))
                .containsExactly("close", "timer", "io", "immediate");
    }

    @Test
    void r08_aHandleThatIsBeingClosedKeepsTheLoopAliveUntilItsCallback() {
        script.run(() -> {
            loop.closing().begin();
            loop.setTimeout(5, () -> loop.closing().ready(say("close"))).unref();
        });
        assertThat(script.log).containsExactly("close");
        assertThat(loop.isAlive()).isFalse();
    }

    @Test
    void r36_clearingFromATickAndAMicrotaskBetweenTwoImmediates() {
        assertThat(script.run(() -> {
                    Immediate[] others = new Immediate[2];
                    loop.setImmediate(() -> {
                        script.log.add("first");
                        loop.nextTick(() -> others[0].clear());
                        loop.queueMicrotask(() -> others[1].clear());
                    });
                    others[0] = loop.setImmediate(say("never"));
                    others[1] = loop.setImmediate(say("never"));
                    loop.setImmediate(say("last"));
                }))
                .containsExactly("first", "last");
    }

    @Test
    void r37_hasRefOfAnImmediateIsFalseOnceItRunsOrWasCleared() {
        Immediate[] immediate = new Immediate[1];
        List<Boolean> seen = new ArrayList<>();
        script.run(() -> {
            immediate[0] = loop.setImmediate(() -> seen.add(immediate[0].hasRef()));
            seen.add(immediate[0].hasRef());
            seen.add(immediate[0].unref().hasRef());
            seen.add(immediate[0].ref().hasRef());
        });
        assertThat(seen).containsExactly(true, false, true, false);
    }
}
