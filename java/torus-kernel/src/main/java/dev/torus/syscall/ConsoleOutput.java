package dev.torus.syscall;

import dev.torus.kernel.Errno;
import dev.torus.kernel.TorusIoException;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * A Windows console by the JDK alone, which knows it as a stream of bytes in the console's code page. UTF-8 is taken by whole
 * characters and turned into that; what the code page lacks becomes its replacement, mostly a question mark. (The other two levels
 * write UTF-16, where nothing is lost.)
 */
final class ConsoleOutput implements Output {
    private static final int LONGEST_CHARACTER = 4;

    private final OutputStream stream;
    private final Charset codePage;
    private final String name;

    ConsoleOutput(OutputStream stream, Charset codePage, String name) {
        this.stream = stream;
        this.codePage = codePage;
        this.name = name;
    }

    /** The code page of the stream {@code stdout} or {@code stderr}, or null where that is no Windows console as far as the JDK tells. */
    @SuppressWarnings("SystemConsoleNull") // before JDK 22 null is how it tells
    static Charset codePage(String stream) {
        Console console = System.console();
        if (console == null || !System.getProperty("os.name").startsWith("Windows")) {
            return null;
        }
        // Until JDK 18 the internal property alone tells, and only for a console; since JDK 19 the public one.
        String encoding = System.getProperty(stream + ".encoding", System.getProperty("sun." + stream + ".encoding"));
        return encoding == null ? null : Charset.forName(encoding);
    }

    @Override
    public int write(ByteBuffer bytes) throws TorusIoException {
        if (!bytes.isDirect()) {
            throw new IllegalArgumentException("write needs a direct buffer, this is a heap buffer");
        }
        ByteBuffer whole = bytes.duplicate().limit(bytes.position() + wholeCharacters(bytes));
        int taken = whole.remaining();
        if (taken == 0 && bytes.hasRemaining()) {
            throw TorusIoException.of("write", name, Errno.EILSEQ.result(), 0, "the beginning of a character only");
        }
        ByteBuffer encoded = codePage.encode(StandardCharsets.UTF_8.decode(whole));
        try {
            stream.write(encoded.array(), encoded.arrayOffset(), encoded.remaining());
        } catch (IOException e) {
            throw StandardLibraryCalls.failure("write", name, e);
        }
        bytes.position(bytes.position() + taken);
        return taken;
    }

    /** Bytes up to the last character that is whole; all of them where they are no UTF-8, for the replacement character. */
    static int wholeCharacters(ByteBuffer bytes) {
        int remaining = bytes.remaining();
        for (int back = 1; back <= Math.min(LONGEST_CHARACTER, remaining); back++) {
            int unit = bytes.get(bytes.limit() - back) & 0xff;
            if ((unit & 0xc0) != 0x80) { // the first byte of the last character
                int needed = unit >= 0xf0 ? 4 : unit >= 0xe0 ? 3 : unit >= 0xc0 ? 2 : 1;
                return needed > back ? remaining - back : remaining;
            }
        }
        return remaining;
    }

    /** The console is the process's: nothing happens. */
    @Override
    public void close() {}
}
