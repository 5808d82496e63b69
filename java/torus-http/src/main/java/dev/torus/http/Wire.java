package dev.torus.http;

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
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n");
    private static final byte[][] STATUS_LINES = new byte[600][];

    private byte[] bytes = new byte[1024];
    private ByteBuffer view = ByteBuffer.wrap(bytes);
    private int used;
    private byte[] date = {};
    private long dateSecond = -1;

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

    @SuppressWarnings("deprecation") // the very method for text that is Latin-1 by construction: it copies low bytes
    Wire put(String text) {
        int length = text.length();
        room(length);
        text.getBytes(0, length, bytes, used);
        used += length;
        return this;
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
        return put('\r').put('\n');
    }

    Wire field(String name, String value) {
        return put(name).put(':').put(' ').put(value).line();
    }

    Wire fields(HttpHeaders headers) {
        for (int i = 0; i < headers.size(); i++) {
            field(headers.name(i), headers.value(i));
        }
        return this;
    }

    Wire number(long value, int radix) {
        return value >= 0 && value < 10 ? put((char) ('0' + value)) : put(Long.toString(value, radix));
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

    /** The Date field, made anew once a second. */
    Wire date() {
        long second = System.currentTimeMillis() / 1000;
        if (second != dateSecond) {
            dateSecond = second;
            date = ascii("Date: " + DATE.format(Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC)) + "\r\n");
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
