package dev.torus.kernel.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which library is loaded, and what is said about one that cannot be. */
class NativeLibraryTest {
    /** Offset and size of e_machine in an ELF header. */
    private static final int ELF_MACHINE = 18, EM_X86_64 = 62, EM_AARCH64 = 183;

    private static final String OTHER_ABI =
            "int Java_dev_torus_kernel_internal_natives_NativeBinding_abiVersion(void *env, void *type)"
                    + " { (void)env; (void)type; return 4711; }";

    @TempDir
    Path temporary;

    @BeforeAll
    static void libraryIsBuilt() throws IOException {
        TorusCopy.library();
    }

    @Test
    void theLibraryOfTheJarIsLoadedThroughTheCache() throws Exception {
        Path cache = temporary.resolve("cache");
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(Map.of("torus.native.cache", cache.toString())))
                    .isNull();
            assertThat(torus.origin()).startsWith(cache.toString());
        }
    }

    @Test
    void aFileThatIsNamedWins() throws Exception {
        Path file = Files.write(temporary.resolve("libtorus-chosen.so"), TorusCopy.library());
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(Map.of("torus.native.path", file.toString())))
                    .isNull();
            assertThat(torus.origin()).isEqualTo(file.toString());
        }
    }

    @Test
    void twoCopiesInOneVmBothLoad() throws Exception {
        Path cache = temporary.resolve("cache");
        Map<String, String> properties = Map.of("torus.native.cache", cache.toString());
        try (TorusCopy one = TorusCopy.create();
                TorusCopy other = TorusCopy.create()) {
            assertThat(one.failure(properties)).isNull();
            assertThat(other.failure(properties)).isNull();
            assertThat(other.origin()).isNotEqualTo(one.origin());
        }
        try (var files = Files.list(cache)) {
            assertThat(files).as("the second copy's file is gone again").hasSize(1);
        }
    }

    @Test
    void twoCopiesWithOneNamedFileBothLoad() throws Exception {
        Map<String, String> properties =
                named(Files.write(temporary.resolve("libtorus-chosen.so"), TorusCopy.library()));
        try (TorusCopy one = TorusCopy.create();
                TorusCopy other = TorusCopy.create()) {
            assertThat(one.failure(properties)).isNull();
            assertThat(other.failure(properties)).isNull();
        }
    }

    @Test
    void theLibraryOfAnotherVersionBesideTheRightOneDoesNotMatter() throws Exception {
        Path folder = TorusCopy.folderWithLibrary(temporary.resolve("front"), Files.readAllBytes(compile(OTHER_ABI)));
        try (TorusCopy torus = TorusCopy.create(folder)) {
            assertThat(torus.failure(cache())).isNull();
        }
    }

    @Test
    void aFileThatIsNotThereIsNamed() throws Exception {
        String missing = temporary.resolve("nowhere").toString();
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(Map.of("torus.native.path", missing)))
                    .contains("torus.native.path")
                    .contains(missing);
        }
    }

    @Test
    void whatIsNoLibraryIsNotForThisPlatform() throws Exception {
        Path file = Files.writeString(temporary.resolve("libtorus.so"), "a text, and not even a short one".repeat(40));
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(Map.of("torus.native.path", file.toString())))
                    .contains("not for this platform")
                    .contains(file.toString());
        }
    }

    @Test
    void theLibraryOfAnotherProcessorIsNotForThisPlatform() throws Exception {
        byte[] library = TorusCopy.library();
        assumeTrue(library[1] == 'E' && library[2] == 'L' && library[3] == 'F', "no ELF on this platform");
        library[ELF_MACHINE] = (byte) ((library[ELF_MACHINE] & 0xff) == EM_X86_64 ? EM_AARCH64 : EM_X86_64);
        Path folder = TorusCopy.folderWithLibrary(temporary.resolve("front"), library);
        try (TorusCopy torus = TorusCopy.createWithoutLibrary(folder)) {
            assertThat(torus.failure(cache())).contains("not for this platform, " + classifier());
        }
    }

    @Test
    void aLibraryOfAnotherAbiIsRefused() throws Exception {
        Path library = compile(OTHER_ABI);
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(named(library)))
                    .contains("of another version")
                    .contains("4711")
                    .contains(String.valueOf(RingAbi.ABI_VERSION))
                    .contains(library.toString());
        }
    }

    @Test
    void aLibraryThatIsNotLibtorusIsRefused() throws Exception {
        Path library = compile("int some_other_function(void); int some_other_function(void) { return 0; }");
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(named(library)))
                    .contains("of another version")
                    .contains(library.toString());
        }
    }

    @Test
    void classesThatLackAFunctionOfTheLibraryAreOfAnotherVersion() throws Exception {
        Path classes = Files.createDirectories(temporary.resolve("classes"));
        Path source = Files.writeString(
                temporary.resolve("NativeBinding.java"),
                "package dev.torus.kernel.internal.natives; final class NativeBinding { static native int abiVersion(); }");
        ToolProvider compiler = ToolProvider.findFirst("javac").orElse(null);
        assumeTrue(compiler != null, "no compiler in this Java runtime");
        assertThat(compiler.run(System.out, System.err, "-d", classes.toString(), source.toString()))
                .isZero();
        try (TorusCopy torus = TorusCopy.create(classes)) {
            assertThat(torus.failure(cache())).contains("of another version").contains("same version");
        }
    }

    @Test
    void withoutTheJarItSaysWhichOneIsMissing() throws Exception {
        // A class path of its own without the folder of torus-native
        try (TorusCopy torus = TorusCopy.createWithoutLibrary()) {
            assertThat(torus.failure(cache())).contains("torus-native").contains("classifier " + classifier());
        }
    }

    private Map<String, String> named(Path file) {
        Map<String, String> properties = new HashMap<>(cache());
        properties.put("torus.native.path", file.toString());
        return properties;
    }

    private Map<String, String> cache() {
        return Map.of("torus.native.cache", temporary.resolve("cache").toString());
    }

    private static String classifier() {
        return NativePlatform.current().classifier();
    }

    /** A library made of a few lines of C. */
    private Path compile(String c) throws IOException, InterruptedException {
        Path source = Files.writeString(temporary.resolve("other.c"), c);
        Path library = temporary.resolve("libother.so");
        List<String> command = List.of("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString());
        Process compiler;
        try {
            compiler = new ProcessBuilder(command).inheritIO().start();
        } catch (IOException e) {
            return abort("no C compiler: " + e.getMessage());
        }
        assertThat(compiler.waitFor()).isZero();
        return library;
    }
}
