package dev.torus.kernel.spi;

import java.io.IOException;

/** The backend that was asked for cannot be used here; the message says which one and why. */
public final class BackendUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    public BackendUnavailableException(String message) {
        super(message);
    }

    public BackendUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
