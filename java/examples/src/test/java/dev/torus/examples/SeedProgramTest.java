package dev.torus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SeedProgramTest {
    private static final String KEY = "key derived from the text";
    private static final String END = "nothing is alive any more, exit code 0";

    /** {@code -Dtorus.tck.backends} selects, as in the conformance kit. */
    private static boolean isSelected(String backend) {
        String selection = System.getProperty("torus.tck.backends", "");
        return selection.isEmpty() || List.of(selection.split(",")).contains(backend);
    }

    @Test
    @Timeout(120)
    void theOrderOfEventsIsTheSameOnEveryBackendAndNoThreadIsLeft(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("text");
        Files.writeString(file, "A torus is a ring turned round a ring.\n".repeat(50));
        for (Explanation.Candidate candidate : IoKernel.explain().candidates()) {
            if (candidate.unavailableReason() != null || !isSelected(candidate.name())) {
                continue;
            }
            List<String> events = SeedProgram.run(candidate.name(), file, line -> {}).stream()
                    .map(event -> event.replaceAll(":.*", ""))
                    .toList();
            // how long the derivation takes is the machine's business: an emulated or busy one changes its place
            assertThat(events).as(candidate.name()).containsSubsequence("first read", KEY, END);
            assertThat(events.stream().filter(event -> !event.equals(KEY)))
                    .as(candidate.name())
                    .containsExactly(
                            "main program begins",
                            "main program ends",
                            "first timer of 0 ms",
                            "second timer of 0 ms",
                            "first read",
                            "third read, begun by the first",
                            "timer of 1000 ms",
                            "HTTP answer",
                            "timer of 3000 ms",
                            "timer of 500 ms, set by that of 3000 ms",
                            END);
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().startsWith("torus-"));
        }
    }
}
