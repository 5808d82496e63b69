package dev.torus.kernel;

/** The file, directory or socket path does not exist (ENOENT). */
public final class NoSuchPathException extends TorusIoException {
    private static final long serialVersionUID = 1L;

    NoSuchPathException(int code, String operation, String subject, String detail) {
        super(code, operation, subject, detail);
    }
}
