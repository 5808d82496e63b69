package dev.torus.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every level does the same and fails alike. */
class SystemCallsTest {
    @TempDir
    Path folder;

    private static SystemCalls at(SyscallLevel level) {
        assumeThat(SystemCalls.unavailableReason(level)).isNull();
        return SystemCalls.at(level);
    }

    private static ByteBuffer bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(utf8.length).put(utf8).flip();
    }

    private static Errno errnoOf(Throwable failure) {
        return ((TorusIoException) failure).errno();
    }

    @ParameterizedTest
    @EnumSource
    void writesWhatIsBetweenPositionAndLimit(SyscallLevel level) throws Exception {
        Path file = folder.resolve("täxt ✓.bin");
        ByteBuffer bytes = bytes("0123456789");
        bytes.position(2).limit(6);
        try (Output output = at(level).create(file)) {
            assertThat(output.write(bytes)).isEqualTo(4);
            assertThat(output.write(bytes)).isZero();
        }
        assertThat(bytes.position()).isEqualTo(6);
        assertThat(file).hasContent("2345");
    }

    @ParameterizedTest
    @EnumSource
    void createEmptiesAFileThatIsThere(SyscallLevel level) throws Exception {
        Path file = Files.writeString(folder.resolve("old"), "longer than new");
        try (Output output = at(level).create(file)) {
            output.print("neu ✓");
        }
        assertThat(file).hasContent("neu ✓");
    }

    @ParameterizedTest
    @EnumSource
    void theProcessIsThisOne(SyscallLevel level) throws Exception {
        assertThat(at(level).processId()).isEqualTo(ProcessHandle.current().pid());
        assertThat(at(level).level()).isEqualTo(level);
    }

    @ParameterizedTest
    @EnumSource
    void theClockDoesNotGoBack(SyscallLevel level) throws Exception {
        SystemCalls calls = at(level);
        long before = calls.nanos();
        for (int i = 0; i < 1000; i++) {
            long now = calls.nanos();
            assertThat(now).isGreaterThanOrEqualTo(before);
            before = now;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFolderThatIsMissingIsNamed(SyscallLevel level) {
        Path missing = folder.resolve("no").resolve("file");
        SystemCalls calls = at(level);
        assertThatThrownBy(() -> calls.create(missing))
                .isInstanceOf(TorusIoException.class)
                .hasMessageContaining(missing.toString())
                .matches(e -> errnoOf(e) == Errno.ENOENT);
    }

    @ParameterizedTest
    @EnumSource
    void aFullDeviceSaysSo(SyscallLevel level) throws Exception {
        Path full = Path.of("/dev/full");
        assumeThat(full).as("a device that is always full").exists();
        try (Output output = at(level).create(full)) {
            assertThatThrownBy(() -> output.write(bytes("x")))
                    .isInstanceOf(TorusIoException.class)
                    .matches(e -> errnoOf(e) == Errno.ENOSPC);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedOutputTakesNothing(SyscallLevel level) throws Exception {
        Output output = at(level).create(folder.resolve("closed"));
        output.close();
        output.close();
        assertThatThrownBy(() -> output.write(bytes("x")))
                .isInstanceOf(TorusIoException.class)
                .matches(e -> errnoOf(e) == Errno.EBADF);
    }

    @ParameterizedTest
    @EnumSource
    void aHeapBufferIsRefused(SyscallLevel level) throws Exception {
        try (Output output = at(level).create(folder.resolve("heap"))) {
            assertThatThrownBy(() -> output.write(ByteBuffer.allocate(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("heap buffer");
        }
    }

    @ParameterizedTest
    @EnumSource
    void standardStreamsStayOpen(SyscallLevel level) throws Exception {
        SystemCalls calls = at(level);
        calls.standardError().close();
        assertThat(calls.standardError().write(ByteBuffer.allocateDirect(0))).isZero();
    }
}
