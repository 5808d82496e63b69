package dev.torus.http;

import java.nio.ByteBuffer;

/**
 * A head that was read and what it said, to compare later ones with: clients mostly send the same fields again on a connection, and
 * often the same head. What the parser and {@link Head} make of bytes depends on nothing else, so equal bytes need no second look.
 *
 * @param bytes the whole head
 * @param fieldsAt where its fields begin; they end with the empty line
 * @param headers not changed any more
 */
record RememberedHead(
        ByteBuffer bytes,
        int fieldsAt,
        String method,
        String target,
        int minorVersion,
        HttpHeaders headers,
        long contentLength,
        boolean chunked,
        boolean expectsContinue,
        boolean keepAlive) {
    /** What a head says, whose bytes are given. */
    static RememberedHead of(Head head, ByteBuffer bytes) {
        return new RememberedHead(
                bytes,
                endOfLine(bytes),
                head.method,
                head.target,
                head.minorVersion,
                head.headers,
                head.contentLength,
                head.chunked,
                head.expectsContinue,
                head.keepAlive);
    }

    /** Index behind the first line feed that remains in data, or -1. */
    static int endOfLine(ByteBuffer data) {
        for (int i = data.position(); i < data.limit(); i++) {
            if (data.get(i) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    int fieldBytes() {
        return bytes.limit() - fieldsAt;
    }

    /** Whether data begins with this head; if so, its position moves behind it. */
    boolean isWholeAt(ByteBuffer data) {
        if (!begins(data, bytes)) {
            return false;
        }
        data.position(data.position() + bytes.limit());
        return true;
    }

    /** Whether these fields and the empty line are at a place of data. */
    boolean areFieldsAt(ByteBuffer data, int at) {
        int position = data.position();
        data.position(at);
        bytes.position(fieldsAt);
        boolean same = begins(data, bytes);
        bytes.position(0);
        data.position(position);
        return same;
    }

    private static boolean begins(ByteBuffer data, ByteBuffer with) {
        int difference = data.mismatch(with);
        return difference < 0 || difference == with.remaining();
    }
}
