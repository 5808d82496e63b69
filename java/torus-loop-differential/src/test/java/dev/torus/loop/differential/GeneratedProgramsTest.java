package dev.torus.loop.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random programs print the same lines on real Node and on the loop, over every backend.
 * {@code -Dtorus.differential.programs=5000} runs so many, {@code -Dtorus.differential.seed=N} begins with another one and
 * {@code -Dtorus.differential.backends=nio,epoll} chooses.
 */
@Timeout(7200)
class GeneratedProgramsTest {
    /** What a run of all tests has time for. */
    private static final int USUAL = 200;

    private static final int ENOUGH = 5;

    @TempDir
    static Path folder;

    @BeforeAll
    static void node() {
        assumeThat(RealNode.unavailableReason()).isNull();
        assumeThat(VirtualNode.unavailableReason()).isNull();
    }

    @Test
    void printTheSame() throws Exception {
        int count = Integer.getInteger("torus.differential.programs", USUAL);
        long seed = Long.getLong("torus.differential.seed", 1L);
        GeneratedPrograms programs = new GeneratedPrograms(VirtualNode.in(folder), backends());
        int atATime = Math.max(2, Runtime.getRuntime().availableProcessors());
        List<GeneratedPrograms.Difference> differences = programs.compare(seed, count, atATime, ENOUGH);
        System.out.println("seeds from " + seed + ": " + programs.summary());
        assertThat(differences).isEmpty();
        assertThat(programs.leftOut()).as("left out").isLessThanOrEqualTo(count / 10);
    }

    /** What was found this way, in virtual time because no other shows it: what differed once is compared by name ever after. */
    @TestFactory
    Stream<DynamicTest> found() throws Exception {
        VirtualNode node = VirtualNode.in(folder);
        GeneratedPrograms programs = new GeneratedPrograms(node, backends());
        List<Path> files;
        try (Stream<Path> all = Files.list(
                Path.of(GeneratedProgramsTest.class.getResource("found").toURI()))) {
            files = all.sorted().toList();
        }
        assertThat(files).hasSizeGreaterThanOrEqualTo(8);
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(
                        file.getFileName().toString(),
                        () -> programs.compareText(ProgramSort.ORDER, Files.readString(file))));
    }

    /** R56. Random programs run beside processes that are being started, and are not so strict. */
    @Test
    void aClosedServerRefusesAtOnce() throws Exception {
        new GeneratedPrograms(VirtualNode.in(folder), backends())
                .compareText(ProgramSort.CONNECTIONS, "connection(0, 0, 0, 0, ['closeServer 0 99 0']);");
    }

    private static List<String> backends() {
        String chosen = System.getProperty("torus.differential.backends", "");
        List<String> all = ProgramsTest.backends();
        return chosen.isEmpty()
                ? all
                : Stream.of(chosen.split(",")).filter(all::contains).toList();
    }

    @Test
    void aSeedIsAProgramAndOneThatFailsIsShrunken() {
        List<Statement> program = ProgramGenerator.program(4711);
        int wanted = Statement.count(program) / 2;
        List<Statement> smallest =
                new Shrinker(candidate -> Statement.count(candidate) >= wanted, 10_000).shrink(program);
        assertThat(Statement.count(smallest)).isEqualTo(wanted);
        assertThat(ProgramText.of(ProgramGenerator.program(4711))).isEqualTo(ProgramText.of(program));
        assertThat(ProgramText.of(ProgramGenerator.program(4712))).isNotEqualTo(ProgramText.of(program));
    }
}
