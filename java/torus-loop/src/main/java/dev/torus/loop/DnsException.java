package dev.torus.loop;

import java.io.IOException;

/** A name server's answer that is no record; names what was asked and the server. */
public final class DnsException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why there is no record. */
    public enum Reason {
        /** There is no such name (NXDOMAIN). */
        NO_SUCH_NAME,
        /** The name has no record of the kind. */
        NO_SUCH_RECORD,
        /** The server failed or refused (SERVFAIL, REFUSED and the like); the message has its code. */
        SERVER_FAILED,
        /** The answer could not be understood. */
        MALFORMED
    }

    private final Reason reason;

    DnsException(Reason reason, String question, String detail) {
        super(question + ": " + detail);
        this.reason = reason;
    }

    /** Why there is no record. */
    public Reason reason() {
        return reason;
    }
}
