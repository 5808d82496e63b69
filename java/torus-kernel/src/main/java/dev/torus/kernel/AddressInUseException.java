package dev.torus.kernel;

/** The address is bound by another socket (EADDRINUSE). */
public final class AddressInUseException extends TorusIoException {
    private static final long serialVersionUID = 1L;

    AddressInUseException(int code, String operation, String subject, String detail) {
        super(code, operation, subject, detail);
    }
}
