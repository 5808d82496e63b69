package dev.torus.kernel.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder where a library out of a jar becomes a file: nobody else can put one there, and errors say what to do. */
class NativeCacheTest {
    @TempDir
    Path temporary;

    @BeforeAll
    static void libraryIsBuilt() throws IOException {
        TorusCopy.library();
        assumeTrue(
                Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix"),
                "files have no POSIX rights on this platform");
    }

    @Test
    void theFolderIsTheOwnersAloneAndTheNameIsTheContents() throws Exception {
        Path cache = temporary.resolve("new").resolve("cache");
        Path file = load(cache);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(file.getFileName().toString()).matches("(lib)?torus-[0-9a-f]{32}\\.(so|dylib)");
        assertThat(file).hasBinaryContent(TorusCopy.library());
        assertThat(names(cache)).containsExactly(file.getFileName().toString());
    }

    @Test
    void theFileIsUsedAgain() throws Exception {
        Path cache = temporary.resolve("cache");
        Path file = load(cache);
        FileTime before = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
        Files.setLastModifiedTime(file, before);
        load(cache);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
    }

    @Test
    void aFileOfThatNameWithOtherContentIsReplaced() throws Exception {
        Path cache = temporary.resolve("cache");
        Path file = load(cache);
        Files.delete(file); // not overwritten: this VM may still have it mapped
        Files.writeString(file, "not what the jar has");
        load(cache);
        assertThat(file).hasBinaryContent(TorusCopy.library());
    }

    @Test
    void aLinkOfThatNameIsReplacedAndItsTargetLeftAlone() throws Exception {
        Path cache = temporary.resolve("cache");
        Path file = load(cache);
        Path elsewhere = Files.write(temporary.resolve("elsewhere"), TorusCopy.library());
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);
        load(cache);
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(elsewhere).hasBinaryContent(TorusCopy.library());
    }

    @Test
    void aFileThatOthersMayWriteToIsReplaced() throws Exception {
        Path cache = temporary.resolve("cache");
        Path file = load(cache);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        load(cache);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFolderThatOthersMayWriteToIsRefusedAndKeepsItsRights() throws Exception {
        Path cache = Files.createDirectory(temporary.resolve("shared"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(failure(cache)).contains("others than its owner may write").contains("-Dtorus.native.cache");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
                .isEqualTo("rwxrwxrwx");
        assertThat(names(cache)).isEmpty();
    }

    @Test
    void aFolderOfSomebodyElseIsRefused() throws Exception {
        Path cache = Files.createDirectory(temporary.resolve("theirs"));
        runOrSkip("only root can give a folder away", "chown", "65534", cache.toString());
        assertThat(failure(cache)).contains("belongs to").contains("-Dtorus.native.cache");
        assertThat(names(cache)).isEmpty();
    }

    @Test
    void aFileInTheWayIsNamed() throws Exception {
        Path cache = Files.writeString(temporary.resolve("file"), "");
        assertThat(failure(cache)).contains(cache.toString()).contains("-Dtorus.native.cache");
    }

    @Test
    void aFolderMountedNoexecIsNamedAsThat() throws Exception {
        Path cache = Files.createDirectory(temporary.resolve("noexec"));
        runOrSkip(
                "mounting needs root and CAP_SYS_ADMIN",
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "noexec,size=4m,mode=700",
                "torus-test",
                cache.toString());
        try {
            assertThat(failure(cache))
                    .contains(cache.toString())
                    .contains("noexec")
                    .contains("-Dtorus.native.cache")
                    .contains("java.library.path");
        } finally {
            new ProcessBuilder("umount", "--lazy", cache.toString()).start().waitFor();
        }
    }

    @Test
    void leftoversOfEndedVmsAreSweptAndThoseOfStartingOnesAreNot() throws Exception {
        Path cache = temporary.resolve("cache");
        Path file = load(cache);
        String stem = file.getFileName().toString().replaceFirst("\\.[a-z]+$", "");
        Path old = Files.writeString(cache.resolve(stem + "-1.so"), "");
        Path young = Files.writeString(cache.resolve(stem + "-2.so"), "");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        load(cache);
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(file).exists();
    }

    private static Path load(Path cache) throws Exception {
        try (TorusCopy torus = TorusCopy.create()) {
            assertThat(torus.failure(Map.of("torus.native.cache", cache.toString())))
                    .isNull();
        }
        try (Stream<Path> files = Files.list(cache)) {
            return files.filter(file -> file.getFileName().toString().matches("[a-z]+-[0-9a-f]{32}\\.[a-z]+"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String failure(Path cache) throws Exception {
        try (TorusCopy torus = TorusCopy.create()) {
            return torus.failure(Map.of("torus.native.cache", cache.toString()));
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static void runOrSkip(String reason, String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().transferTo(OutputStream.nullOutputStream());
            assumeTrue(process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0, reason);
        } catch (IOException e) {
            abort(reason + ": " + e.getMessage());
        }
    }
}
