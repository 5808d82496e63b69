package dev.torus.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.loop.EventLoop;
import dev.torus.tools.doctor.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code torus trace} as a process of its own, and what it leaves. */
@Timeout(120)
class TraceCommandTest {
    @TempDir
    private Path folder;

    /** Two loops; its arguments say how it ends. */
    public static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            for (int i = 0; i < 2; i++) {
                try (EventLoop loop = EventLoop.create()) {
                    loop.run(() -> loop.setTimeout(1, () -> {}));
                }
            }
            switch (arguments[0]) {
                case "exit" -> {
                    try (EventLoop loop = EventLoop.create()) {
                        loop.run(() -> loop.setTimeout(1, () -> System.exit(7)));
                    }
                }
                case "wait" -> {
                    try (EventLoop loop = EventLoop.create()) {
                        loop.run(() -> loop.net()
                                .createServer(peer -> {})
                                .listen(0)
                                .onListening(() -> System.out.println("ready")));
                    }
                }
                default -> System.out.println("arguments " + List.of(arguments));
            }
        }
    }

    /** Runs no loop. */
    public static final class Idle {
        private Idle() {}

        public static void main(String[] arguments) {}
    }

    private static Process java(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private Process trace(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(Torus.class.getName(), "trace", "--out", folder.toString()));
        all.addAll(List.of(arguments));
        return java(all);
    }

    private static String readAll(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> events(String name) throws IOException {
        Map<String, Object> trace = (Map<String, Object>) JsonReader.read(Files.readString(folder.resolve(name)));
        return (List<Map<String, Object>>) trace.get("traceEvents");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.torus.tools.TorusTest#backends")
    void thePictureOfTheSeedsProgram(String backend) throws Exception {
        Files.writeString(folder.resolve("trace-2.json"), "of another time");
        Process process = trace("--backend", backend, "seed");
        String output = readAll(process);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains(
                        "backend " + backend,
                        "timer of 3000 ms",
                        folder.resolve("trace.html").toUri().toString());
        assertThat(files()).containsExactly("trace.html", "trace.json");
        assertThat(events("trace.json"))
                .extracting(event -> event.get("name"))
                .contains("main program", "timer", "recv", "pbkdf2", "close callback", "system calls per turn");
        assertThat(Files.readString(folder.resolve("trace.html"))).contains("pbkdf2", "</html>");
    }

    @Test
    void everyLoopOfAProgramLeavesItsTrace() throws Exception {
        Process process = trace("--records", "1000", Program.class.getName(), "print", "--this");
        String output = readAll(process);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("arguments [print, --this]", "trace.html", "trace-2.html");
        assertThat(files()).containsExactly("trace-2.html", "trace-2.json", "trace.html", "trace.json");
    }

    /** The loop is stuck in the callback that ends the VM. */
    @Test
    void aProgramThatExitsInACallbackLeavesItsTrace() throws Exception {
        Process process = trace(Program.class.getName(), "exit");
        String output = readAll(process);
        assertThat(process.waitFor()).as(output).isEqualTo(7);
        assertThat(events("trace-3.json"))
                .extracting(event -> event.get("name"))
                .contains("main program", "wait");
    }

    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
    @Test
    void aServerThatIsEndedBySigtermLeavesItsTrace() throws Exception {
        Process process = java(List.of("-Dtorus.trace=" + folder, Program.class.getName(), "wait"));
        var output = process.inputReader(StandardCharsets.UTF_8);
        assertThat(output.readLine()).isEqualTo("ready");
        process.toHandle().destroy();
        assertThat(process.waitFor()).isEqualTo(143);
        assertThat(events("trace-3.json"))
                .extracting(event -> event.get("name"))
                .contains("main program", "wait");
    }

    @Test
    void aProgramWithoutALoopIsAClearError() throws Exception {
        Process process = trace(Idle.class.getName());
        assertThat(readAll(process)).contains("no trace", Idle.class.getName()).doesNotContain("\tat ");
        assertThat(process.waitFor()).isEqualTo(1);
    }

    @Test
    void aNumberOutOfRangeIsAClearError() throws Exception {
        Process process = trace("--records", "0", "seed");
        assertThat(readAll(process)).contains("--records 0").doesNotContain("\tat ");
        assertThat(process.waitFor()).isEqualTo(2);
    }
}
