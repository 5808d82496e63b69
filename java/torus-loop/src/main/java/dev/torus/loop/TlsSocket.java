package dev.torus.loop;

import dev.torus.loop.TlsException.Reason;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * TLS over a stream, by the JDK's engine. Callbacks come in Node's order: secureConnect, data, end, close; a failure comes in the place
 * of what it prevents. What is written before the handshake is over is kept until then. What is written within one callback is joined
 * in records. Long calculations of the handshake run on the worker pool.
 *
 * <p>A connection that ends without the peer's close_notify is {@link TlsException.Reason#TRUNCATED}, not an end. Loop thread only.
 */
public final class TlsSocket implements Duplex {
    private static final int DEFAULT_HIGH_WATERMARK = 64 * 1024;
    /** How long the peer may take to close once both sides have ended, in milliseconds. */
    private static final int LINGER_MILLIS = 1000;
    /** When the pool has no room for a handshake's calculations, they are tried again after so many milliseconds. */
    private static final int REST_MILLIS = 10;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);
    private static final Runnable NOTHING = () -> {};

    private final EventLoop loop;
    private final Duplex transport;
    private final TlsRecords records;
    private final TlsBuffers buffers;
    private final TlsIncoming incoming = new TlsIncoming();
    private final TlsPlaintext outgoing;
    private final Runnable flush = this::flush;
    private final Runnable deliverData = this::deliverData;
    private Timeout timer;

    private boolean begun;
    private boolean established;
    /** Calculations are on the pool; the engine waits for them. */
    private boolean calculating;

    private boolean pumping;
    private boolean flushScheduled;
    private boolean wantsData;
    private boolean paused;
    private boolean allowHalfOpen;
    private boolean endDelivered;
    private boolean ending;
    private boolean sentEnd;
    /** It failed or was destroyed: only the close callback is to come. */
    private boolean over;

    private boolean closed;
    /** The program was told to wait. */
    private boolean owesDrain;

    private int highWatermark = DEFAULT_HIGH_WATERMARK;
    private ByteBuffer decrypted;

    private Runnable onSecureConnect = NOTHING;
    private Consumer<ByteBuffer> onData;
    private Runnable onEnd = NOTHING;
    private Runnable onDrain = NOTHING;
    private Runnable onClose = NOTHING;
    private Consumer<IOException> onFailure;

    TlsSocket(EventLoop loop, Duplex transport, TlsRecords records, TlsBuffers buffers, TlsOptions options) {
        this.loop = loop;
        this.transport = transport;
        this.records = records;
        this.buffers = buffers;
        this.outgoing = new TlsPlaintext(buffers);
        timer = loop.setTimeout(
                        options.handshakeTimeout(),
                        () -> fail(new TlsException(
                                Reason.TIMEOUT,
                                "TLS handshake: not over within "
                                        + options.handshakeTimeout().toMillis() + " ms")))
                .unref();
        transport.onFailure(this::transportFailed);
        transport.onClose(this::transportClosed);
        transport.onDrain(this::transportDrained);
        transport.onEnd(this::transportEnded);
        transport.onData(this::arrived);
        loop.nextTick(this::begin);
    }

    // ---- handlers
    // ----------------------------------------------------------------------------------------------------

    /** Called once the handshake is over and the peer is who it should be; before any data. */
    public TlsSocket onSecureConnect(Runnable handler) {
        onSecureConnect = Objects.requireNonNull(handler, "handler");
        return this;
    }

    @Override
    public TlsSocket onData(Consumer<ByteBuffer> handler) {
        onData = handler;
        want();
        return this;
    }

    /** Called when the peer has sent its close_notify, after all data. Unless half-open is allowed, this side ends then too. */
    @Override
    public TlsSocket onEnd(Runnable handler) {
        onEnd = Objects.requireNonNull(handler, "handler");
        want();
        return this;
    }

    @Override
    public TlsSocket onDrain(Runnable handler) {
        onDrain = Objects.requireNonNull(handler, "handler");
        return this;
    }

    @Override
    public TlsSocket onClose(Runnable handler) {
        onClose = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called with a {@link TlsException}, or with what happened to the stream below; close follows. */
    @Override
    public TlsSocket onFailure(Consumer<IOException> handler) {
        onFailure = handler;
        return this;
    }

    /**
     * Leaves it to the program to end this side when the peer has ended. That needs TLS 1.3: before, the peer's close_notify ends both
     * sides at once, and what is queued or written then is discarded (RFC 5246, section 7.2.1).
     */
    public TlsSocket allowHalfOpen(boolean allow) {
        allowHalfOpen = allow;
        return this;
    }

    // ---- handshake
    // ---------------------------------------------------------------------------------------------------

    private void begin() {
        if (over) {
            return;
        }
        begun = true;
        try {
            records.begin();
            goOn();
        } catch (SSLException e) {
            fail(TlsException.of(e, false));
        }
    }

    private void calculate() {
        calculating = true;
        try {
            loop.blocking(() -> {
                        Runnable task;
                        while ((task = records.engine().getDelegatedTask()) != null) {
                            task.run();
                        }
                        return null;
                    })
                    .onSettled((nothing, failure) -> calculated(failure));
        } catch (RuntimeException full) {
            loop.setTimeout(REST_MILLIS, () -> calculated(null));
        }
    }

    private void calculated(Throwable failure) {
        calculating = false;
        if (over) {
            return;
        }
        if (failure != null) {
            fail(TlsException.of(failure, established));
        } else {
            goOn();
            if (established) {
                flush();
            }
        }
    }

    private void established() {
        if (established) {
            return;
        }
        established = true;
        timer.clear();
        loop.macrotask(onSecureConnect);
        if (!over) {
            flush();
        }
    }

    // ---- reading
    // -----------------------------------------------------------------------------------------------------

    private void want() {
        if (!wantsData) {
            wantsData = true;
            goOnLater();
        }
    }

    @Override
    public void pause() {
        loop.checkThread();
        paused = true;
        updateReading();
    }

    /** Goes on reading, or begins to: also without a data handler, and then what arrives is dropped. */
    @Override
    public void resume() {
        loop.checkThread();
        if (paused || !wantsData) {
            paused = false;
            wantsData = true;
            goOnLater();
        }
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    /** What was kept is taken in a later callback (R1). */
    private void goOnLater() {
        if (!over && established) {
            loop.pending().add(() -> {
                if (!over && !calculating) {
                    goOn();
                }
            });
        }
    }

    private void goOn() {
        pump(incoming.isEmpty() ? EMPTY : incoming.kept());
    }

    private boolean mayDeliver() {
        return wantsData && !paused;
    }

    private void arrived(ByteBuffer data) {
        if (over || endDelivered) {
            data.position(data.limit());
        } else if (!begun || calculating || pumping) {
            incoming.with(data);
            updateReading();
        } else {
            pump(incoming.isEmpty() ? data : incoming.with(data));
            if (data.hasRemaining() && !over && !endDelivered) {
                incoming.with(data);
            }
        }
    }

    /** Goes on with the handshake and with what has come until something has to be waited for. */
    private void pump(ByteBuffer in) {
        if (pumping || calculating) {
            return;
        }
        pumping = true;
        try {
            while (!over && step(in)) {
                // one record or answer after the other
            }
        } catch (TlsException refused) {
            fail(refused);
        } catch (SSLException e) {
            fail(TlsException.of(e, established));
        } finally {
            pumping = false;
            incoming.releaseIfRead();
        }
        updateReading();
    }

    /** Whether there may be more to do now. */
    private boolean step(ByteBuffer in) throws TlsException, SSLException {
        HandshakeStatus status = records.status();
        if (status == HandshakeStatus.NEED_TASK) {
            calculate();
            return false;
        }
        if (endDelivered) {
            return false;
        }
        if (status == HandshakeStatus.NEED_WRAP) {
            // throws what went wrong in a calculation
            return records.encryptHandshake(transport) || records.status() != HandshakeStatus.NEED_WRAP;
        }
        if (status == HandshakeStatus.NOT_HANDSHAKING && !established) {
            established();
            return true;
        }
        return (!established || mayDeliver()) && in.hasRemaining() && decrypt(in);
    }

    private boolean decrypt(ByteBuffer in) throws TlsException, SSLException {
        if (established && records.renegotiates(in)) {
            throw new TlsException(Reason.RENEGOTIATION, "TLS: the peer wants to renegotiate");
        }
        ByteBuffer plain = buffers.take(records.engine().getSession().getApplicationBufferSize());
        try {
            SSLEngineResult result = records.decrypt(in, plain);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                buffers.give(plain);
                plain = ByteBuffer.allocateDirect(2 * plain.capacity());
                result = records.decrypt(in, plain);
            }
            if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
                established();
            }
            if (plain.position() > 0 && !over) {
                decrypted = plain.flip();
                loop.macrotask(deliverData);
            }
            if (result.getStatus() == SSLEngineResult.Status.CLOSED && !over) {
                peerEnded();
            }
            return result.getStatus() == SSLEngineResult.Status.OK;
        } finally {
            decrypted = null;
            buffers.give(plain);
        }
    }

    private void deliverData() {
        if (onData != null) {
            onData.accept(decrypted);
        }
    }

    /** The stream below is read while what it brings can be taken. */
    private void updateReading() {
        if (over || transport.isDestroyed()) {
            return;
        }
        boolean wanted = !calculating && (!established || mayDeliver() || endDelivered);
        if (wanted && transport.isPaused()) {
            transport.resume();
        } else if (!wanted && !transport.isPaused()) {
            transport.pause();
        }
    }

    private void peerEnded() {
        if (!established) {
            fail(new TlsException(Reason.HANDSHAKE, "TLS handshake: the peer ended it"));
        } else if (!endDelivered) {
            endDelivered = true;
            incoming.clear();
            loop.macrotask(onEnd);
            if (!over && records.endsTogether()) {
                endTogether();
            } else if (!over && !allowHalfOpen) {
                end();
            }
            closeIfBothEnded();
        }
    }

    private void endTogether() {
        ending = true;
        outgoing.clear();
        if (!sentEnd) {
            sendEnd();
        }
    }

    private void transportEnded() {
        if (over || endDelivered) {
            return;
        }
        if (established) {
            fail(new TlsException(Reason.TRUNCATED, "TLS: the connection ended without the peer's close_notify"));
        } else {
            fail(new TlsException(Reason.HANDSHAKE, "TLS handshake: the peer ended the connection"));
        }
    }

    // ---- writing
    // -----------------------------------------------------------------------------------------------------

    /** Queues a text in UTF-8; see {@link #write(ByteBuffer)}. */
    public boolean write(String text) {
        return write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public boolean write(ByteBuffer data) {
        loop.checkThread();
        if (endDelivered && sentEnd && !over && records.endsTogether()) {
            data.position(data.limit());
            return true;
        }
        if (ending || over) {
            throw new IllegalStateException(over ? "write after destroy" : "write after end");
        }
        if (canEncrypt() && data.remaining() >= TlsPlaintext.RECORD_BYTES) {
            // too large to be joined with others; it must not overtake those
            flush();
            encryptAll(data);
        }
        if (over) {
            data.position(data.limit());
            return true;
        }
        if (data.hasRemaining()) {
            outgoing.add(data);
            flushLater();
        }
        boolean room = queuedBytes() <= highWatermark && !records.isFull();
        owesDrain |= !room;
        return room;
    }

    private boolean canEncrypt() {
        return established && !calculating && !over && !sentEnd;
    }

    private void flushLater() {
        if (!flushScheduled && established) {
            flushScheduled = true;
            loop.nextTick(flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        while (canEncrypt() && !outgoing.isEmpty()) {
            ByteBuffer plain = outgoing.poll();
            encryptAll(plain);
            buffers.give(plain);
        }
        if (ending && canEncrypt()) {
            sendEnd();
        }
        if (owesDrain && canEncrypt() && outgoing.isEmpty() && !records.isFull()) {
            owesDrain = false;
            loop.nextTick(() -> onDrain.run());
        }
    }

    private void encryptAll(ByteBuffer plain) {
        try {
            while (plain.hasRemaining() && !over) {
                if (!records.encrypt(plain, transport)) {
                    throw new SSLException("the engine takes no more data");
                }
            }
        } catch (SSLException e) {
            fail(TlsException.of(e, true));
        }
    }

    private void sendEnd() {
        sentEnd = true;
        try {
            records.close(transport);
            transport.end();
            closeIfBothEnded();
        } catch (SSLException e) {
            fail(TlsException.of(e, true));
        }
    }

    private void transportDrained() {
        records.drained();
        if (!over) {
            flush();
        }
    }

    /** Sends what is queued and then close_notify; the other direction stays usable. */
    @Override
    public void end() {
        loop.checkThread();
        if (!ending && !over) {
            ending = true;
            flushLater();
        }
    }

    /** Sends a last text and ends this side. */
    public void end(String text) {
        write(text);
        end();
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    /** The peer has nothing more to say and all was said to it: it closes, or this side does. */
    private void closeIfBothEnded() {
        if (sentEnd && endDelivered && !over) {
            linger();
        }
    }

    /** Gives the peer time to take what is under way, and closes. */
    private void linger() {
        timer.clear();
        timer = loop.setTimeout(LINGER_MILLIS, () -> {
                    if (transport.queuedBytes() > 0 && !over) {
                        linger();
                    } else {
                        transport.destroy();
                    }
                })
                .unref();
    }

    /** Says why to the peer, if that can be said, and to the program; then it closes. */
    private void fail(IOException failure) {
        if (over) {
            return;
        }
        over = true;
        release();
        try {
            if (!sentEnd && !transport.isDestroyed()) {
                if (failure instanceof TlsException tls && tls.reason() == Reason.RENEGOTIATION) {
                    records.close(transport);
                } else {
                    records.drain(transport);
                }
                transport.end();
            }
        } catch (SSLException e) {
            // the engine is broken: there is nothing to say
            failure.addSuppressed(e);
        }
        if (!transport.isDestroyed()) {
            if (transport.isPaused()) {
                // what still comes is thrown away, so that no reset overtakes the alert
                transport.resume();
            }
            linger();
        }
        loop.macrotask(() -> tell(failure));
    }

    private void tell(IOException failure) {
        if (onFailure == null) {
            throw new UncheckedLoopException(failure);
        }
        onFailure.accept(failure);
    }

    private void transportFailed(IOException failure) {
        if (!over) {
            over = true;
            release();
            tell(failure);
        }
    }

    private void transportClosed() {
        over = true;
        closed = true;
        release();
        onClose.run();
    }

    private void release() {
        timer.clear();
        outgoing.clear();
        incoming.clear();
    }

    /** Closes at once and without a word to the peer: what is queued is dropped, and only the close callback follows. */
    @Override
    public void destroy() {
        loop.checkThread();
        if (!over) {
            over = true;
            release();
        }
        transport.destroy();
    }

    @Override
    public boolean isDestroyed() {
        return over || closed;
    }

    // ---- what it is
    // --------------------------------------------------------------------------------------------------

    /** Bytes that may be queued before {@link #write} answers false. */
    public TlsSocket highWatermark(int bytes) {
        highWatermark = bytes;
        if (transport instanceof Socket socket) {
            socket.highWatermark(bytes);
        } else if (transport instanceof TlsSocket below) {
            below.highWatermark(bytes);
        }
        return this;
    }

    /** Bytes queued: those that are not encrypted yet, and records that the system has not taken. */
    @Override
    public int queuedBytes() {
        return outgoing.bytes() + transport.queuedBytes();
    }

    @Override
    public SocketAddress remoteAddress() {
        return transport.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return transport.localAddress();
    }

    /** Whether the handshake is over. */
    public boolean isEstablished() {
        return established;
    }

    /** What was agreed upon; before the handshake is over it says nothing. */
    public SSLSession session() {
        return records.engine().getSession();
    }

    /** The protocol that both sides chose (ALPN), or empty. */
    public String applicationProtocol() {
        String chosen = records.engine().getApplicationProtocol();
        return chosen == null ? "" : chosen;
    }

    /** The name that the client asked for (SNI), or null. */
    public String serverName() {
        if (session() instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    /** The peer's certificate and those that vouch for it, its own first; empty if it has shown none. */
    public List<Certificate> peerCertificates() {
        try {
            return List.of(session().getPeerCertificates());
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        }
    }

    /** The stream below. */
    public Duplex transport() {
        return transport;
    }

    @Override
    public String toString() {
        return "TLS over " + transport;
    }
}
