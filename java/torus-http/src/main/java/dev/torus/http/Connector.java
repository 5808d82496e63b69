package dev.torus.http;

import dev.torus.loop.Duplex;
import dev.torus.loop.EventLoop;
import dev.torus.loop.Socket;

/** Makes the connections of a client. */
final class Connector {
    /** A connection that is being made: the stream, and the socket that keeps the loop alive. */
    record Connection(Duplex stream, Socket socket) {}

    private final EventLoop loop;

    Connector(EventLoop loop) {
        this.loop = loop;
    }

    boolean isSecure() {
        return false;
    }

    Connection connect(HttpClient.Origin origin, Runnable onConnect) {
        Socket socket = loop.net().connect(origin.host(), origin.port());
        socket.onConnect(() -> {
            socket.setNoDelay(true);
            onConnect.run();
        });
        return new Connection(socket, socket);
    }
}
