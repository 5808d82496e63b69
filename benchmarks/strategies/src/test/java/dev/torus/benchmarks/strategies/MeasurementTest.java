package dev.torus.benchmarks.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.examples.strategies.Service;
import dev.torus.examples.strategies.Strategy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MeasurementTest {
    @TempDir
    Path folder;

    private byte[] answer(Path file) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return (HexFormat.of().formatHex(hash) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void everyRequestIsAnsweredAndCounted() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "content");
        try (Service service = Strategy.POOL.start(file);
                HashLoad load = new HashLoad(address(service), 20, answer(file))) {
            HashLoad.Result result = load.run(0.05);
            assertThat(result.answers()).isGreaterThanOrEqualTo(20);
            assertThat(result.latency().getTotalCount()).isEqualTo(result.answers());
        }
    }

    @Test
    void aWrongAnswerIsNoMeasurement() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "content");
        byte[] other = answer(file);
        other[7] ^= 1;
        try (Service service = Strategy.THREADS.start(file);
                HashLoad load = new HashLoad(address(service), 1, other)) {
            assertThatThrownBy(() -> load.run(0.01)).hasMessageContaining("byte 7 of an answer is wrong");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theFiguresOfAProcessAreItsOwn() throws Exception {
        ProcessFigures figures = ProcessFigures.of(ProcessHandle.current().pid());
        assertThat(figures.threads()).isGreaterThan(1);
        assertThat(figures.residentKib()).isGreaterThan(1024);
        assertThat(figures.voluntary()).isPositive();
        assertThat(SystemFigures.now().contextSwitches()).isPositive();
    }

    @Test
    void linesOfProcAreReadByTheirWholeName() {
        String status = "VmRSS:\t  1234 kB\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t7\n";
        assertThat(ProcessFigures.number(status, "voluntary_ctxt_switches")).isEqualTo(5);
        assertThat(ProcessFigures.number(status, "VmRSS")).isEqualTo(1234);
        assertThat(SystemFigures.first("intr 99 1 2\nctxt 12\n", "intr")).isEqualTo(99);
    }

    private static InetSocketAddress address(Service service) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port());
    }
}
