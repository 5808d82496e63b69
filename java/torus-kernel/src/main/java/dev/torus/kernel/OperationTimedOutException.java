package dev.torus.kernel;

/** The deadline of the operation passed, or the peer did not answer in time (ETIMEDOUT). */
public final class OperationTimedOutException extends TorusIoException {
    private static final long serialVersionUID = 1L;

    OperationTimedOutException(int code, String operation, String subject, String detail) {
        super(code, operation, subject, detail);
    }
}
