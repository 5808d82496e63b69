package dev.torus.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a console gets that is known by its code page only. */
class ConsoleOutputTest {
    private final ByteArrayOutputStream console = new ByteArrayOutputStream();

    private Output output(String codePage) {
        return new ConsoleOutput(console, Charset.forName(codePage), "standard output");
    }

    private static ByteBuffer direct(byte... bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @ParameterizedTest
    @ValueSource(strings = {"IBM850", "windows-1252", "UTF-8"})
    void textArrivesInTheCodePage(String codePage) throws Exception {
        output(codePage).print("Grüße, größer\n");
        assertThat(console.toString(codePage)).isEqualTo("Grüße, größer\n");
    }

    @Test
    void whatTheCodePageLacksIsReplaced() throws Exception {
        output("IBM850").print("ein ✓");
        assertThat(console.toString("IBM850")).isEqualTo("ein ?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ü", "✓", "🍩"})
    void aCharacterThatIsNotWholeStays(String character) throws Exception {
        byte[] utf8 = ("a" + character).getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = direct(utf8);
        bytes.limit(utf8.length - 1);
        assertThat(output("UTF-8").write(bytes)).isEqualTo(1);
        bytes.limit(utf8.length);
        assertThat(output("UTF-8").write(bytes)).isEqualTo(utf8.length - 1);
        assertThat(console.toString(StandardCharsets.UTF_8)).isEqualTo("a" + character);
        assertThat(bytes.hasRemaining()).isFalse();
    }

    @Test
    void theBeginningOfACharacterAloneIsAnError() {
        ByteBuffer bytes = direct((byte) 0xc3);
        assertThatThrownBy(() -> output("UTF-8").write(bytes))
                .isInstanceOfSatisfying(
                        TorusIoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EILSEQ));
        assertThat(bytes.position()).isZero();
    }

    @Test
    void bytesThatAreNoTextAreReplaced() throws Exception {
        ByteBuffer bytes = direct((byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80);
        assertThat(output("UTF-8").write(bytes)).isEqualTo(5);
        assertThat(console.toString(StandardCharsets.UTF_8)).contains("\ufffd");
    }

    @Test
    void anEmptyBufferWritesNothing() throws Exception {
        assertThat(output("UTF-8").write(direct())).isZero();
        assertThat(console.size()).isZero();
    }

    @Test
    void aHeapBufferIsRefused() {
        assertThatThrownBy(() -> output("UTF-8").write(ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("heap");
    }
}
