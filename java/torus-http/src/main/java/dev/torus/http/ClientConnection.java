package dev.torus.http;

import dev.torus.http.HttpException.Reason;
import dev.torus.loop.Duplex;
import dev.torus.loop.Timeout;
import java.nio.ByteBuffer;

/** One connection of a client; it has one request after the other. */
final class ClientConnection {
    private final HttpClient client;
    private final HttpClient.Origin origin;
    private final Connector.Connection connection;
    private final Duplex stream;
    private final Head head;
    private final Body body;

    private ClientRequest request;
    private ClientResponse response;
    private Timeout idleTimer;
    private boolean connected;
    private boolean reused;
    private boolean answered;
    private boolean peerEnded;
    private boolean processing;
    private boolean scheduled;
    /** What came while the answer was paused. */
    private ByteBuffer ahead;

    ClientConnection(HttpClient client, HttpClient.Origin origin, Connector connector) {
        this.client = client;
        this.origin = origin;
        this.head = Head.ofResponses(client.limits());
        this.body = new Body(client.limits());
        this.connection = connector.connect(origin, () -> connected = true);
        this.stream = connection.stream();
        stream.onFailure(failure -> lost(
                connected ? Reason.CONNECTION_LOST : Reason.NO_CONNECTION,
                String.valueOf(failure.getMessage()),
                failure));
        stream.onClose(this::closed);
        stream.onDrain(this::drained);
        stream.onEnd(this::peerEnded);
        stream.onData(this::arrived);
    }

    HttpClient.Origin origin() {
        return origin;
    }

    void start(ClientRequest next) {
        if (idleTimer != null) {
            idleTimer.clear();
            idleTimer = null;
            reused = true;
        }
        connection.socket().ref();
        request = next;
        response = null;
        answered = false;
        head.reset();
        next.connected(this);
    }

    boolean send(ByteBuffer data) {
        if (stream.isDestroyed()) {
            data.position(data.limit());
            return true;
        }
        return stream.write(data);
    }

    private void drained() {
        if (request != null) {
            request.drained();
        }
    }

    // ---- the answer
    // --------------------------------------------------------------------------------------------------

    private void arrived(ByteBuffer data) {
        if (request == null) {
            // an answer that nobody asked for
            destroy();
            return;
        }
        answered = true;
        if (ahead == null && !processing) {
            guarded(data);
        }
        if (data.hasRemaining() && request != null && !stream.isDestroyed()) {
            keep(data);
        }
    }

    private void keep(ByteBuffer data) {
        int before = ahead == null ? 0 : ahead.remaining();
        ByteBuffer both = ByteBuffer.allocate(before + data.remaining());
        if (ahead != null) {
            both.put(ahead);
        }
        ahead = both.put(data).flip();
        stream.pause();
    }

    void unpaused() {
        if (!scheduled && !processing) {
            scheduled = true;
            client.loop().setImmediate(this::takeAhead);
        }
    }

    private void takeAhead() {
        scheduled = false;
        if (request == null || stream.isDestroyed()) {
            return;
        }
        if (ahead != null) {
            guarded(ahead);
            if (ahead != null && !ahead.hasRemaining()) {
                ahead = null;
            }
        }
        if (ahead == null && !stream.isDestroyed()) {
            if (stream.isPaused()) {
                stream.resume();
            }
            if (peerEnded) {
                ended();
            }
        }
    }

    private void guarded(ByteBuffer data) {
        processing = true;
        boolean returned = false;
        try {
            process(data);
            returned = true;
        } catch (HttpException bad) {
            returned = true;
            fail(bad);
        } finally {
            processing = false;
            if (!returned) {
                abort("a handler of the answer failed");
            }
        }
    }

    private void process(ByteBuffer data) throws HttpException {
        ClientRequest current = request;
        while (request == current && current != null && !stream.isDestroyed()) {
            if (response == null) {
                if (!data.hasRemaining() || !head.read(data)) {
                    return;
                }
                begin();
            } else if (response.isPaused()) {
                return;
            } else {
                ByteBuffer piece = body.next(data);
                if (piece != null) {
                    response.deliver(piece);
                } else if (body.isDone()) {
                    finished(data.hasRemaining());
                    return;
                } else {
                    return;
                }
            }
        }
    }

    private void begin() throws HttpException {
        int status = head.status;
        if (status == 101) {
            throw new HttpException(Reason.BAD_MESSAGE, "another protocol, which was not asked for");
        }
        if (status < 200) {
            head.reset();
            if (status == 100) {
                request.continues();
            }
            return;
        }
        if (request.method().equals("HEAD") || status == 204 || status == 304) {
            body.none();
        } else if (head.chunked) {
            body.chunked();
        } else if (head.contentLength >= 0) {
            body.ofLength(head.contentLength);
        } else {
            body.untilEnd();
            head.keepAlive = false;
        }
        response = new ClientResponse(this, head, body);
        request.answered(response);
    }

    /** The answer is complete; what came behind it would be an answer to nothing. */
    private void finished(boolean tooMuch) {
        ClientRequest done = request;
        ClientResponse whole = response;
        boolean reusable =
                head.keepAlive && done.isEnded() && !tooMuch && !peerEnded && connected && !stream.isDestroyed();
        request = null;
        response = null;
        ahead = null;
        if (reusable) {
            connection.socket().unref();
            idleTimer = client.after(client.limits().keepAliveTimeout(), this::destroy);
            if (!client.keep(this)) {
                destroy();
            }
        } else {
            destroy();
        }
        try {
            whole.ended();
        } finally {
            done.closed();
        }
    }

    // ---- what goes wrong
    // ---------------------------------------------------------------------------------------------

    private void peerEnded() {
        peerEnded = true;
        if (ahead == null) {
            ended();
        }
    }

    private void ended() {
        if (request == null) {
            destroy();
        } else if (response != null && body.endsHere()) {
            finished(false);
        } else {
            lost(Reason.CONNECTION_LOST, "the connection ended before the answer", null);
            destroy();
        }
    }

    private void lost(Reason reason, String message, Throwable cause) {
        ClientRequest failed = request;
        if (failed == null) {
            return;
        }
        if (reused && !answered && failed.mayBeRepeated()) {
            request = null;
            failed.repeatLater();
            return;
        }
        told(new HttpException(reason, message, cause));
    }

    private void told(HttpException failure) {
        ClientRequest failed = request;
        ClientResponse partial = response;
        request = null;
        response = null;
        ahead = null;
        if (failed == null) {
            return;
        }
        if (partial != null && partial.failed(failure)) {
            failed.closed();
        } else {
            failed.failed(failure);
        }
    }

    void fail(HttpException failure) {
        destroy();
        told(failure);
    }

    void abort(String message) {
        fail(new HttpException(Reason.ABORTED, message));
    }

    private void closed() {
        lost(Reason.CONNECTION_LOST, "the connection was closed", null);
        client.connectionClosed(this);
    }

    void destroy() {
        if (idleTimer != null) {
            idleTimer.clear();
            client.notIdle(this);
        }
        stream.destroy();
    }
}
