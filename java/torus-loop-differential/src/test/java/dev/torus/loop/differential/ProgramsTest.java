package dev.torus.loop.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.IoKernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Every program of {@code programs/} prints the same lines on real Node and on the loop, over every backend. */
@Timeout(300)
class ProgramsTest {
    @BeforeAll
    static void node() {
        assumeThat(RealNode.unavailableReason()).isNull();
    }

    static List<String> backends() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(candidate -> candidate.name())
                .toList();
    }

    @TestFactory
    Stream<DynamicContainer> programs() throws Exception {
        URI folder = ProgramsTest.class.getResource("programs").toURI();
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(folder))) {
            files = all.sorted().toList();
        }
        assertThat(files).hasSizeGreaterThanOrEqualTo(40);
        return files.stream().map(ProgramsTest::onEveryBackend);
    }

    private static DynamicContainer onEveryBackend(Path file) {
        String[] expected = new String[1];
        return DynamicContainer.dynamicContainer(
                file.getFileName().toString(),
                backends().stream()
                        .map(backend -> DynamicTest.dynamicTest(backend, () -> {
                            String program = program(file);
                            if (expected[0] == null) {
                                expected[0] = inOwnFolder(folder -> RealNode.run(program, folder))
                                        .toString();
                            }
                            assertThat(inOwnFolder(folder -> NodeWorld.run(program, folder, backend))
                                            .toString())
                                    .isEqualTo(expected[0]);
                        })));
    }

    /** Its text; in front of it what its first line names, so that programs about a connection need not each make one. */
    private static String program(Path file) throws IOException {
        String text = Files.readString(file);
        return text.startsWith("// behind pair.js\n") ? ProgramSort.part("pair.js") + text : text;
    }

    /** Runs a program. */
    interface Run {
        NodeWorld.Output in(Path folder) throws Exception;
    }

    static NodeWorld.Output inOwnFolder(Run run) throws Exception {
        Path folder = Files.createTempDirectory("torus-differential");
        try {
            return run.in(folder);
        } finally {
            try (Stream<Path> left = Files.walk(folder)) {
                left.sorted((a, b) -> b.compareTo(a)).forEach(ProgramsTest::delete);
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
