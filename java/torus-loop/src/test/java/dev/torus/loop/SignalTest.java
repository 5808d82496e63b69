package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignalTest {
    private static final String BACKENDS = "dev.torus.loop.Backends#available";
    private static final int SIGTERM_EXIT = 128 + 15;

    private static Process start(String backend, String what) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                SignalProgram.class.getName(),
                backend,
                what));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void kill(String signal, Process process) throws Exception {
        Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + process.pid())
                .inheritIO()
                .start();
        assertThat(kill.waitFor()).isZero();
    }

    /** Whether this process, and so its children, ignores a signal: by Linux's mask, elsewhere taken for no. */
    private static boolean isIgnored(String signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        String mask = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElse("SigIgn: 0")
                .substring("SigIgn:".length())
                .strip();
        int number = signal.equals("HUP") ? 1 : signal.equals("INT") ? 2 : 10;
        return (Long.parseUnsignedLong(mask, 16) >>> number - 1 & 1) != 0;
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void signalsAreCallbacksOfTheLoop(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).as("kill").isTrue();
        Process process = start(backend, "graceful");
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("ready");
            for (String signal : List.of("INT", "HUP", "USR1", "INT")) {
                if (isIgnored(signal)) {
                    continue; // a shell's background job and nohup hand that down, and the JVM leaves it so
                }
                kill(signal, process);
                assertThat(output.readLine()).isEqualTo("SIG" + signal);
            }
            kill("TERM", process);
            assertThat(output.readLine()).isEqualTo("ends");
            assertThat(output.readLine()).isEqualTo("left 0");
            assertThat(end(process)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void afterTheLastHandlerTheSignalDoesWhatItDidBefore(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).as("kill").isTrue();
        Process process = start(backend, "once");
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("ready");
            kill("TERM", process);
            assertThat(output.readLine()).isEqualTo("SIGTERM");
            kill("TERM", process);
            assertThat(output.readLine()).isNull();
            assertThat(end(process)).isEqualTo(SIGTERM_EXIT);
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @MethodSource(BACKENDS)
    void waitingForASignalDoesNotKeepTheLoopAlive(String backend) throws Exception {
        assumeThat(Backends.hasPosixShell()).as("these signals").isTrue();
        try (EventLoop loop = Backends.loop(backend)) {
            loop.run(() -> {
                SignalHandle handle = loop.process().onSignal(Signal.SIGWINCH, signal -> {});
                assertThat(handle.hasRef()).isFalse();
                assertThat(loop.activeHandles()).containsExactly("handler of SIGWINCH (unref'd)");
                handle.ref();
                assertThat(loop.isAlive()).isTrue();
                loop.setTimeout(1, handle::close);
            });
            assertThat(loop.activeHandles()).isEmpty();
            loop.process().onSignal(Signal.SIGWINCH, signal -> {});
        }
    }
}
