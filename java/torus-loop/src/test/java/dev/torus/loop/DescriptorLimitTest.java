package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A server at the limit of descriptors rests instead of spinning, and accepts all who waited once there is room. */
@Timeout(60)
class DescriptorLimitTest {
    /** In half a second: a server that rests needs a few dozen, one that spins needs tens of thousands. */
    private static final int SYSTEM_CALLS_MAX = 500;

    @ParameterizedTest
    @MethodSource("dev.torus.loop.Backends#available")
    void aServerRestsAtTheLimitAndRecovers(String backend) throws Exception {
        assumeTrue(Backends.hasPosixShell(), "needs a POSIX shell to limit a child process");
        String output = child(backend);
        assertThat(output).contains("full").endsWith("recovered\n");
        Matcher calls =
                Pattern.compile("full\naccepted \\d+ with (\\d+) system calls").matcher(output);
        assertThat(calls.find()).as(output).isTrue();
        assertThat(Integer.parseInt(calls.group(1))).isLessThan(SYSTEM_CALLS_MAX);
    }

    private static String child(String backend) throws Exception {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(AtTheDescriptorLimit.class.getName(), backend));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
