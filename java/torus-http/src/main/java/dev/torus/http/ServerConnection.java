package dev.torus.http;

import dev.torus.http.HttpException.Reason;
import dev.torus.loop.Duplex;
import dev.torus.loop.EventLoop;
import dev.torus.loop.TlsException;
import dev.torus.loop.TlsSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One client of a server. Requests are taken one after the other: the next is read when the answer before has ended, so that pipelined
 * requests are answered in order and a client that sends ahead is held up.
 */
final class ServerConnection {
    /** A body up to this length goes out in one piece with its head. */
    static final int JOINED_BYTES = 16 * 1024;
    /** What a client may send ahead before it is held up. */
    private static final int MAX_AHEAD_BYTES = 64 * 1024;

    /** How long a client may take to end its side once the last answer is on its way. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private enum Phase {
        /** Between requests, or before the first. */
        IDLE,
        HEAD,
        /** A request is being answered; its body may still be coming. */
        EXCHANGE,
        /** The last answer is on its way; what still comes is thrown away, so that no reset overtakes it. */
        LINGER,
        CLOSED
    }

    private final HttpServer server;
    private final Duplex stream;
    private final Head head;
    private final Body body;
    private Phase phase = Phase.IDLE;
    /** Index in the server's list. */
    int index;

    private HttpRequest request;
    private HttpResponse response;
    private boolean skipsBody;
    private boolean keepAlive = true;
    private boolean processing;
    private boolean scheduled;
    private boolean peerEnded;
    /** What has come and cannot be taken yet; its position is behind what it holds. */
    private ByteBuffer ahead;

    private long deadline;
    private int queuedAtSweep;
    private long writeDeadline;

    ServerConnection(HttpServer server, Duplex stream) {
        this.server = server;
        this.stream = stream;
        this.head = Head.ofRequests(server.limits(), server.heads());
        this.body = new Body(server.limits());
        deadline = server.afterHeadersTimeout();
        stream.onFailure(this::streamFailed);
        stream.onClose(this::closed);
        stream.onDrain(this::drained);
        stream.onEnd(this::peerEnded);
        stream.onData(this::arrived);
    }

    EventLoop loop() {
        return server.loop();
    }

    Wire wire() {
        return server.wire();
    }

    HttpHeaders trailers() {
        return body.trailers();
    }

    SocketAddress remoteAddress() {
        return stream.remoteAddress();
    }

    TlsSocket tls() {
        return stream instanceof TlsSocket secure ? secure : null;
    }

    boolean isIdle() {
        return phase == Phase.IDLE && ahead == null;
    }

    // ---- reading
    // -----------------------------------------------------------------------------------------------------

    private void arrived(ByteBuffer data) {
        if (phase == Phase.LINGER || phase == Phase.CLOSED) {
            return;
        }
        if (ahead != null || processing || isBlocked()) {
            keep(data);
            if (!isBlocked()) {
                unblocked();
            }
            return;
        }
        guarded(data);
        if (data.hasRemaining() && phase.compareTo(Phase.LINGER) < 0) {
            keep(data);
        }
    }

    private void keep(ByteBuffer data) {
        if (ahead == null) {
            ahead = ByteBuffer.allocate(Math.max(512, data.remaining()));
        } else if (ahead.remaining() < data.remaining()) {
            ByteBuffer larger = ByteBuffer.allocate(2 * ahead.capacity() + data.remaining());
            ahead = larger.put(ahead.flip());
        }
        ahead.put(data);
        if (ahead.position() > MAX_AHEAD_BYTES) {
            stream.pause();
        }
    }

    /** Something that held up reading is gone; what was kept is taken in a later callback. */
    void unblocked() {
        if ((ahead != null || stream.isPaused() || peerEnded) && !scheduled && !processing) {
            scheduled = true;
            loop().setImmediate(this::takeAhead);
        }
    }

    private void takeAhead() {
        scheduled = false;
        if (phase.compareTo(Phase.LINGER) >= 0 || isBlocked()) {
            return;
        }
        if (ahead != null) {
            ByteBuffer data = ahead.flip();
            ahead = null;
            guarded(data);
            if (data.hasRemaining() && phase.compareTo(Phase.LINGER) < 0) {
                keep(data);
            }
        }
        if (phase.compareTo(Phase.LINGER) >= 0) {
            return;
        }
        if (ahead == null && peerEnded) {
            ended();
        } else if (stream.isPaused() && (ahead == null || ahead.position() <= MAX_AHEAD_BYTES)) {
            stream.resume();
        }
    }

    /** Whether nothing more may be taken now. */
    private boolean isBlocked() {
        if (phase != Phase.EXCHANGE) {
            return false;
        }
        return request.isComplete() || !skipsBody && !body.isDone() && request.holdsUp();
    }

    private void guarded(ByteBuffer data) {
        processing = true;
        boolean returned = false;
        try {
            process(data);
            returned = true;
        } catch (HttpException bad) {
            returned = true;
            refuse(bad);
        } finally {
            processing = false;
            if (!returned) {
                crashed();
            }
        }
    }

    private void process(ByteBuffer data) throws HttpException {
        while (phase.compareTo(Phase.LINGER) < 0 && !isBlocked()) {
            if (phase != Phase.EXCHANGE) {
                if (!data.hasRemaining()) {
                    return;
                }
                if (phase == Phase.IDLE) {
                    phase = Phase.HEAD;
                    deadline = server.afterHeadersTimeout();
                }
                if (!head.read(data)) {
                    return;
                }
                begin();
            } else {
                ByteBuffer piece = body.next(data);
                if (piece != null) {
                    if (!skipsBody) {
                        request.deliver(piece);
                    }
                } else if (body.isDone()) {
                    requestCompleted();
                } else {
                    return;
                }
            }
        }
    }

    private void begin() throws HttpException {
        if (head.chunked) {
            body.chunked();
        } else if (head.contentLength > 0) {
            body.ofLength(head.contentLength);
        } else {
            body.none();
        }
        if (head.method.equals("CONNECT")) {
            throw new HttpException(Reason.NOT_IMPLEMENTED, "CONNECT");
        }
        keepAlive = head.keepAlive && !server.isClosing();
        phase = Phase.EXCHANGE;
        skipsBody = false;
        deadline = body.isDone() ? Long.MAX_VALUE : server.afterRequestTimeout();
        request = new HttpRequest(this, head);
        response = new HttpResponse(this, request);
        server.requestBegins();
        if (head.expectsContinue && !body.isDone() && head.minorVersion > 0) {
            if (server.checksContinue()) {
                server.checkContinue(request, response);
                return;
            }
            sendContinue();
        }
        server.handle(request, response);
    }

    private void requestCompleted() {
        deadline = Long.MAX_VALUE;
        request.completed();
        if (phase == Phase.EXCHANGE && response.isEnded()) {
            exchangeEnded();
        }
    }

    // ---- answering
    // ---------------------------------------------------------------------------------------------------

    boolean send(ByteBuffer data) {
        if (phase != Phase.EXCHANGE || stream.isDestroyed()) {
            data.position(data.limit());
            return true;
        }
        return stream.write(data);
    }

    void sendContinue() {
        send(wire().clear().interimContinue().built());
    }

    boolean keepsAlive() {
        return keepAlive && !server.isClosing();
    }

    void closeAfterThis() {
        keepAlive = false;
    }

    private void drained() {
        if (response != null) {
            response.drained();
        }
    }

    /** The handler has ended its answer; false framing cannot be mended but by ending the connection. */
    void responseEnded(boolean tooShort) {
        if (phase != Phase.EXCHANGE) {
            return;
        }
        if (tooShort) {
            destroy();
        } else if (request.isComplete()) {
            exchangeEnded();
            unblocked();
        } else {
            skipsBody = true;
            unblocked();
        }
    }

    private void exchangeEnded() {
        HttpResponse before = response;
        request = null;
        response = null;
        server.requestEnds();
        if (keepsAlive()) {
            phase = Phase.IDLE;
            head.reset();
            deadline = server.afterKeepAliveTimeout();
        } else {
            linger();
        }
        before.closed();
    }

    /** Ends this side and waits a little for the client to end its own. */
    private void linger() {
        phase = Phase.LINGER;
        ahead = null;
        deadline = server.after(LINGER);
        stream.end();
        if (stream.isPaused()) {
            stream.resume();
        }
    }

    // ---- what goes wrong
    // ---------------------------------------------------------------------------------------------

    /** Answers what was wrong with the request, if that is still possible, and ends the connection. */
    private void refuse(HttpException bad) {
        server.refused(bad);
        boolean answerable = bad.reason().status() != 0 && (response == null || !response.isHeadSent());
        HttpRequest failed = request;
        if (answerable) {
            keepAlive = false;
            stream.write(wire().clear()
                    .statusLine(bad.reason().status())
                    .date()
                    .put("Content-Length: 0\r\nConnection: close\r\n\r\n")
                    .built());
            HttpResponse before = abandonExchange();
            linger();
            tell(failed, before, bad);
        } else {
            HttpResponse before = abandonExchange();
            destroy();
            tell(failed, before, bad);
        }
    }

    private HttpResponse abandonExchange() {
        HttpResponse before = response;
        if (request != null) {
            request = null;
            response = null;
            server.requestEnds();
        }
        return before;
    }

    private static void tell(HttpRequest failed, HttpResponse before, HttpException failure) {
        try {
            if (failed != null) {
                failed.failed(failure);
            }
        } finally {
            if (before != null) {
                before.closed();
            }
        }
    }

    /** A handler threw: its client hears so, and the exception goes on to the loop. */
    private void crashed() {
        if (phase == Phase.EXCHANGE && !response.isEnded() && !response.isHeadSent()) {
            keepAlive = false;
            skipsBody = true;
            response.failInstead();
            if (phase == Phase.EXCHANGE) {
                abandonExchange();
                linger();
            }
        } else if (phase == Phase.EXCHANGE) {
            destroy();
        }
    }

    private void peerEnded() {
        peerEnded = true;
        if (ahead == null) {
            ended();
        }
    }

    /** The client has ended its side and all that it sent has been taken. */
    private void ended() {
        switch (phase) {
            case IDLE -> linger();
            case HEAD -> destroy();
            case EXCHANGE -> {
                if (!request.isComplete() && !body.isDone()) {
                    lost("the connection ended within a request");
                    destroy();
                }
            }
            default -> {
                // it is being closed already
            }
        }
    }

    private void streamFailed(IOException failure) {
        String message = "connection lost: " + failure.getMessage();
        if (failure instanceof TlsException tls && tls.reason() != TlsException.Reason.TRUNCATED) {
            server.refused(new HttpException(Reason.CONNECTION_LOST, message, failure));
        }
        lost(message);
    }

    private void lost(String message) {
        HttpRequest failed = request;
        HttpResponse before = abandonExchange();
        if (phase != Phase.CLOSED) {
            phase = Phase.CLOSED;
            tell(failed, before, new HttpException(Reason.CONNECTION_LOST, message));
        }
    }

    private void closed() {
        lost("the connection was closed");
        ahead = null;
        server.connectionClosed(this);
    }

    void destroy() {
        stream.destroy();
    }

    /** Ends it now if it is idle, after the present answer otherwise. */
    void closeGently() {
        if (phase == Phase.IDLE) {
            linger();
        }
    }

    // ---- time
    // --------------------------------------------------------------------------------------------------------

    /** Looks whether something takes too long; called by the server's sweep. */
    void sweep(long now) {
        int queued = stream.queuedBytes();
        if (queued == 0 || queued != queuedAtSweep) {
            queuedAtSweep = queued;
            writeDeadline = server.afterWriteTimeout();
        } else if (now >= writeDeadline) {
            server.refused(new HttpException(Reason.TIMEOUT, "nothing was taken"));
            destroy();
            return;
        }
        if (now < deadline) {
            return;
        }
        switch (phase) {
            case IDLE -> linger();
            case HEAD, EXCHANGE -> refuse(new HttpException(Reason.TIMEOUT, "the request is too slow"));
            default -> {
                if (queued > 0) {
                    // the answer is still going out; the write timeout watches over that
                    deadline = server.after(LINGER);
                } else {
                    destroy();
                }
            }
        }
    }
}
