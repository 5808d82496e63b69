package dev.torus.loop;

import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** The JDK's engine of one connection, with buffers for its results: plain text to records and back. */
final class TlsRecords {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    /** Content type of handshake records (RFC 8446, section 5.1). */
    private static final byte HANDSHAKE = 22;

    private final SSLEngine engine;
    private final TlsBuffers buffers;
    private boolean outboundClosed;
    /** The stream below asks to wait. */
    private boolean full;

    private TlsRecords(SSLEngine engine, TlsOptions options, TlsBuffers buffers) {
        this.engine = engine;
        this.buffers = buffers;
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(options.protocols().toArray(String[]::new));
        if (!options.cipherSuites().isEmpty()) {
            parameters.setCipherSuites(options.cipherSuites().toArray(String[]::new));
        }
        parameters.setApplicationProtocols(options.applicationProtocols().toArray(String[]::new));
        engine.setSSLParameters(parameters);
    }

    static TlsRecords ofServer(TlsOptions options, TlsBuffers buffers) {
        SSLEngine engine = options.context().createSSLEngine();
        engine.setUseClientMode(false);
        TlsRecords records = new TlsRecords(engine, options, buffers);
        SSLParameters parameters = engine.getSSLParameters();
        switch (options.clientAuthentication()) {
            case WANTED -> parameters.setWantClientAuth(true);
            case NEEDED -> parameters.setNeedClientAuth(true);
            default -> parameters.setWantClientAuth(false);
        }
        engine.setSSLParameters(parameters);
        return records;
    }

    /** For a client of a host, which may be an address, and a port. */
    static TlsRecords ofClient(TlsOptions options, TlsBuffers buffers, String host, int port) {
        String name = options.serverName() == null ? host : options.serverName();
        SSLEngine engine = options.context().createSSLEngine(name, port);
        engine.setUseClientMode(true);
        TlsRecords records = new TlsRecords(engine, options, buffers);
        SSLParameters parameters = engine.getSSLParameters();
        if (options.verifiesHostname()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        // addresses are no names (RFC 6066, section 3)
        boolean isName = name.indexOf(':') < 0 && !name.matches("[0-9.]*");
        parameters.setServerNames(isName ? List.of(new SNIHostName(name)) : List.of());
        engine.setSSLParameters(parameters);
        return records;
    }

    SSLEngine engine() {
        return engine;
    }

    HandshakeStatus status() {
        return engine.getHandshakeStatus();
    }

    void begin() throws SSLException {
        try {
            engine.beginHandshake();
        } catch (RuntimeException e) {
            throw broken(e);
        }
    }

    /**
     * Encrypts one record, or what the handshake has to say, and writes it.
     *
     * @return whether there may be more to write now
     */
    boolean encrypt(ByteBuffer plain, Duplex to) throws SSLException {
        int before = plain.remaining();
        ByteBuffer record = buffers.take(engine.getSession().getPacketBufferSize());
        try {
            SSLEngineResult result = wrap(plain, record);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                buffers.give(record);
                record = ByteBuffer.allocateDirect(2 * record.capacity());
                result = wrap(plain, record);
            }
            if (record.position() > 0) {
                full = !to.write(record.flip());
            }
            return result.bytesProduced() > 0 || plain.remaining() < before;
        } finally {
            buffers.give(record);
        }
    }

    private SSLEngineResult wrap(ByteBuffer plain, ByteBuffer record) throws SSLException {
        try {
            return engine.wrap(plain, record);
        } catch (RuntimeException e) {
            throw broken(e);
        }
    }

    /** The engine throws runtime exceptions too, such as for absurd parameters of a peer. */
    private static SSLException broken(RuntimeException e) {
        return new SSLException(String.valueOf(e), e);
    }

    boolean isFull() {
        return full;
    }

    /** The stream below has sent what it had. */
    void drained() {
        full = false;
    }

    boolean encryptHandshake(Duplex to) throws SSLException {
        return encrypt(NOTHING, to);
    }

    /** Writes close_notify; nothing goes out after it. */
    void close(Duplex to) throws SSLException {
        if (!outboundClosed) {
            outboundClosed = true;
            engine.closeOutbound();
            drain(to);
        }
    }

    /** Writes what the engine still has, such as the alert that says why it gave up. */
    void drain(Duplex to) throws SSLException {
        while (!engine.isOutboundDone() && encryptHandshake(to)) {
            // one record after the other
        }
    }

    /** Takes one record; see {@link SSLEngine#unwrap(ByteBuffer, ByteBuffer)}. */
    SSLEngineResult decrypt(ByteBuffer records, ByteBuffer plain) throws SSLException {
        try {
            return engine.unwrap(records, plain);
        } catch (RuntimeException e) {
            throw broken(e);
        }
    }

    /** Whether the next record after a handshake begins another one. TLS 1.3 hides that, and cannot renegotiate. */
    boolean renegotiates(ByteBuffer records) {
        return records.get(records.position()) == HANDSHAKE && endsTogether();
    }

    /** Before TLS 1.3 the close_notify of one side ends both (RFC 5246, section 7.2.1); the engine answers it at once. */
    boolean endsTogether() {
        return !engine.getSession().getProtocol().equals("TLSv1.3");
    }
}
