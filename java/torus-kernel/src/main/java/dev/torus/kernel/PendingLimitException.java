package dev.torus.kernel;

/** The high watermark on pending operations is reached: drain completions first, or open the kernel with a higher one. */
public final class PendingLimitException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PendingLimitException(String message) {
        super(message);
    }
}
