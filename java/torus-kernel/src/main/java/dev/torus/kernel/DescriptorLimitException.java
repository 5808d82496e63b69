package dev.torus.kernel;

/** The process or the system has too many open descriptors (EMFILE, ENFILE). */
public final class DescriptorLimitException extends TorusIoException {
    private static final long serialVersionUID = 1L;

    DescriptorLimitException(int code, String operation, String subject, String detail) {
        super(code, operation, subject, detail);
    }
}
