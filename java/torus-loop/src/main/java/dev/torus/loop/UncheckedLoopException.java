package dev.torus.loop;

/** An error event that no handler takes; the cause says what went wrong. */
public final class UncheckedLoopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UncheckedLoopException(Exception cause) {
        super("error event without a handler: " + cause.getMessage(), cause);
    }
}
