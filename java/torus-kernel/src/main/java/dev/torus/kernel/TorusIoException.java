package dev.torus.kernel;

import java.io.IOException;

/** A failed operation: names the operation, the error and what it was done to. Common errors have a subclass each. */
public class TorusIoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final String operation;
    private final String subject;

    TorusIoException(int code, String operation, String subject, String detail) {
        super(message(code, operation, subject, detail));
        this.code = code;
        this.operation = operation;
        this.subject = subject;
    }

    private static String message(int code, String operation, String subject, String detail) {
        String message = operation + (subject == null ? "" : " " + subject) + ": " + Errno.describe(code);
        return detail == null ? message : message + " (" + detail + ")";
    }

    /** The exception for a negative result. */
    public static TorusIoException of(String operation, String subject, long result) {
        return of(operation, subject, result, 0, null);
    }

    /**
     * The exception for a completion.
     *
     * @param operation what was done, e.g. "connect"
     * @param subject address or path it was done to, or null
     * @param result the negative result
     * @param flags flags of the completion; tells a passed deadline from a cancellation
     * @param detail the system's own message, see {@link IoKernel#failureDetail()}, or null
     */
    public static TorusIoException of(String operation, String subject, long result, int flags, String detail) {
        int code = (int) -result;
        return switch (Errno.of(code)) {
            case ECANCELED ->
                Completions.timedOut(flags)
                        ? new OperationTimedOutException(Errno.ETIMEDOUT.code(), operation, subject, "deadline passed")
                        : new OperationCancelledException(code, operation, subject, detail);
            case ETIMEDOUT -> new OperationTimedOutException(code, operation, subject, detail);
            case ENOENT -> new NoSuchPathException(code, operation, subject, detail);
            case EADDRINUSE -> new AddressInUseException(code, operation, subject, detail);
            case EMFILE, ENFILE -> new DescriptorLimitException(code, operation, subject, detail);
            case ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE, EHOSTUNREACH, ENETUNREACH ->
                new ConnectionFailedException(code, operation, subject, detail);
            default -> new TorusIoException(code, operation, subject, detail);
        };
    }

    /** The error; {@link Errno#UNKNOWN} for a number without a constant. */
    public Errno errno() {
        return Errno.of(code);
    }

    /** The error's number, positive. */
    public int code() {
        return code;
    }

    /** What was done. */
    public String operation() {
        return operation;
    }

    /** Address or path it was done to, or null. */
    public String subject() {
        return subject;
    }
}
