package dev.torus.tools.server;

import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All answers of the HTTP server, ready to be sent: a page of registered memory per second, since each has a Date. The most
 * frequent answer stands many times in a row, so that pipelined requests are answered by one send.
 */
final class HttpAnswers {
    /** How often the plain answer stands in a row. */
    static final int PLAIN_IN_A_ROW = 64;

    /** What an answer says about the connection. */
    enum Connection {
        /** Nothing: HTTP/1.1 keeps it. */
        KEPT(""),
        CLOSE("Connection: close\r\n"),
        /** For clients of HTTP/1.0, which have to be told. */
        KEEP_ALIVE("Connection: keep-alive\r\n");

        private final String field;

        Connection(String field) {
            this.field = field;
        }
    }

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int[] STATUSES = {200, 404, 405, 400, 413, 417, 431, 501, 505};
    private static final int PAGE_BYTES = 32 * 1024;
    /** A page is busy as long as a slow client's answer is sent from it; when all are, the date stands still. */
    private static final int MAX_PAGES = 16;

    private final IoKernel kernel;
    private final List<IoBuffer> pages = new ArrayList<>();
    private final int[] offsets = new int[STATUSES.length * Connection.values().length];
    private final int[] heads = new int[offsets.length];
    private final int[] lengths = new int[offsets.length];
    private IoBuffer page;
    private long second = Long.MIN_VALUE;

    HttpAnswers(IoKernel kernel) {
        this.kernel = kernel;
        renewDate();
    }

    IoBuffer page() {
        return page;
    }

    static int index(int status, Connection connection) {
        for (int i = 0; i < STATUSES.length; i++) {
            if (STATUSES[i] == status) {
                return i * Connection.values().length + connection.ordinal();
            }
        }
        throw new IllegalArgumentException("status " + status);
    }

    int offset(int index) {
        return offsets[index];
    }

    /** Bytes of an answer without, or with, its body. */
    int length(int index, boolean headOnly) {
        return headOnly ? heads[index] : lengths[index];
    }

    /** Takes a new page if the second has changed; cheap when it has not. */
    void renewDate() {
        long now = System.currentTimeMillis() / 1000;
        if (now == second) {
            return;
        }
        IoBuffer next = freePage();
        if (next != null) {
            fill(next, DATE.format(Instant.ofEpochSecond(now)));
            page = next;
            second = now;
        }
    }

    private IoBuffer freePage() {
        for (IoBuffer candidate : pages) {
            if (candidate != page && !candidate.isLent()) {
                return candidate;
            }
        }
        if (pages.size() == MAX_PAGES) {
            return null;
        }
        IoBuffer added = kernel.allocate(PAGE_BYTES);
        pages.add(added);
        return added;
    }

    private void fill(IoBuffer into, String date) {
        ByteBuffer bytes = into.bytes().duplicate().clear();
        for (int i = 0; i < offsets.length; i++) {
            int status = STATUSES[i / Connection.values().length];
            Connection connection = Connection.values()[i % Connection.values().length];
            String body = status == 200 ? "Hello, World!" : reason(status) + "\n";
            String head = head(status, connection, date, body.length());
            offsets[i] = bytes.position();
            heads[i] = head.length();
            lengths[i] = head.length() + body.length();
            byte[] answer = (head + body).getBytes(StandardCharsets.US_ASCII);
            int times = i == 0 ? PLAIN_IN_A_ROW : 1;
            for (int n = 0; n < times; n++) {
                bytes.put(answer);
            }
        }
    }

    private static String head(int status, Connection connection, String date, int length) {
        return "HTTP/1.1 " + status + ' ' + reason(status) + "\r\nServer: torus\r\nDate: " + date
                + "\r\nContent-Type: text/plain\r\nContent-Length: " + length + "\r\n" + connection.field
                + (status == 405 ? "Allow: GET, HEAD\r\n" : "") + "\r\n";
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 413 -> "Content Too Large";
            case 417 -> "Expectation Failed";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 505 -> "HTTP Version Not Supported";
            default -> throw new IllegalArgumentException("status " + status);
        };
    }
}
