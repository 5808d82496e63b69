package dev.torus.kernel;

/** The connection was refused, reset, aborted or its peer is gone or unreachable. */
public final class ConnectionFailedException extends TorusIoException {
    private static final long serialVersionUID = 1L;

    ConnectionFailedException(int code, String operation, String subject, String detail) {
        super(code, operation, subject, detail);
    }
}
