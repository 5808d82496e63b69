package dev.torus.http;

import dev.torus.loop.EventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.eclipse.jetty.http.HttpStatus;

/** Builds heads and chunk frames in one array that is used again and again; what is built is copied by the stream's write. */
final class Wire {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);
    private static final int MILLIS_PER_SECOND = 1000;
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n");
    private static final byte[][] STATUS_LINES = new byte[600][];

    private byte[] bytes = new byte[1024];
    private ByteBuffer view = ByteBuffer.wrap(bytes);
    private int used;
    private final EventLoop loop;
    /** The Date field; null when the second that it names is over. */
    private byte[] date;

    Wire(EventLoop loop) {
        this.loop = loop;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    Wire clear() {
        used = 0;
        return this;
    }

    private void room(int more) {
        if (bytes.length - used < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, used + more));
            view = ByteBuffer.wrap(bytes);
        }
    }

    Wire put(byte[] text) {
        room(text.length);
        System.arraycopy(text, 0, bytes, used, text.length);
        used += text.length;
        return this;
    }

    Wire put(String text) {
        room(text.length());
        putRoomed(text);
        return this;
    }

    @SuppressWarnings("deprecation") // the very method for text that is Latin-1 by construction: it copies low bytes
    private void putRoomed(String text) {
        int length = text.length();
        text.getBytes(0, length, bytes, used);
        used += length;
    }

    Wire put(char c) {
        room(1);
        bytes[used++] = (byte) c;
        return this;
    }

    Wire put(ByteBuffer data) {
        int length = data.remaining();
        room(length);
        data.get(bytes, used, length);
        used += length;
        return this;
    }

    Wire line() {
        room(2);
        bytes[used++] = '\r';
        bytes[used++] = '\n';
        return this;
    }

    Wire field(String name, String value) {
        room(name.length() + value.length() + 4);
        putRoomed(name);
        bytes[used++] = ':';
        bytes[used++] = ' ';
        putRoomed(value);
        bytes[used++] = '\r';
        bytes[used++] = '\n';
        return this;
    }

    Wire fields(HttpHeaders headers) {
        for (int i = 0; i < headers.size(); i++) {
            field(headers.name(i), headers.value(i));
        }
        return this;
    }

    /** A number that is not negative, in decimal or hexadecimal digits. */
    Wire number(long value, int radix) {
        int digits = 1;
        for (long left = value / radix; left > 0; left /= radix) {
            digits++;
        }
        room(digits);
        long left = value;
        for (int at = used + digits; at > used; left /= radix) {
            bytes[--at] = (byte) Character.forDigit((int) (left % radix), radix);
        }
        used += digits;
        return this;
    }

    Wire statusLine(int status) {
        byte[] line = STATUS_LINES[status];
        if (line == null) {
            String reason = HttpStatus.getMessage(status);
            line = ascii("HTTP/1.1 " + status + " " + (reason.equals(String.valueOf(status)) ? "" : reason) + "\r\n");
            STATUS_LINES[status] = line;
        }
        return put(line);
    }

    /** The Date field. A timer forgets it at the end of its second, so that an answer does not ask for the time. */
    Wire date() {
        if (date == null) {
            long now = System.currentTimeMillis();
            date = ascii("Date: " + DATE.format(Instant.ofEpochMilli(now).atOffset(ZoneOffset.UTC)) + "\r\n");
            loop.setTimeout((int) (MILLIS_PER_SECOND - now % MILLIS_PER_SECOND), () -> date = null)
                    .unref();
        }
        return put(date);
    }

    Wire interimContinue() {
        return put(CONTINUE);
    }

    Wire chunkSize(int size) {
        return number(size, 16).line();
    }

    /** The last chunk and the trailers. */
    Wire lastChunk(HttpHeaders trailers) {
        put(LAST_CHUNK);
        if (trailers != null) {
            fields(trailers);
        }
        return line();
    }

    /** What was built, until the next {@link #clear}. */
    ByteBuffer built() {
        return view.clear().limit(used);
    }
}
