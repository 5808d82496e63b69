package dev.torus.tools.server;

import dev.torus.kernel.IoKernel;
import dev.torus.tools.server.HttpAnswers.Connection;
import dev.torus.tools.server.HttpRequestHead.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * HTTP/1.1 plaintext: answers {@code /} and {@code /plaintext} with "Hello, World!". Keeps connections, takes pipelined
 * requests, skips bodies, and answers what it cannot read with 400 and an end of the connection.
 */
public final class HttpServer extends TcpServer {
    /** Largest body that is skipped; a larger one ends the connection. */
    static final long MAX_BODY_BYTES = 1 << 20;

    private static final byte[] PLAINTEXT = "/plaintext".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SCHEME = "http://".getBytes(StandardCharsets.US_ASCII);

    private final HttpAnswers answers;
    private final HttpRequestHead head = new HttpRequestHead();
    /** What is being read: the beginning that was kept, then what came in. */
    private final byte[] work;

    private byte[][] kept = new byte[0][];
    private int[] keptBytes = new int[0];
    private long[] bodyLeft = new long[0];

    /** On a kernel that the calling thread owns. */
    public HttpServer(IoKernel kernel, int buffers, int bufferBytes) {
        super(kernel, kernel.bufferGroup(buffers, bufferBytes));
        this.answers = new HttpAnswers(kernel);
        this.work = new byte[HttpRequestHead.MAX_BYTES + bufferBytes];
    }

    @Override
    protected boolean closesIdle() {
        return true;
    }

    @Override
    protected void opened(int connection) {
        if (connection >= kept.length) {
            kept = Arrays.copyOf(kept, capacity());
            keptBytes = Arrays.copyOf(keptBytes, capacity());
            bodyLeft = Arrays.copyOf(bodyLeft, capacity());
        }
        keptBytes[connection] = 0;
        bodyLeft[connection] = 0;
    }

    @Override
    protected void closed(int connection) {
        kept[connection] = null;
    }

    @Override
    protected void turnEnded() {
        answers.renewDate();
    }

    @Override
    protected boolean sent(int connection, int length, long result) {
        return result == length;
    }

    @Override
    protected void received(int connection, int group, int bufferId, int length) {
        int before = keptBytes[connection];
        if (before > 0) {
            System.arraycopy(kept[connection], 0, work, 0, before);
        }
        group(group).buffer(bufferId).get(0, work, before, length);
        group(group).recycle(bufferId);
        int end = before + length;
        int read = answerAll(connection, end);
        keep(connection, read, end);
    }

    private void keep(int connection, int from, int to) {
        int length = isEnding(connection) ? 0 : to - from;
        keptBytes[connection] = length;
        if (length > 0) {
            byte[] place = kept[connection];
            if (place == null || place.length < length) {
                place = new byte[Math.max(256, Integer.highestOneBit(length) * 2)];
                kept[connection] = place;
            }
            System.arraycopy(work, from, place, 0, length);
        }
    }

    /** Answers every complete request; the index of the first byte that belongs to none. */
    private int answerAll(int connection, int end) {
        int at = 0;
        int plain = 0;
        while (at < end && !isEnding(connection)) {
            if (bodyLeft[connection] > 0) {
                int skipped = (int) Math.min(bodyLeft[connection], end - at);
                bodyLeft[connection] -= skipped;
                at += skipped;
                continue;
            }
            if (work[at] == '\r' && at + 1 < end && work[at + 1] == '\n') {
                // some clients end a body with an empty line that does not belong to it
                at += 2;
                continue;
            }
            int status = head.parse(work, at, end);
            if (status == HttpRequestHead.INCOMPLETE) {
                break;
            }
            messages++;
            at = head.next;
            if (status == HttpRequestHead.OK && isPlain()) {
                plain++;
            } else {
                sendPlain(connection, plain);
                plain = 0;
                answer(connection, status);
            }
        }
        sendPlain(connection, plain);
        return at;
    }

    /** The request that nearly all are: GET of a known path, kept alive, without a body. */
    private boolean isPlain() {
        return head.method == Method.GET
                && head.minorVersion > 0
                && head.keepAlive
                && head.contentLength <= 0
                && !head.expects
                && isKnownTarget();
    }

    private void sendPlain(int connection, int count) {
        int length = answers.length(0, false);
        for (int left = count; left > 0; ) {
            int now = Math.min(left, HttpAnswers.PLAIN_IN_A_ROW);
            send(connection, answers.offset(0), now * length);
            left -= now;
        }
    }

    private void answer(int connection, int parsed) {
        int status = parsed == HttpRequestHead.OK ? statusOf() : parsed;
        boolean ends = parsed != HttpRequestHead.OK || status == 413 || status == 417 || !head.keepAlive;
        Connection says = ends ? Connection.CLOSE : head.minorVersion == 0 ? Connection.KEEP_ALIVE : Connection.KEPT;
        boolean headOnly = parsed == HttpRequestHead.OK && head.method == Method.HEAD;
        int index = HttpAnswers.index(status, says);
        send(connection, answers.offset(index), answers.length(index, headOnly));
        if (ends) {
            endAfterSends(connection);
        } else {
            bodyLeft[connection] = Math.max(0, head.contentLength);
        }
    }

    private int statusOf() {
        if (head.contentLength > MAX_BODY_BYTES) {
            return 413;
        }
        if (head.expects) {
            return 417;
        }
        if (head.method == Method.OTHER) {
            return 405;
        }
        return isKnownTarget() ? 200 : 404;
    }

    private boolean isKnownTarget() {
        int from = head.targetFrom;
        int to = head.targetTo;
        if (work[from] != '/' && startsWith(SCHEME, from, to)) {
            // the absolute form, as proxies send it
            from += SCHEME.length;
            while (from < to && work[from] != '/') {
                from++;
            }
        }
        int length = 0;
        while (from + length < to && work[from + length] != '?') {
            length++;
        }
        return length == 1 && work[from] == '/'
                || length == PLAINTEXT.length && startsWith(PLAINTEXT, from, from + length);
    }

    private boolean startsWith(byte[] word, int from, int to) {
        return to - from >= word.length && Arrays.equals(work, from, from + word.length, word, 0, word.length);
    }

    private void send(int connection, int offset, int length) {
        kernel.send(handle(connection), answers.page(), offset, length, sendToken(connection, length));
    }
}
