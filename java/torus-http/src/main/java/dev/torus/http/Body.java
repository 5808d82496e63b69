package dev.torus.http;

import dev.torus.http.HttpException.Reason;
import java.nio.ByteBuffer;

/**
 * Finds the end of a body: by its length, by chunks (RFC 9112, section 7.1, strictly: sizes are hexadecimal digits only, every line ends
 * with CRLF), or by the end of the connection. Data is told as parts of the buffer it came in.
 */
final class Body {
    private enum State {
        NONE,
        LENGTH,
        UNTIL_END,
        CHUNK_SIZE,
        CHUNK_EXTENSION,
        CHUNK_SIZE_LF,
        CHUNK_DATA,
        CHUNK_DATA_CR,
        CHUNK_DATA_LF,
        TRAILER,
        TRAILER_LF,
        DONE
    }

    /** Digits of a chunk's size: below 2 to the 60. */
    private static final int MAX_SIZE_DIGITS = 15;

    private final HttpLimits limits;
    private State state = State.NONE;
    private long left;
    private int digits;
    private long total;
    /** Bytes of chunk extensions and trailers: they count like a head. */
    private int overhead;

    private final StringBuilder line = new StringBuilder();
    private HttpHeaders trailers = new HttpHeaders();

    Body(HttpLimits limits) {
        this.limits = limits;
    }

    private void start(State first, long length) {
        state = first;
        left = length;
        digits = 0;
        total = 0;
        overhead = 0;
        if (trailers.size() > 0) {
            trailers = new HttpHeaders();
        }
    }

    void none() {
        start(State.DONE, 0);
    }

    void ofLength(long length) throws HttpException {
        if (length > limits.maxBodyBytes()) {
            throw new HttpException(Reason.BODY_TOO_LARGE, "a body of " + length + " bytes");
        }
        start(length == 0 ? State.DONE : State.LENGTH, length);
    }

    void chunked() {
        start(State.CHUNK_SIZE, 0);
    }

    void untilEnd() {
        start(State.UNTIL_END, 0);
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** The connection has ended; whether that is the end of this body. */
    boolean endsHere() {
        if (state == State.UNTIL_END) {
            state = State.DONE;
        }
        return state == State.DONE;
    }

    /** Fields behind the last chunk. */
    HttpHeaders trailers() {
        return trailers;
    }

    /**
     * The next piece of the body, or null when more has to come or it is done.
     *
     * @throws HttpException if it is not well-formed or too large
     */
    ByteBuffer next(ByteBuffer data) throws HttpException {
        while (data.hasRemaining() && state != State.DONE) {
            switch (state) {
                case LENGTH -> {
                    ByteBuffer piece = piece(data);
                    state = left == 0 ? State.DONE : State.LENGTH;
                    return piece;
                }
                case UNTIL_END -> {
                    left = data.remaining();
                    return piece(data);
                }
                case CHUNK_DATA -> {
                    ByteBuffer piece = piece(data);
                    state = left == 0 ? State.CHUNK_DATA_CR : State.CHUNK_DATA;
                    return piece;
                }
                default -> framing(data.get());
            }
        }
        return null;
    }

    private ByteBuffer piece(ByteBuffer data) throws HttpException {
        int size = (int) Math.min(left, data.remaining());
        ByteBuffer piece = data.slice(data.position(), size);
        data.position(data.position() + size);
        left -= size;
        total += size;
        if (total > limits.maxBodyBytes()) {
            throw new HttpException(Reason.BODY_TOO_LARGE, "more than " + limits.maxBodyBytes() + " bytes of body");
        }
        return piece;
    }

    private void framing(byte b) throws HttpException {
        switch (state) {
            case CHUNK_SIZE -> size(b);
            case CHUNK_EXTENSION -> extension(b);
            case CHUNK_SIZE_LF -> {
                expect(b, '\n');
                state = left == 0 ? State.TRAILER : State.CHUNK_DATA;
            }
            case CHUNK_DATA_CR -> {
                expect(b, '\r');
                state = State.CHUNK_DATA_LF;
            }
            case CHUNK_DATA_LF -> {
                expect(b, '\n');
                digits = 0;
                state = State.CHUNK_SIZE;
            }
            case TRAILER -> trailer(b);
            case TRAILER_LF -> {
                expect(b, '\n');
                trailerEnded();
            }
            default -> throw new IllegalStateException(state.name());
        }
    }

    private void size(byte b) throws HttpException {
        int digit = b > 0 ? Character.digit(b, 16) : -1;
        if (digit >= 0) {
            left = digits == 0 ? digit : left << 4 | digit;
            if (++digits > MAX_SIZE_DIGITS) {
                throw new HttpException(Reason.BAD_MESSAGE, "the size of a chunk is too long");
            }
            if (left > limits.maxBodyBytes() - total) {
                throw new HttpException(Reason.BODY_TOO_LARGE, "more than " + limits.maxBodyBytes() + " bytes of body");
            }
        } else if (digits > 0 && b == '\r') {
            state = State.CHUNK_SIZE_LF;
        } else if (digits > 0 && b == ';') {
            state = State.CHUNK_EXTENSION;
        } else {
            throw new HttpException(Reason.BAD_MESSAGE, "the size of a chunk is no hexadecimal number");
        }
    }

    private void extension(byte b) throws HttpException {
        if (b == '\r') {
            state = State.CHUNK_SIZE_LF;
        } else if (b >= 0 && b < ' ' && b != '\t' || b == 0x7f) {
            throw new HttpException(Reason.BAD_MESSAGE, "a control character in a chunk extension");
        } else {
            count();
        }
    }

    private void trailer(byte b) throws HttpException {
        if (b == '\r') {
            state = State.TRAILER_LF;
        } else {
            line.append((char) (b & 0xff));
            count();
        }
    }

    private void count() throws HttpException {
        if (++overhead > limits.maxHeadBytes()) {
            throw new HttpException(Reason.HEADERS_TOO_LARGE, "chunk extensions or trailers are too large");
        }
    }

    private void trailerEnded() throws HttpException {
        if (line.isEmpty()) {
            state = State.DONE;
            return;
        }
        int colon = line.indexOf(":");
        try {
            if (colon < 0 || trailers.size() == limits.maxHeaders()) {
                throw new IllegalArgumentException("no colon, or too many");
            }
            trailers.add(line.substring(0, colon), line.substring(colon + 1).strip());
        } catch (IllegalArgumentException e) {
            throw new HttpException(Reason.BAD_MESSAGE, "a trailer is no field: " + e.getMessage());
        }
        line.setLength(0);
        state = State.TRAILER;
    }

    private static void expect(byte b, char wanted) throws HttpException {
        if (b != wanted) {
            throw new HttpException(Reason.BAD_MESSAGE, "CR LF is missing in the chunks");
        }
    }
}
