package dev.torus.http;

import dev.torus.loop.Duplex;
import dev.torus.loop.EventLoop;
import dev.torus.loop.Socket;
import dev.torus.loop.TlsOptions;
import dev.torus.loop.TlsSocket;

/** Makes the connections of a client. */
final class Connector {
    /** A connection that is being made: the stream, and the socket that keeps the loop alive. */
    record Connection(Duplex stream, Socket socket) {}

    private final EventLoop loop;
    /** Null for a client of http only. */
    private final TlsOptions tls;

    Connector(EventLoop loop, TlsOptions tls) {
        this.loop = loop;
        this.tls = tls;
    }

    boolean isSecure() {
        return tls != null;
    }

    Connection connect(HttpClient.Origin origin, Runnable onConnect) {
        Socket socket = loop.net().connect(origin.host(), origin.port());
        if (!origin.secure()) {
            socket.onConnect(() -> {
                socket.setNoDelay(true);
                onConnect.run();
            });
            return new Connection(socket, socket);
        }
        socket.onConnect(() -> socket.setNoDelay(true)).allowHalfOpen(true);
        TlsSocket secure = loop.tls().connectOver(socket, tls, origin.host(), origin.port());
        secure.onSecureConnect(onConnect);
        return new Connection(secure, socket);
    }
}
