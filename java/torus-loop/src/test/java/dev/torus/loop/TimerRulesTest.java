package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules of timers and immediates by number, in virtual time. */
class TimerRulesTest {
    private final ScriptedLoop script = new ScriptedLoop();
    private final EventLoop loop = script.loop;

    private Runnable say(String text) {
        return script.say(text);
    }

    @Test
    void r20_equalTruncatedDurationsFireInOrderOfArming() {
        assertThat(script.run(() -> {
                    loop.setTimeout(5.9, say("a"));
                    loop.setTimeout(5, say("b"));
                    loop.setTimeout(5.1, say("c"));
                }))
                .containsExactly("a", "b", "c");
    }

    @Test
    void r21_listsOfEqualExpiryComeInOrderOfAge() {
        assertThat(script.run(() -> {
                    loop.setTimeout(10, say("older"));
                    script.spend(4);
                    loop.setTimeout(6, say("younger"));
                    loop.setTimeout(3, say("earlier"));
                    script.spend(20);
                }))
                .containsExactly("earlier", "older", "younger");
    }

    @Test
    void r22_aListThatIsQueuedAgainIsTheYoungest() {
        assertThat(script.run(() -> {
                    loop.setTimeout(10, say("A1"));
                    script.spend(5);
                    loop.setTimeout(10, say("A2"));
                    loop.setTimeout(20, () -> {});
                    script.spend(2);
                    loop.setTimeout(8, say("B"));
                }))
                .containsExactly("A1", "B", "A2");
    }

    @Test
    void r24_aChainOfZeroTimersLetsIoAndImmediatesThrough() {
        int[] links = {0};
        script.run(() -> {
            loop.setTimeout(0, new Runnable() {
                @Override
                public void run() {
                    script.log.add("timer");
                    script.spend(5);
                    if (++links[0] < 3) {
                        loop.setTimeout(0, this);
                        loop.setImmediate(say("immediate"));
                        script.ioAt(0, say("io"));
                    }
                }
            });
        });
        assertThat(script.log).containsExactly("timer", "io", "immediate", "timer", "io", "immediate", "timer");
    }

    @Test
    void r25_anOverdueTimerRunsInTheNextTimersPhaseAtTheLatestAMillisecondLater() {
        List<Long> at = new ArrayList<>();
        script.run(() -> loop.setTimeout(1, () -> {
            loop.setTimeout(2, () -> at.add(script.now));
            script.spend(10);
        }));
        assertThat(at.get(0)).isBetween(11L, 12L);
    }

    @Test
    void r26_clearingWorksFromTicksMicrotasksAndThePoll() {
        assertThat(script.run(() -> {
                    Timeout[] timers = new Timeout[4];
                    loop.setTimeout(1, () -> {
                        script.log.add("first");
                        loop.nextTick(() -> timers[0].clear());
                        loop.queueMicrotask(() -> timers[1].clear());
                    });
                    timers[0] = loop.setTimeout(1, say("never"));
                    timers[1] = loop.setTimeout(2, say("never"));
                    timers[2] = loop.setTimeout(10, say("never"));
                    timers[3] = loop.setInterval(10, say("never"));
                    script.spend(3);
                    script.ioAt(5, () -> {
                        script.spend(20);
                        loop.clearInterval(timers[2]);
                        loop.clearTimeout(timers[3].id());
                    });
                }))
                .containsExactly("first");
    }

    @Test
    void r28_anIntervalLongerThanItsPeriodLetsTheCheckPhaseThrough() {
        script.run(() -> {
            Timeout[] interval = new Timeout[1];
            interval[0] = loop.setInterval(5, () -> {
                script.log.add("interval");
                script.spend(12);
                loop.setImmediate(say("immediate"));
                if (script.now > 30) {
                    interval[0].clear();
                }
            });
        });
        assertThat(script.log)
                .containsExactly("interval", "immediate", "interval", "immediate", "interval", "immediate");
    }

    @Test
    void r29_aTimeoutArmedInTheCallbackPrecedesTheIntervalsNextCall() {
        script.run(() -> {
            Timeout[] interval = new Timeout[1];
            interval[0] = loop.setInterval(5, () -> {
                script.log.add("interval");
                if (script.now > 5) {
                    interval[0].clear();
                } else {
                    loop.setTimeout(5, say("timeout"));
                }
            });
        });
        assertThat(script.log).containsExactly("interval", "timeout", "interval");
    }

    @Test
    void r30_refreshMovesToTheEndOfItsListAndKeepsTheRefState() {
        script.run(() -> {
            Timeout a = loop.setTimeout(5, say("a"));
            loop.setTimeout(5, say("b"));
            a.refresh();
        });
        assertThat(script.log).containsExactly("b", "a");
        script.run(() -> {
            Timeout unrefed = loop.setTimeout(5, say("never")).unref();
            unrefed.refresh();
            assertThat(unrefed.hasRef()).isFalse();
        });
        assertThat(script.log).containsExactly("b", "a");
    }

    @Test
    void r30_refreshOfAnUnrefedTimerThatFiredDoesNotKeepTheLoopAlive() {
        script.run(() -> {
            Timeout unrefed = loop.setTimeout(5, say("unref'd")).unref();
            loop.setTimeout(10, () -> {
                unrefed.refresh();
                assertThat(unrefed.hasRef()).isFalse();
            });
        });
        assertThat(script.log).containsExactly("unref'd");
        assertThat(script.now).isEqualTo(10);
    }

    @Test
    void r30_refreshOfARefedTimerThatFiredKeepsTheLoopAlive() {
        script.run(() -> {
            Timeout timer = loop.setTimeout(5, say("ref'd"));
            loop.setTimeout(10, timer::refresh);
        });
        assertThat(script.log).containsExactly("ref'd", "ref'd");
        assertThat(script.now).isEqualTo(15);
    }

    @Test
    void r31_unrefedAndRefedTimersShareAList() {
        assertThat(script.run(() -> {
                    loop.setTimeout(5, say("a")).unref();
                    loop.setTimeout(5, say("b"));
                    loop.setTimeout(5, say("c")).unref();
                    loop.setTimeout(5, say("d"));
                }))
                .containsExactly("a", "b", "c", "d");
    }

    @Test
    void r32_anUnrefedTimerFiresWhileSomethingElseKeepsTheLoopAlive() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            loop.setTimeout(7, () -> at.add(script.now)).unref();
            script.ioAt(20, say("io"));
        });
        assertThat(at).containsExactly(7L);
    }

    @Test
    void r33_whatACallbackWasGivenIsThereAtEveryCall() {
        script.run(() -> {
            Timeout[] interval = new Timeout[1];
            String argument = "argument";
            interval[0] = loop.setInterval(5, () -> {
                script.log.add(argument);
                if (script.log.size() == 3) {
                    interval[0].clear();
                }
            });
        });
        assertThat(script.log).containsExactly("argument", "argument", "argument");
    }

    @Test
    void r35_immediatesOfTheTimersAndPollPhaseRunInTheSameTurn() {
        script.run(() -> {
            loop.setTimeout(1, () -> loop.setImmediate(say("of the timer")));
            script.ioAt(1, () -> loop.setImmediate(say("of the poll")));
            script.spend(2);
        });
        assertThat(script.log).containsExactly("of the timer", "of the poll");
        assertThat(script.polls).containsExactly(0L);
    }

    @Test
    void r36_clearingTheLastImmediateEndsTheLoop() {
        script.run(() -> {
            Immediate immediate = loop.setImmediate(say("never"));
            loop.nextTick(() -> loop.clearImmediate(immediate));
        });
        assertThat(script.log).isEmpty();
        assertThat(script.polls).isEmpty();
    }

    @Test
    void r37_refOfAnImmediateThatRanDoesNothing() {
        script.run(() -> {
            Immediate immediate = loop.setImmediate(say("ran"));
            loop.setImmediate(() -> immediate.unref().ref());
            Immediate cleared = loop.setImmediate(say("never"));
            cleared.clear();
            cleared.ref();
        });
        assertThat(script.log).containsExactly("ran");
        assertThat(loop.isAlive()).isFalse();
    }

    @Test
    void r37_refAndUnrefAfterItRanOrWasClearedCountNothing() {
        script.run(() -> {
            Immediate ran = loop.setImmediate(() -> {}).unref();
            Immediate cleared = loop.setImmediate(say("never"));
            loop.clearImmediate(cleared);
            loop.setImmediate(() -> {
                ran.ref();
                cleared.unref();
                cleared.ref();
                assertThat(loop.isAlive()).isFalse();
                ran.unref();
                ran.unref();
                cleared.unref();
                assertThat(loop.isAlive()).isFalse();
                loop.setImmediate(say("the next turn"));
                assertThat(loop.isAlive()).isTrue();
            });
        });
        assertThat(script.log).containsExactly("the next turn");
    }

    @Test
    void r37_refAndUnrefCountOnceWhileItIsQueued() {
        script.run(() -> {
            Immediate immediate = loop.setImmediate(say("immediate"));
            assertThat(loop.isAlive()).isTrue();
            immediate.unref().unref();
            assertThat(loop.isAlive()).isFalse();
            immediate.ref().ref();
            assertThat(loop.isAlive()).isTrue();
            immediate.unref();
            assertThat(loop.isAlive()).isFalse();
            immediate.ref();
        });
        assertThat(script.log).containsExactly("immediate");
        assertThat(script.polls).containsExactly(0L);
    }

    @Test
    void r38_chainsOfImmediatesAdvanceInTurnAndLetTimersThrough() {
        script.run(() -> {
            for (String name : List.of("a", "b")) {
                int[] step = {0};
                loop.setImmediate(new Runnable() {
                    @Override
                    public void run() {
                        script.log.add(name + ++step[0]);
                        script.spend(1);
                        if (step[0] < 3) {
                            loop.setImmediate(this);
                        }
                    }
                });
            }
            loop.setTimeout(4, say("timer"));
        });
        assertThat(script.log).containsExactly("a1", "b1", "a2", "b2", "timer", "a3", "b3");
    }

    @Test
    void r18_thePeriodOfAnIntervalIsConvertedToo() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            Timeout[] interval = new Timeout[1];
            interval[0] = loop.setInterval(2147483648.0, () -> {
                at.add(script.now);
                if (at.size() == 2) {
                    interval[0].clear();
                }
            });
        });
        assertThat(at).containsExactly(1L, 2L);
    }

    @Test
    void r19_theStartIsTheClockWhenItIsArmedAlsoInsideAPhase() {
        List<Long> at = new ArrayList<>();
        script.run(() -> loop.setTimeout(1, () -> {
            script.spend(30);
            loop.setTimeout(10, () -> at.add(script.now));
        }));
        assertThat(at).containsExactly(41L);
    }

    @Test
    void r22_theListIsPutInItsNewPlaceBeforeTheDrainOfItsLastTimer() {
        assertThat(script.run(() -> {
                    loop.setTimeout(
                            10,
                            () -> loop.nextTick(() -> {
                                script.spend(2);
                                // due at the same time as A2, whose list is the older one
                                loop.setTimeout(3, say("B"));
                            }));
                    script.spend(5);
                    loop.setTimeout(10, say("A2"));
                }))
                .containsExactly("A2", "B");
    }

    @Test
    void r22_aTimerArmedByTheDrainOfTheLastOneBeginsAListOfItsOwn() {
        assertThat(script.run(() -> loop.setTimeout(
                        10,
                        () -> loop.nextTick(() -> {
                            loop.setTimeout(10, say("first"));
                            script.spend(5);
                            loop.setTimeout(5, say("second"));
                        }))))
                .containsExactly("first", "second");
    }

    @Test
    void r26_clearingOneThatHasFiredHasNoEffectOnOthers() {
        assertThat(script.run(() -> {
                    Timeout fired = loop.setTimeout(5, say("fired"));
                    loop.setTimeout(10, () -> {
                        fired.clear();
                        fired.clear();
                        loop.setTimeout(5, say("other"));
                        fired.clear();
                    });
                }))
                .containsExactly("fired", "other");
    }

    @Test
    void r26_numbersOfTimersAreKnownAlsoWhenTheyAreAskedForLate() {
        assertThat(script.run(() -> {
                    Timeout[] timers = new Timeout[3];
                    for (int i = 0; i < 3; i++) {
                        timers[i] = loop.setInterval(10, say("timer " + i));
                    }
                    assertThat(timers[2].id()).isNotEqualTo(timers[1].id()).isEqualTo(timers[2].id());
                    loop.setTimeout(15, () -> {
                        for (Timeout timer : timers) {
                            loop.clearTimeout(timer.id());
                        }
                    });
                }))
                .containsExactly("timer 0", "timer 1", "timer 2");
    }

    @Test
    void r27_aListThatIsForgottenWhileItRunsIsMadeAnew() {
        List<Long> at = new ArrayList<>();
        script.run(() -> {
            Timeout[] timer = new Timeout[1];
            timer[0] = loop.setTimeout(10, () -> {
                timer[0].clear();
                loop.setTimeout(10, () -> at.add(script.now));
                loop.setTimeout(2000, () -> at.add(script.now));
            });
        });
        assertThat(at).containsExactly(20L, 2010L);
    }

    @Test
    void r20_durationsOfAllSizesFireAtTheirTime() {
        List<Long> at = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        script.run(() -> {
            for (int i = 0; i < 600; i++) {
                // some in the array, more in the table, in an order of their own; every third is cleared
                long millis = (i * 7919L) % 600 * 5 + 1;
                Timeout timer = loop.setTimeout((double) millis, () -> at.add(script.now));
                if (i % 3 == 0) {
                    timer.clear();
                } else {
                    expected.add(millis);
                }
            }
        });
        expected.sort(null);
        assertThat(at).isEqualTo(expected);
        assertThat(loop.isAlive()).isFalse();
    }

    @Test
    void r30_refreshOfATimerThatClearedItselfInItsCallbackDoesNothing() {
        int[] calls = {0};
        script.run(() -> {
            Timeout[] timer = new Timeout[1];
            timer[0] = loop.setTimeout(10, () -> {
                calls[0]++;
                timer[0].clear();
                timer[0].refresh();
            });
        });
        assertThat(calls[0]).isEqualTo(1);
        assertThat(script.now).isEqualTo(10);
    }
}
