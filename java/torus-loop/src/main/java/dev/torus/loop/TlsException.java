package dev.torus.loop;

import java.io.IOException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** A TLS connection that could not be made, or did not end as TLS demands; the cause says more. */
public final class TlsException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Reason {
        /** The two sides do not agree, or what came is no TLS. */
        HANDSHAKE,
        /** The peer's certificate is missing, not trusted, or made for another name. */
        CERTIFICATE,
        /** The handshake was not over within its time. */
        TIMEOUT,
        /** The connection ended without the peer's close_notify: what came may be cut off (RFC 8446, section 6.1). */
        TRUNCATED,
        /** The peer wants to renegotiate, which TLS 1.3 has abolished and which is refused in TLS 1.2 too. */
        RENEGOTIATION,
        /** After the handshake the peer sent what is no TLS, was changed on the way, or was a fatal alert. */
        PROTOCOL
    }

    private final Reason reason;

    TlsException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    TlsException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Of what the JDK's engine threw. */
    static TlsException of(Throwable thrown, boolean established) {
        Reason reason = established ? Reason.PROTOCOL : Reason.HANDSHAKE;
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause instanceof SSLPeerUnverifiedException) {
                reason = Reason.CERTIFICATE;
            }
        }
        return new TlsException(
                reason, (established ? "TLS: " : "TLS handshake: ") + String.valueOf(thrown.getMessage()), thrown);
    }

    /** What went wrong. */
    public Reason reason() {
        return reason;
    }
}
