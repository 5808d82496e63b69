package dev.torus.kernel;

/** The operation was cancelled (ECANCELED), by the program or because its handle was closed. */
public final class OperationCancelledException extends TorusIoException {
    private static final long serialVersionUID = 1L;

    OperationCancelledException(int code, String operation, String subject, String detail) {
        super(code, operation, subject, detail);
    }
}
