package dev.torus.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Linux: strace sees which calls reach the kernel, a library before libc sees which of them passed libc. */
@EnabledOnOs(OS.LINUX)
class LevelsTakeTheirWayTest {
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    static Path folder;

    private static Path interposer;

    private record Run(String trace, String out, String err) {
        long count(String text, String what) {
            return text.lines().filter(line -> line.contains(what)).count();
        }

        /** System calls getpid of the thread that wrote the marks, between them. */
        long tracedGetpids() {
            String mine = trace.substring(trace.indexOf("\"mark: begin"), trace.indexOf("\"mark: end"));
            return count(mine, "getpid()");
        }
    }

    @BeforeAll
    static void tools() throws Exception {
        assumeThat(SystemCalls.unavailableReason(SyscallLevel.RAW_INSTRUCTION)).isNull();
        assumeThat(run(folder.resolve("probe"), "strace", "-o", "/dev/null", "true"))
                .as("exit code of strace: it is missing or may not trace")
                .isZero();
        Path source = folder.resolve("interpose.c");
        try (InputStream text = LevelsTakeTheirWayTest.class.getResourceAsStream("interpose.c")) {
            Files.copy(text, source);
        }
        interposer = folder.resolve("interpose.so");
        assumeThat(run(folder.resolve("cc"), "cc", "-shared", "-fPIC", "-o", interposer.toString(), source.toString()))
                .as("exit code of cc")
                .isZero();
    }

    private static int run(Path output, String... command) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(
                        output.resolveSibling(output.getFileName() + ".err").toFile())
                .redirectOutput(
                        output.resolveSibling(output.getFileName() + ".out").toFile());
        try {
            Process process = builder.start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("hangs: " + List.of(command));
            }
            return process.exitValue();
        } catch (IOException e) {
            return -1; // no such program
        }
    }

    private static Run trace(SyscallLevel level) throws Exception {
        Path trace = folder.resolve(level + ".trace");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String path = System.getProperty("torus.native.path");
        int exit = run(
                folder.resolve(level.name()),
                "strace",
                "-f",
                "-e",
                "trace=write,getpid",
                "-o",
                trace.toString(),
                "-E",
                "LD_PRELOAD=" + interposer,
                java.toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                path == null ? "-Dnone" : "-Dtorus.native.path=" + path,
                "-cp",
                System.getProperty("java.class.path"),
                LevelsProgram.class.getName(),
                level.name());
        String err = Files.readString(folder.resolve(level + ".err"));
        assertThat(exit).as(err).isZero();
        return new Run(Files.readString(trace), Files.readString(folder.resolve(level + ".out")), err);
    }

    @Test
    void aRawCallReachesTheKernelAndPassesNoLibc() throws Exception {
        Run run = trace(SyscallLevel.RAW_INSTRUCTION);
        assertThat(run.out()).startsWith("mark: begin\nmark: end ");
        assertThat(run.count(run.trace(), "write(1, \"mark:")).isEqualTo(2);
        assertThat(run.tracedGetpids()).isEqualTo(3);
        assertThat(run.err()).doesNotContain("libc");
    }

    @Test
    void aCallOfTheSystemsLibraryPassesIt() throws Exception {
        Run run = trace(SyscallLevel.OS_API);
        assertThat(run.count(run.trace(), "write(1, \"mark:")).isEqualTo(2);
        assertThat(run.tracedGetpids()).isEqualTo(3);
        assertThat(run.count(run.err(), "libc write")).isEqualTo(2);
        assertThat(run.count(run.err(), "libc getpid")).isEqualTo(3);
    }

    @Test
    void theStandardLibraryPassesLibcAndRemembersTheProcess() throws Exception {
        Run run = trace(SyscallLevel.STANDARD_LIBRARY);
        assertThat(run.count(run.trace(), "write(1, \"mark:")).isEqualTo(2);
        assertThat(run.count(run.err(), "libc write")).isEqualTo(2);
        assertThat(run.tracedGetpids()).isZero();
    }
}
