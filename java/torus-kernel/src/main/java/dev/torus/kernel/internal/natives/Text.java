package dev.torus.kernel.internal.natives;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Strings as C has them. */
final class Text {
    /** Room for a sentence from C. */
    static final int BYTES = 256;

    /**
     * What the file system's bytes mean: the charset that {@code java.nio.file} uses for them, but UTF-8 where the locale
     * says nothing (it then takes ASCII, in which most names do not exist). On Windows they are UTF-16, and libtorus takes
     * UTF-8.
     */
    private static final Charset PATHS = pathCharset();

    private Text() {}

    private static Charset pathCharset() {
        if (System.getProperty("os.name", "").startsWith("Windows")) {
            return StandardCharsets.UTF_8;
        }
        try {
            Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
            return charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset;
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }

    /** UTF-8, without a 0 at the end. */
    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** UTF-8 up to the first 0. */
    static String of(byte[] text) {
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    static byte[] pathBytes(String path) {
        return path.getBytes(PATHS);
    }

    static String pathOf(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, PATHS);
    }
}
