package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.Errno;
import dev.torus.kernel.NoSuchPathException;
import dev.torus.kernel.TorusIoException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Child processes; the order of events is that of Node's child_process document. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChildProcessTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";

    @TempDir
    Path folder;

    private final List<Object> log = new ArrayList<>();
    private EventLoop loop;

    private static String text(ByteBuffer data) {
        return StandardCharsets.UTF_8.decode(data).toString();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Runs a loop to its end; afterwards no thread of a pipe is left. */
    private void run(String backend, Runnable main) throws Exception {
        run(LoopOptions.builder().backend(backend).build(), main);
    }

    private void run(LoopOptions options, Runnable main) throws Exception {
        try (EventLoop opened = EventLoop.create(options)) {
            loop = opened;
            assertThat(opened.run(main)).isZero();
            assertThat(opened.activeHandles()).isEmpty();
            assertThat(opened.kernel().stats().openHandles()).isZero();
        }
        noThreadOfAPipeIsLeft();
    }

    private static void noThreadOfAPipeIsLeft() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("torus-std")) {
                thread.join(TimeUnit.SECONDS.toMillis(30));
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    private ChildProcess sh(String script) {
        return sh(script, SpawnOptions.defaults());
    }

    private ChildProcess sh(String script, SpawnOptions options) {
        return loop.process().spawn(List.of("/bin/sh", "-c", script), options);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aProgramRunsOnEverySystem(String backend) throws Exception {
        String java = ProcessHandle.current().info().command().orElseThrow();
        StringBuilder version = new StringBuilder();
        run(backend, () -> {
            ChildProcess child = loop.process().spawn(java, "-version");
            child.stderr().onData(data -> version.append(text(data)));
            child.onExit(code -> log.add("exit " + code));
            child.onClose(code -> log.add("close " + code));
        });
        assertThat(log).containsExactly("exit 0", "close 0");
        assertThat(version.toString()).containsIgnoringCase("version");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void itIsSpawnedExitsAndClosesInThisOrder(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        StringBuilder out = new StringBuilder();
        StringBuilder err = new StringBuilder();
        run(backend, () -> {
            ChildProcess child = sh("cat; echo oops >&2; exit 3");
            assertThat(child.pid()).isEqualTo(-1);
            child.onSpawn(() -> log.add("spawn " + (child.pid() > 0)));
            child.stdin().write(bytes("over "));
            child.stdin().write(bytes("there"));
            child.stdin().end();
            child.stdout().onData(data -> out.append(text(data)));
            child.stdout().onEnd(() -> log.add("out end")).onClose(() -> log.add("out close"));
            child.stderr().onData(data -> err.append(text(data)));
            child.stderr().onClose(() -> log.add("err close"));
            child.onExit(code -> log.add("exit " + code + " " + child.isRunning()));
            child.onClose(code -> log.add("close " + code));
            log.add("called");
        });
        assertThat(log)
                .startsWith("called", "spawn true")
                .contains("out end", "out close", "err close", "exit 3 false")
                .endsWith("close 3")
                .containsSubsequence("out end", "out close")
                .hasSize(7);
        assertThat(out.toString()).isEqualTo("over there");
        assertThat(err.toString()).isEqualTo("oops\n");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aProgramThatIsNotThereIsAnErrorThatNamesIt(String backend) throws Exception {
        run(backend, () -> {
            ChildProcess child = loop.process().spawn("no-such-program-anywhere", "x");
            child.onSpawn(() -> log.add("spawn")).onExit(code -> log.add("exit"));
            child.stdin().write(bytes("dropped"));
            child.stdout().onEnd(() -> log.add("end"));
            child.onError(e -> {
                log.add(e instanceof NoSuchPathException);
                log.add(e.getMessage().contains("spawn no-such-program-anywhere"));
                log.add(child.kill());
            });
            child.onClose(code -> log.add("close " + code));
        });
        assertThat(log).containsExactly(true, true, false, "close " + Errno.ENOENT.result());
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void folderAndEnvironmentAreTheChilds(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            ChildProcess child = sh(
                    "pwd; echo $GREETING; echo ${PATH:-none}",
                    SpawnOptions.defaults().in(folder).withVariable("GREETING", "hello"));
            StringBuilder out = new StringBuilder();
            child.stdout().onData(data -> out.append(text(data)));
            child.stdout()
                    .onEnd(() ->
                            log.add(out.toString().equals(real(folder) + "\nhello\n" + System.getenv("PATH") + "\n")));
            ChildProcess bare = loop.process()
                    .spawn(List.of("/usr/bin/env"), SpawnOptions.defaults().withEnvironment(Map.of("ONLY", "this")));
            bare.stdout().onData(data -> log.add(text(data)));
            ChildProcess nowhere = sh("exit 0", SpawnOptions.defaults().in(folder.resolve("missing")));
            nowhere.onError(e -> log.add(e instanceof NoSuchPathException
                    && e.getMessage().contains("missing")
                    && e.getMessage().contains("/bin/sh")));
        });
        assertThat(log).containsExactlyInAnyOrder(true, "ONLY=this\n", true);
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aChildWaitsWhileItsOutputIsPausedAndNothingIsLost(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        long[] got = {0};
        run(backend, () -> {
            // more than a pipe and what is held have room for; the file says that it could all be written
            Path done = folder.resolve("done");
            ChildProcess child = sh("head -c 3000000 /dev/zero; touch " + done);
            boolean[] paused = {false};
            child.stdout().onData(data -> {
                assertThat(paused[0]).isFalse();
                got[0] += data.remaining();
                if (log.isEmpty()) {
                    log.add("paused");
                    child.stdout().pause();
                    paused[0] = true;
                    loop.setTimeout(20, () -> {
                        log.add("written " + java.nio.file.Files.exists(done) + " " + child.isRunning());
                        paused[0] = false;
                        child.stdout().resume();
                    });
                }
            });
            child.stdout().onEnd(() -> log.add("end"));
            child.onClose(code -> log.add("close " + code));
        });
        assertThat(log).containsExactly("paused", "written false true", "end", "close 0");
        assertThat(got[0]).isEqualTo(3_000_000);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aWriterIsToldToWaitUntilTheChildReads(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            Path go = folder.resolve("go");
            ChildProcess child = sh("while [ ! -e " + go + " ]; do sleep 0.01; done; wc -c");
            log.add(child.stdin().write(ByteBuffer.allocate(50_000)));
            log.add(child.stdin().write(ByteBuffer.allocate(450_000)));
            child.stdin().onDrain(() -> {
                log.add("drain " + child.stdin().queuedBytes());
                child.stdin().end();
                assertThatThrownBy(() -> child.stdin().write(bytes("late"))).isInstanceOf(IllegalStateException.class);
            });
            child.onSpawn(() -> loop.setTimeout(10, () -> {
                log.add("queued " + (child.stdin().queuedBytes() > 300_000));
                loop.fs().writeFile(go, "");
            }));
            child.stdout().onData(data -> log.add(text(data).trim()));
        });
        assertThat(log).containsExactly(true, false, "queued true", "drain 0", "500000");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void pipesBetweenFilesAndAChild(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        Path from = folder.resolve("from");
        Path to = folder.resolve("to");
        String content = "0123456789".repeat(100_000);
        java.nio.file.Files.writeString(from, content);
        run(backend, () -> {
            ChildProcess child = loop.process().spawn("cat");
            loop.fs().createReadStream(from).pipe(child.stdin());
            child.stdout().pipeline(loop.fs().createWriteStream(to), failure -> log.add(String.valueOf(failure)));
        });
        assertThat(log).containsExactly("null");
        assertThat(to).hasContent(content);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aKilledChildTellsBySignal(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            ChildProcess asked = loop.process().spawn("sleep", "1000");
            asked.onSpawn(() -> log.add("alive " + asked.kill()));
            asked.onClose(code -> log.add("asked " + code));
            // before it runs
            ChildProcess forced = loop.process().spawn("sleep", "1000");
            log.add("starting " + forced.killForcibly());
            forced.onClose(code -> log.add("forced " + code + " " + forced.kill()));
        });
        assertThat(log).containsExactlyInAnyOrder("starting true", "alive true", "asked 143", "forced 137 false");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void whatNobodyReadsIsDroppedAndAChildThatReadsNothingCloses(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            ChildProcess child = sh("echo nobody reads this; exit 0");
            child.stdin().write(ByteBuffer.allocate(1_000_000));
            child.stdin().onFailure(e -> log.add("failure"));
            child.stdin().onClose(() -> log.add("stdin closed"));
            child.onClose(code -> log.add("close " + code));
        });
        // whether the writer or the end of the child is noticed first is open
        log.remove("failure");
        assertThat(log).containsExactly("stdin closed", "close 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aChildThatClosesItsInputIsAnErrorOfTheStream(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            ChildProcess child = sh("exec <&-; echo closed; exec sleep 1000");
            child.stdout().onData(data -> child.stdin().write(ByteBuffer.allocate(1_000_000)));
            child.stdin().onFailure(e -> {
                log.add(((TorusIoException) e).errno());
                child.kill();
            });
            child.onClose(code -> log.add("close"));
        });
        assertThat(log).containsExactly(Errno.EPIPE, "close");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void streamsThatAreNoPipesAreNull(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            ChildProcess child = sh("cat; echo dropped", SpawnOptions.defaults().withStdio(SpawnOptions.Stdio.IGNORE));
            log.add(child.stdin() == null && child.stdout() == null && child.stderr() == null);
            child.onExit(code -> log.add("exit " + code));
            child.onClose(code -> log.add("close " + code));
        });
        assertThat(log).containsExactly(true, "exit 0", "close 0");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void noMoreChildrenThanTheLimit(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(LoopOptions.builder().backend(backend).maxChildren(2).build(), () -> {
            for (int i = 0; i < 2; i++) {
                sh("exit 0").onClose(code -> {
                    log.add("close " + code);
                    if (log.size() == 4) {
                        sh("exit 7").onClose(again -> log.add("close " + again));
                    }
                });
            }
            sh("exit 0")
                    .onError(e -> {
                        log.add(e.errno());
                        log.add(e.getMessage().contains("2 children"));
                    })
                    .onSpawn(() -> log.add("spawn"));
        });
        assertThat(log).containsExactly(Errno.EAGAIN, true, "close 0", "close 0", "close 7");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void manyChildrenAtATime(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        int children = 20;
        run(backend, () -> {
            for (int i = 0; i < children; i++) {
                String name = "child " + i;
                ChildProcess child = sh("cat");
                StringBuilder out = new StringBuilder();
                child.stdout().onData(data -> out.append(text(data)));
                child.stdin().write(bytes(name));
                child.stdin().end();
                child.onClose(code -> log.add(out.toString().equals(name) && code == 0));
            }
        });
        assertThat(log).hasSize(children).containsOnly(true);
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void anUnrefedChildDoesNotKeepTheLoopAliveAndIsEndedWithTheLoop(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        ProcessHandle[] handle = new ProcessHandle[1];
        try (EventLoop opened = Backends.loop(backend)) {
            opened.run(() -> {
                ChildProcess child = opened.process().spawn("sleep", "1000");
                child.stdout().onData(data -> {});
                child.onSpawn(() -> {
                    handle[0] = ProcessHandle.of(child.pid()).orElseThrow();
                    child.unref();
                });
                child.onClose(code -> log.add("close"));
            });
            assertThat(handle[0].isAlive()).isTrue();
            assertThat(opened.activeHandles())
                    .containsExactly("child process sleep (" + handle[0].pid() + ") (unref'd)");
        }
        handle[0].onExit().get(30, TimeUnit.SECONDS);
        noThreadOfAPipeIsLeft();
        assertThat(log).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aShutdownEndsChildrenAtItsDeadline(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).isTrue();
        run(backend, () -> {
            ChildProcess child = loop.process().spawn("sleep", "1000");
            child.stdin().write(ByteBuffer.allocate(1_000_000));
            child.stdout().onData(data -> {});
            child.onSpawn(() -> loop.shutdown(Duration.ZERO));
            child.onClose(code -> log.add("close " + code));
        });
        assertThat(log).containsExactly("close 137");
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void aCommandWithoutAProgramIsRefused(String backend) throws Exception {
        run(backend, () -> {
            assertThatThrownBy(() -> loop.process().spawn("")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> loop.process().spawn(List.of(), SpawnOptions.defaults()))
                    .isInstanceOf(IllegalArgumentException.class);
            loop.process().spawn("true", "\0").onError(e -> log.add(e.errno()));
        });
        assertThat(log).containsExactly(Errno.EINVAL);
    }
}
