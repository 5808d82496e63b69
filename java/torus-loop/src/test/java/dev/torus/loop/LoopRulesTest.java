package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Rules of the loop by number, in virtual time. */
@SuppressWarnings("checkstyle:MethodName")
class LoopRulesTest {
    private final ScriptedLoop script = new ScriptedLoop();
    private final EventLoop loop = script.loop;

    private Runnable say(String text) {
        return script.say(text);
    }

    @Test
    void R02_fromAnIoCallbackTheImmediatePrecedesTheTimer() {
        assertThat(script.run(() -> script.ioAt(5, () -> {
                    loop.setTimeout(0, say("timer"));
                    script.spend(10);
                    loop.setImmediate(say("immediate"));
                })))
                .containsExactly("immediate", "timer");
    }

    @Test
    void R02_fromAnImmediateTimersThenIoThenImmediates() {
        assertThat(script.run(() -> loop.setImmediate(() -> {
                    loop.setTimeout(1, say("timer"));
                    script.ioAt(0, say("io"));
                    loop.setImmediate(say("immediate"));
                    script.spend(5);
                })))
                .containsExactly("timer", "io", "immediate");
    }

    @Test
    void R02_fromATimerIoThenImmediates() {
        assertThat(script.run(() -> loop.setTimeout(1, () -> {
                    loop.setImmediate(say("immediate"));
                    loop.setTimeout(1, say("timer"));
                    script.ioAt(0, say("io"));
                    script.spend(5);
                })))
                .containsExactly("io", "immediate", "timer");
    }

    @Test
    void R03_aTimerThatIsDueAtTheStartPrecedesIoAndImmediates() {
        assertThat(script.run(() -> {
                    loop.setImmediate(say("immediate"));
                    script.ioAt(0, say("io"));
                    loop.setTimeout(0, say("timer"));
                    script.spend(2);
                }))
                .containsExactly("timer", "io", "immediate");
    }

    @Test
    void R05_thePollWaitsForTheEarliestTimerAndNotWithAnImmediate() {
        script.run(() -> {
            loop.setTimeout(40, say("a"));
            loop.setTimeout(70, () -> {
                loop.setImmediate(say("b"));
                loop.setTimeout(100, say("c")).unref();
                loop.setTimeout(300, say("d"));
            });
        });
        assertThat(script.log).containsExactly("a", "b", "c", "d");
        assertThat(script.polls).containsExactly(40L, 30L, 0L, 100L, 200L);
    }

    @Test
    void R05_anUnrefedImmediateDoesNotShortenThePoll() {
        script.run(() -> {
            loop.setImmediate(say("unref'd")).unref();
            loop.setTimeout(50, say("timer"));
        });
        assertThat(script.polls.get(0)).isEqualTo(50);
        assertThat(script.log).containsExactly("unref'd", "timer");
    }

    @Test
    void R06_whatBecomesReadyInAPollWaitsForTheNext() {
        assertThat(script.run(() -> script.ioAt(1, () -> {
                    script.log.add("first");
                    script.ioAt(0, say("second"));
                    loop.setImmediate(say("immediate"));
                })))
                .containsExactly("first", "immediate", "second");
    }

    @Test
    void R07_closeCallbacksComeAfterTheCheckPhaseLastClosedFirst() {
        assertThat(script.run(() -> script.ioAt(1, () -> {
                    for (String name : List.of("close 1", "close 2")) {
                        loop.closing().begin();
                        loop.closing().ready(() -> {
                            script.log.add(name);
                            loop.setImmediate(say("immediate of " + name));
                        });
                    }
                    loop.setImmediate(say("immediate"));
                })))
                .containsExactly("immediate", "close 2", "close 1", "immediate of close 2", "immediate of close 1");
    }

    @Test
    void R09_anUnrefedTimerAloneNeverRunsButOneDueInTheLastTurnDoes() {
        assertThat(script.run(() -> {
                    loop.setTimeout(0, say("never")).unref();
                    script.spend(10);
                }))
                .isEmpty();
        assertThat(script.run(() -> {
                    loop.setTimeout(5, say("unref'd")).unref();
                    script.ioAt(20, say("io"));
                }))
                .endsWith("io")
                .contains("unref'd");
    }

    @Test
    void R10_stopLetsTheTurnFinishAndALaterRunGoesOn() {
        script.run(() -> {
            loop.setImmediate(() -> {
                loop.stop();
                loop.setImmediate(say("later"));
            });
            loop.setImmediate(say("same turn"));
        });
        assertThat(script.log).containsExactly("same turn");
        loop.run();
        assertThat(script.log).containsExactly("same turn", "later");
    }

    @Test
    void R11_ticksThenMicrotasksAndOverAgain() {
        assertThat(script.run(() -> {
                    loop.queueMicrotask(() -> {
                        script.log.add("micro 1");
                        loop.nextTick(say("tick of micro 1"));
                        loop.queueMicrotask(say("micro of micro 1"));
                    });
                    loop.queueMicrotask(say("micro 2"));
                    loop.nextTick(() -> {
                        script.log.add("tick 1");
                        loop.nextTick(say("tick of tick 1"));
                        loop.queueMicrotask(say("micro of tick 1"));
                    });
                    loop.nextTick(say("tick 2"));
                }))
                .containsExactly(
                        "tick 1",
                        "tick 2",
                        "tick of tick 1",
                        "micro 1",
                        "micro 2",
                        "micro of tick 1",
                        "micro of micro 1",
                        "tick of micro 1");
    }

    @Test
    void R13_aDrainFollowsEveryTimerImmediateAndIoCallback() {
        assertThat(script.run(() -> {
                    for (int i = 1; i <= 2; i++) {
                        String name = " " + i;
                        Runnable both = () -> {
                            loop.nextTick(say("tick" + name));
                            loop.queueMicrotask(say("micro" + name));
                        };
                        loop.setTimeout(1, () -> {
                            script.log.add("timer" + name);
                            both.run();
                        });
                        loop.setImmediate(() -> {
                            script.log.add("immediate" + name);
                            both.run();
                        });
                        script.ioAt(3, () -> {
                            script.log.add("io" + name);
                            both.run();
                        });
                    }
                    script.spend(5);
                }))
                .containsExactly(
                        "timer 1",
                        "tick 1",
                        "micro 1",
                        "timer 2",
                        "tick 2",
                        "micro 2",
                        "io 1",
                        "tick 1",
                        "micro 1",
                        "io 2",
                        "tick 2",
                        "micro 2",
                        "immediate 1",
                        "tick 1",
                        "micro 1",
                        "immediate 2",
                        "tick 2",
                        "micro 2");
    }

    @Test
    void R15_recursiveMicrotasksDoNotGrowTheStack() {
        int[] count = {0};
        script.run(() -> loop.queueMicrotask(new Runnable() {
            @Override
            public void run() {
                if (++count[0] < 200_000) {
                    loop.queueMicrotask(this);
                }
            }
        }));
        assertThat(count[0]).isEqualTo(200_000);
    }

    /** Compares how many microtasks pass before a reaction runs, against a chain of plain ones. */
    private int jobsUntil(java.util.function.Function<Runnable, Object> start) {
        int[] passed = {0};
        int[] seen = {-1};
        script.run(() -> {
            Object unused = start.apply(() -> seen[0] = passed[0]);
            assertThat(unused).isNotNull();
            loop.queueMicrotask(new Runnable() {
                @Override
                public void run() {
                    if (++passed[0] < 20) {
                        loop.queueMicrotask(this);
                    }
                }
            });
        });
        return seen[0];
    }

    @Test
    void R16_aReactionTakesOneJobAndAPromiseAnsweredByACallbackTwoMore() {
        int plain = jobsUntil(seen -> loop.resolved(1).thenApply(x -> x).thenRun(seen));
        int composed = jobsUntil(
                seen -> loop.resolved(1).thenCompose(x -> loop.resolved(2)).thenRun(seen));
        assertThat(plain).isEqualTo(1);
        assertThat(composed - plain).isEqualTo(2);
    }

    @Test
    void R16_promisesOfOtherThreadsSettleOnTheLoop() throws Exception {
        List<Thread> threads = new ArrayList<>();
        CompletableFuture<Integer> foreign = new CompletableFuture<>();
        script.run(() -> {
            LoopPromise<Integer> promise = loop.newPromise();
            promise.thenAccept(value -> threads.add(Thread.currentThread()));
            Thread other = new Thread(() -> promise.complete(7));
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(foreign).isNotDone();
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void R18_durations() {
        for (double odd : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 2147483648.0, 0.5}) {
            assertThat(Timers.duration(odd)).isEqualTo(1);
        }
        assertThat(Timers.duration(2147483647)).isEqualTo(2147483647);
        assertThat(Timers.duration(1.9)).isEqualTo(1);
        assertThat(Timers.duration(2.5)).isEqualTo(2);
    }

    @Test
    void R19_aTimerWaitsItsFullDurationFromWhenItWasArmed() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            script.spend(30);
            loop.setTimeout(10, () -> at.add(script.now));
        });
        assertThat(at).containsExactly(40L);
    }

    @Test
    void R22_withinAListAllDueTimersRunBeforeAnotherList() {
        assertThat(script.run(() -> {
                    loop.setTimeout(10, say("A1"));
                    script.spend(5);
                    loop.setTimeout(7, say("B1"));
                    script.spend(1);
                    loop.setTimeout(10, say("A2"));
                    script.spend(50);
                }))
                .containsExactly("A1", "A2", "B1");
    }

    @Test
    void R23_aTimerThatBecomesDueDuringThePhaseWaitsForALaterOne() {
        assertThat(script.run(() -> {
                    loop.setTimeout(1, () -> {
                        script.log.add("long");
                        script.spend(100);
                        loop.setImmediate(say("immediate"));
                    });
                    loop.setTimeout(20, say("late"));
                }))
                .containsExactly("long", "immediate", "late");
    }

    @Test
    void R24_aTimerArmedInTheTimersPhaseDoesNotRunInIt() {
        assertThat(script.run(() -> loop.setTimeout(1, () -> {
                    loop.setTimeout(0, say("zero"));
                    loop.setImmediate(say("immediate"));
                    script.spend(10);
                })))
                .containsExactly("immediate", "zero");
    }

    @Test
    void R26_clearingTakesEffectAtOnce() {
        assertThat(script.run(() -> {
                    Timeout[] second = new Timeout[2];
                    loop.setTimeout(1, () -> {
                        script.log.add("first");
                        loop.clearTimeout(second[0]);
                        loop.nextTick(() -> loop.clearInterval(second[1]));
                    });
                    second[0] = loop.setTimeout(1, say("never"));
                    second[1] = loop.setInterval(1, say("never either"));
                    Timeout byNumber = loop.setTimeout(1, say("nor this"));
                    loop.clearTimeout(byNumber.id());
                    loop.clearTimeout(byNumber);
                    loop.clearTimeout(null);
                    loop.clearTimeout(12345);
                }))
                .containsExactly("first");
    }

    @Test
    void R27_aForgottenListDoesNotMakeLaterTimersEarly() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            loop.setTimeout(10, say("never")).clear();
            script.spend(5);
            loop.setTimeout(10, () -> at.add(script.now));
        });
        assertThat(at).containsExactly(15L);
    }

    @Test
    void R28_anIntervalCountsFromBeforeItsCallbackAndMissedCallsAreNotMadeUp() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            Timeout[] interval = new Timeout[1];
            interval[0] = loop.setInterval(10, () -> {
                at.add(script.now);
                script.spend(at.size() == 2 ? 35 : 3);
                if (at.size() == 5) {
                    interval[0].clear();
                }
            });
        });
        assertThat(at).containsExactly(10L, 20L, 55L, 65L, 75L);
    }

    @Test
    void R29_intervalsOfOnePeriodAlternate() {
        script.run(() -> {
            Timeout a = loop.setInterval(5, say("a"));
            Timeout b = loop.setInterval(5, say("b"));
            loop.setTimeout(16, () -> {
                a.clear();
                b.clear();
            });
        });
        assertThat(script.log).containsExactly("a", "b", "a", "b", "a", "b");
    }

    @Test
    void R30_refresh() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            Timeout timer = loop.setTimeout(10, () -> at.add(script.now));
            loop.setTimeout(6, timer::refresh);
            loop.setTimeout(30, timer::refresh);
            loop.setTimeout(50, () -> {
                timer.clear();
                timer.refresh();
            });
            Timeout again = loop.setTimeout(100, () -> {});
            again.clear();
            again.refresh();
        });
        assertThat(at).containsExactly(16L, 40L);
        assertThat(script.now).isEqualTo(50);
    }

    @Test
    void R30_refreshInItsOwnCallbackFiresAgain() {
        int[] calls = {0};
        script.run(() -> {
            Timeout[] timer = new Timeout[1];
            timer[0] = loop.setTimeout(10, () -> {
                if (++calls[0] < 3) {
                    timer[0].refresh();
                }
            });
        });
        assertThat(calls[0]).isEqualTo(3);
        assertThat(script.now).isEqualTo(30);
    }

    @Test
    void R31_refIsAFlag() {
        script.run(() -> {
            Timeout timer = loop.setTimeout(10, say("timer"));
            timer.unref().unref().ref();
            assertThat(timer.hasRef()).isTrue();
        });
        assertThat(script.log).containsExactly("timer");
        script.log.clear();
        script.run(() -> {
            Timeout fired = loop.setTimeout(10, say("fired"));
            loop.setTimeout(20, () -> fired.unref().ref().unref());
        });
        assertThat(loop.isAlive()).isFalse();
    }

    @Test
    void R34_anImmediateQueuedInTheCheckPhaseWaits() {
        assertThat(script.run(() -> {
                    loop.setImmediate(() -> {
                        script.log.add("1");
                        loop.setImmediate(say("3"));
                        loop.nextTick(() -> loop.setImmediate(say("4")));
                        script.ioAt(0, say("io"));
                    });
                    loop.setImmediate(say("2"));
                }))
                .containsExactly("1", "2", "io", "3", "4");
    }

    @Test
    void R36_clearingAnImmediateInsideThePhase() {
        assertThat(script.run(() -> {
                    Immediate[] second = new Immediate[1];
                    loop.setImmediate(() -> {
                        script.log.add("first");
                        second[0].clear();
                    });
                    second[0] = loop.setImmediate(say("never"));
                    loop.setImmediate(say("third"));
                }))
                .containsExactly("first", "third");
    }

    @Test
    void R37_anUnrefedImmediateAloneDoesNotRun() {
        assertThat(script.run(() -> loop.setImmediate(say("never")).unref())).isEmpty();
    }

    @Test
    void R39_withoutAHandlerTheRunEndsWithCode1() {
        int code = loop.run(() -> {
            loop.onExit(exit -> script.log.add("exit " + exit));
            loop.setTimeout(1, () -> {
                loop.nextTick(say("never"));
                throw new IllegalStateException("expected");
            });
            loop.setTimeout(1, say("never"));
        });
        assertThat(code).isEqualTo(1);
        assertThat(script.log).containsExactly("exit 1");
        assertThat(loop.failure()).hasMessage("expected");
    }

    @Test
    void R40_R43_afterAnExceptionTheOthersOfThePhaseRunAndTheTicksFollowTheNext() {
        loop.onUncaughtException(e -> script.log.add("handler"));
        assertThat(script.run(() -> {
                    for (String name : List.of("A", "B", "C")) {
                        loop.setTimeout(1, () -> {
                            script.log.add(name);
                            loop.nextTick(say("tick of " + name));
                            if (name.equals("A")) {
                                throw new IllegalStateException();
                            }
                        });
                    }
                }))
                .containsExactly("A", "handler", "B", "tick of A", "tick of B", "C", "tick of C");
    }

    @Test
    void R41_theMainProgramMayThrow() {
        loop.onUncaughtException(e -> script.log.add("handler"));
        assertThat(script.run(() -> {
                    loop.nextTick(say("tick"));
                    loop.setTimeout(1, say("timer"));
                    throw new IllegalStateException();
                }))
                .containsExactly("handler", "tick", "timer");
    }

    @Test
    void R42_anExceptionInAMicrotaskDoesNotStopTheDrain() {
        loop.onUncaughtException(e -> script.log.add("handler"));
        assertThat(script.run(() -> {
                    loop.queueMicrotask(() -> {
                        throw new IllegalStateException();
                    });
                    loop.queueMicrotask(say("other"));
                }))
                .containsExactly("handler", "other");
    }

    @Test
    void R44_afterAHandledExceptionOneMoreCheckPhaseFollows() {
        loop.onUncaughtException(e -> loop.setImmediate(say("unref'd")).unref());
        assertThat(script.run(() -> {
                    throw new IllegalStateException();
                }))
                .containsExactly("unref'd");
    }

    @Test
    void unhandledRejectionsAreUncaughtAndHandledOnesAreNot() {
        List<Throwable> reasons = new ArrayList<>();
        loop.onUncaughtException(reasons::add);
        script.run(() -> {
            loop.newPromise().completeExceptionally(new IllegalArgumentException("alone"));
            LoopPromise<Object> handled = loop.newPromise();
            handled.exceptionally(e -> null);
            handled.completeExceptionally(new IllegalArgumentException("handled"));
            LoopPromise<Object> late = loop.newPromise();
            late.completeExceptionally(new IllegalArgumentException("handled in a microtask"));
            loop.queueMicrotask(() -> late.exceptionally(e -> null));
        });
        assertThat(reasons).hasSize(1);
        assertThat(reasons.get(0))
                .isInstanceOf(UnhandledRejectionException.class)
                .hasMessageContaining("alone");
    }

    @Test
    void R58_beforeExitMayReviveTheLoop() {
        int[] calls = {0};
        loop.onBeforeExit(() -> {
            script.log.add("before exit");
            if (++calls[0] == 1) {
                loop.setTimeout(1, say("revived"));
            }
        });
        assertThat(script.run(say("main"))).containsExactly("main", "before exit", "revived", "before exit");
    }

    @Test
    void R59_exitHandlersComeLastAndOnlyMicrotasksFollow() {
        loop.onExit(code -> {
            script.log.add("exit 1");
            loop.nextTick(say("never"));
            loop.setTimeout(0, say("never"));
            loop.queueMicrotask(say("micro"));
        });
        loop.onExit(code -> script.log.add("exit 2"));
        assertThat(script.run(() -> {})).containsExactly("exit 1", "exit 2", "micro");
    }

    @Test
    void R60_exitRunsTheHandlersAndNothingAfterThem() {
        loop.onExit(code -> script.log.add("exit " + code));
        loop.onBeforeExit(say("never"));
        int code = loop.run(() -> {
            loop.nextTick(() -> loop.exit(7));
            loop.nextTick(say("never"));
            loop.queueMicrotask(say("never"));
        });
        assertThat(code).isEqualTo(7);
        assertThat(script.log).containsExactly("exit 7");
    }

    @Test
    void otherThreadsMayOnlyExecute() throws Exception {
        Throwable[] caught = new Throwable[1];
        Thread other = new Thread(() -> {
            try {
                loop.nextTick(() -> {});
            } catch (IllegalStateException e) {
                caught[0] = e;
            }
        });
        other.start();
        other.join();
        assertThat(caught[0]).hasMessageContaining("execute()");
    }
}
