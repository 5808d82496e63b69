package dev.torus.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.IoKernel;
import dev.torus.tools.doctor.JsonReader;
import dev.torus.tools.server.ServerStats;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as processes of their own. */
@Timeout(120)
class TorusTest {
    private static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 22) {
            // otherwise the VM warns among the output
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Torus.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String readAll(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int portOf(String ready) {
        assertThat(ready).matches("listening 127\\.0\\.0\\.1:\\d+ backend=\\w+");
        return Integer.parseInt(ready.replaceAll(".*:(\\d+) .*", "$1"));
    }

    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
    @ParameterizedTest
    @MethodSource("dev.torus.tools.TorusTest#backends")
    void endsCleanlyOnSigterm(String backend) throws Exception {
        Process process = start("echo", "--backend", backend, "--stats", "--threads", "2");
        BufferedReader output = output(process);
        int port = portOf(output.readLine());
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(7);
            assertThat(socket.getInputStream().read()).isEqualTo(7);
            // Process.destroy() would close its output as well
            process.toHandle().destroy();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        ServerStats stats = ServerStats.fromJson(output.readLine());
        assertThat(stats.connections()).isEqualTo(1);
        assertThat(stats.messages()).isEqualTo(1);
        assertThat(output.readLine()).isNull();
        assertThat(process.waitFor()).isEqualTo(143);
    }

    static List<String> backends() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(candidate -> candidate.name())
                .toList();
    }

    @Test
    void endsWithItsInputWhenControlled() throws Exception {
        Process process = start("http", "--control");
        BufferedReader output = output(process);
        portOf(output.readLine());
        process.getOutputStream().write("stats\n".getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        assertThat(ServerStats.fromJson(output.readLine()).messages()).isZero();
        process.getOutputStream().close();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void anUnknownBackendIsAClearError() throws Exception {
        Process process = start("echo", "--backend", "carrier-pigeon");
        assertThat(readAll(process)).contains("carrier-pigeon").contains("nio").doesNotContain("\tat ");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--port=70000", "--threads=0", "--buffers=3", "--buffer-bytes=9", "--colour=red"})
    void aWrongOptionIsAClearError(String option) throws Exception {
        Process process = start("echo", option);
        assertThat(readAll(process))
                .contains(option.substring(0, option.indexOf('=')))
                .doesNotContain("\tat ");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void aPortInUseIsAClearError() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = start("echo", "--port", String.valueOf(taken.getLocalPort()));
            assertThat(readAll(process))
                    .contains(String.valueOf(taken.getLocalPort()))
                    .doesNotContain("\tat ");
            assertThat(process.waitFor()).isEqualTo(1);
        }
    }

    @Test
    void doctorTellsEveryBackendInJson() throws Exception {
        Process process = start("doctor", "--json");
        String text = readAll(process);
        assertThat(process.waitFor()).as(text).isZero();
        @SuppressWarnings("unchecked")
        Map<String, Object> report = (Map<String, Object>) JsonReader.read(text.strip());
        assertThat(report).containsEntry("healthy", true).containsKeys("torus", "platform", "jdk", "backend", "limits");
        @SuppressWarnings("unchecked")
        List<Map<String, Object>> backends = (List<Map<String, Object>>) report.get("backends");
        assertThat(backends).extracting(backend -> backend.get("name")).contains("nio");
        assertThat(backends)
                .allSatisfy(backend -> assertThat(backend)
                        .containsKey(Boolean.TRUE.equals(backend.get("available")) ? "description" : "reason"));
    }

    @Test
    void withoutACommandItSaysWhatThereIs() throws Exception {
        Process process = start();
        assertThat(readAll(process))
                .contains("echo")
                .contains("http")
                .contains("doctor")
                .contains("demo");
        assertThat(process.waitFor()).isEqualTo(2);
    }
}
