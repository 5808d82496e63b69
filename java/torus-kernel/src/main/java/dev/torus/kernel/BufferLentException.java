package dev.torus.kernel;

/** The buffer belongs to a pending operation, which would read or write it at the same time. */
public final class BufferLentException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    BufferLentException(String message) {
        super(message);
    }
}
