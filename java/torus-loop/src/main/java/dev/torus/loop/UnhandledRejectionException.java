package dev.torus.loop;

/** A promise was rejected and nothing handles it; the cause is the reason. */
public final class UnhandledRejectionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnhandledRejectionException(Throwable reason) {
        super("unhandled rejection: " + reason, reason);
    }
}
