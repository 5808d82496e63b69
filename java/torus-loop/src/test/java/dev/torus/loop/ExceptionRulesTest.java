package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules of exceptions and of the end by number, in virtual time; the orders were seen on Node 20. */
class ExceptionRulesTest {
    private final ScriptedLoop script = new ScriptedLoop();
    private final EventLoop loop = script.loop;

    private Runnable say(String text) {
        return script.say(text);
    }

    private void throwing(String text) {
        script.log.add(text);
        throw new IllegalStateException(text);
    }

    private void handled() {
        loop.onUncaughtException(e -> script.log.add("handler"));
    }

    @Test
    void r39_theHandlerIsCalledBeforeAnythingElse() {
        handled();
        assertThat(script.run(() -> {
                    loop.setImmediate(() -> throwing("a"));
                    loop.setImmediate(say("b"));
                }))
                .containsExactly("a", "handler", "b");
    }

    @Test
    void r40_othersOfThePollAndOtherCloseCallbacksAreDelivered() {
        handled();
        assertThat(script.run(() -> {
                    script.ioAt(1, () -> throwing("io 1"));
                    script.ioAt(1, say("io 2"));
                    for (String name : List.of("close 1", "close 2")) {
                        loop.closing().begin();
                        loop.closing().ready(() -> throwing(name));
                    }
                    script.spend(2);
                }))
                .containsExactly("io 1", "handler", "io 2", "close 2", "handler", "close 1", "handler");
    }

    @Test
    void r40_anIntervalThatThrewIsArmedAgain() {
        handled();
        int[] calls = {0};
        script.run(() -> {
            Timeout[] interval = new Timeout[1];
            interval[0] = loop.setInterval(5, () -> {
                if (++calls[0] == 3) {
                    interval[0].clear();
                }
                throw new IllegalStateException();
            });
        });
        assertThat(calls[0]).isEqualTo(3);
    }

    @Test
    void r43_anExceptionInATickEndsTheDrain() {
        handled();
        assertThat(script.run(() -> {
                    loop.nextTick(() -> throwing("tick 1"));
                    loop.nextTick(say("tick 2"));
                    loop.queueMicrotask(say("micro"));
                    loop.setTimeout(1, say("timer"));
                    script.spend(3);
                }))
                .containsExactly("tick 1", "handler", "timer", "tick 2", "micro");
    }

    @Test
    void r43_whatIsLeftRunsAtTheBeginningOfACheckPhase() {
        handled();
        assertThat(script.run(() -> {
                    script.ioAt(1, () -> {
                        loop.nextTick(say("tick"));
                        loop.setImmediate(say("immediate"));
                        throwing("io");
                    });
                    script.spend(2);
                }))
                .containsExactly("io", "handler", "tick", "immediate");
    }

    @Test
    void r43_whenTheLastImmediateThrowsThoseQueuedMeanwhileRunAtOnce() {
        handled();
        assertThat(script.run(() -> loop.setImmediate(() -> {
                    loop.nextTick(say("tick"));
                    loop.setImmediate(say("immediate 2"));
                    loop.setTimeout(0, say("timer"));
                    script.spend(5);
                    throwing("immediate 1");
                })))
                .containsExactly("immediate 1", "handler", "immediate 2", "tick", "timer");
    }

    @Test
    void r58_beforeExitHandlersAreOneMacrotask() {
        for (String name : List.of("1", "2")) {
            loop.onBeforeExit(() -> {
                script.log.add("before exit " + name);
                loop.nextTick(say("tick " + name));
            });
        }
        assertThat(script.run(() -> {})).containsExactly("before exit 1", "before exit 2", "tick 1", "tick 2");
    }

    @Test
    void r59_anExitHandlerThatThrowsIsTheLastThing() {
        handled();
        loop.onExit(code -> {
            loop.queueMicrotask(say("never"));
            throwing("exit 1");
        });
        loop.onExit(code -> script.log.add("never"));
        assertThat(script.run(() -> {})).containsExactly("exit 1", "handler");
    }

    @Test
    void r60_exitFromEveryKindOfCallbackIsTheEnd() {
        List<Runnable> programs = List.of(
                () -> loop.setTimeout(1, () -> loop.exit(3)),
                () -> loop.setImmediate(() -> loop.exit(3)),
                () -> script.ioAt(1, () -> loop.exit(3)),
                () -> loop.queueMicrotask(() -> loop.exit(3)),
                () -> loop.resolved(1).thenRun(() -> loop.exit(3)),
                () -> loop.exit(3));
        List<Integer> codes = new ArrayList<>();
        loop.onExit(codes::add);
        for (Runnable program : programs) {
            assertThat(loop.run(() -> {
                        loop.setTimeout(2, say("never"));
                        program.run();
                        loop.queueMicrotask(say("never"));
                        loop.setTimeout(1, say("never")).unref();
                    }))
                    .isEqualTo(3);
        }
        assertThat(codes).containsOnly(3).hasSize(programs.size());
    }

    @Test
    void unhandledRejectionsGoToTheirOwnHandlerIfThereIsOne() {
        handled();
        loop.onUnhandledRejection(reason -> script.log.add("rejected: " + reason.getMessage()));
        assertThat(script.run(() -> {
                    loop.newPromise().completeExceptionally(new IllegalArgumentException("why"));
                    loop.queueMicrotask(say("micro"));
                    loop.nextTick(say("tick"));
                }))
                .containsExactly("tick", "micro", "rejected: why");
    }

    @Test
    void foreignStagesBecomePromisesOfTheLoop() {
        assertThat(script.run(() -> loop.promiseOf(java.util.concurrent.CompletableFuture.completedFuture("value"))
                        .thenAccept(script.log::add)))
                .containsExactly("value");
    }

    @Test
    void r40_theRemainingImmediatesRunInTheSamePhaseBeforeAnyTimer() {
        handled();
        assertThat(script.run(() -> {
                    loop.setImmediate(() -> {
                        loop.setTimeout(1, say("timer"));
                        script.spend(5);
                        throwing("1");
                    });
                    loop.setImmediate(say("2"));
                    loop.setImmediate(say("3"));
                }))
                .containsExactly("1", "handler", "2", "3", "timer");
    }

    @Test
    void r43_whatIsLeftRunsAtTheEndOfATimersPhase() {
        handled();
        assertThat(script.run(() -> {
                    loop.setTimeout(1, () -> {
                        loop.nextTick(say("tick"));
                        script.ioAt(0, say("io"));
                        throwing("timer");
                    });
                    script.spend(3);
                }))
                .containsExactly("timer", "handler", "tick", "io");
    }

    @Test
    void r43_whatIsLeftRunsBeforeAnotherListOfTimers() {
        handled();
        assertThat(script.run(() -> {
                    loop.setTimeout(1, () -> {
                        loop.nextTick(say("tick"));
                        throwing("timer");
                    });
                    loop.setTimeout(2, say("other list"));
                    script.spend(5);
                }))
                .containsExactly("timer", "handler", "tick", "other list");
    }

    @Test
    void r39_exceptionsOfTicksAndMicrotasksGoToTheHandlerAtOnce() {
        handled();
        assertThat(script.run(() -> {
                    loop.queueMicrotask(() -> throwing("micro"));
                    loop.queueMicrotask(say("micro 2"));
                    loop.setImmediate(() -> loop.nextTick(() -> throwing("tick")));
                }))
                .containsExactly("micro", "handler", "micro 2", "tick", "handler");
    }
}
