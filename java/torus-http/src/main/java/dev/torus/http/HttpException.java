package dev.torus.http;

import java.io.IOException;

/** A message or a peer that broke HTTP's rules or this side's limits. */
public class HttpException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Reason {
        /** The message is not well-formed, or leaves a doubt about its length. */
        BAD_MESSAGE(400),
        /** The peer was too slow: head, body or answer did not come in time. */
        TIMEOUT(408),
        /** The body is longer than this side takes. */
        BODY_TOO_LARGE(413),
        /** The request's target is longer than this side takes. */
        TARGET_TOO_LONG(414),
        /** An Expect field other than 100-continue. */
        UNKNOWN_EXPECTATION(417),
        /** The head has more bytes or fields than this side takes. */
        HEADERS_TOO_LARGE(431),
        /** A transfer coding or method that this side does not have. */
        NOT_IMPLEMENTED(501),
        /** Another major version than 1. */
        UNKNOWN_VERSION(505),
        /** A client could not connect; the cause tells why. */
        NO_CONNECTION(0),
        /** The peer ended or reset the connection within a message. */
        CONNECTION_LOST(0),
        /** This side ended it: destroyed, or the client was. */
        ABORTED(0);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        /** Status that a server answers, or 0 where there is nobody to answer. */
        public int status() {
            return status;
        }

        static Reason ofStatus(int status) {
            for (Reason reason : values()) {
                if (reason.status == status && status != 0) {
                    return reason;
                }
            }
            return BAD_MESSAGE;
        }
    }

    private final Reason reason;

    HttpException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    HttpException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What went wrong. */
    public Reason reason() {
        return reason;
    }
}
