package dev.torus.loop;

import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/** A listening socket whose connections are TLS; made by {@link Tls#createServer}. Loop thread only. */
public final class TlsServer {
    private final Tls tls;
    private final TlsOptions options;
    private final Consumer<TlsSocket> onSecureConnection;
    private final Server listener;
    private Consumer<IOException> onClientError = failure -> {};
    private int handshaking;

    TlsServer(EventLoop loop, Tls tls, TlsOptions options, Consumer<TlsSocket> onSecureConnection) {
        this.tls = tls;
        this.options = Objects.requireNonNull(options, "options");
        this.onSecureConnection = Objects.requireNonNull(onSecureConnection, "onSecureConnection");
        this.listener = loop.net().createServer(this::accepted).allowHalfOpen(true);
    }

    private void accepted(Socket socket) {
        socket.setNoDelay(true);
        TlsSocket secure = tls.acceptOver(socket, options);
        handshaking++;
        boolean[] shaking = {true};
        Runnable over = () -> {
            if (shaking[0]) {
                shaking[0] = false;
                handshaking--;
            }
        };
        secure.onFailure(failure -> {
            over.run();
            onClientError.accept(failure);
        });
        secure.onClose(over);
        secure.onSecureConnect(() -> {
            over.run();
            secure.onFailure(null);
            secure.onClose(() -> {});
            onSecureConnection.accept(secure);
        });
    }

    /** Listens on a port of all addresses; 0 lets the system choose, see {@link #address()}. */
    public TlsServer listen(int port) {
        listener.listen(port);
        return this;
    }

    /** Listens on a Unix domain socket, whose path must not exist. */
    public TlsServer listen(Path path) {
        listener.listen(path);
        return this;
    }

    /** Listens on an address. Success and failure are told in a later callback (R49). */
    public TlsServer listen(SocketAddress local) {
        listener.listen(local);
        return this;
    }

    /** Called once it listens. */
    public TlsServer onListening(Runnable handler) {
        listener.onListening(handler);
        return this;
    }

    /** Called when listening fails; without a handler that is an uncaught exception. */
    public TlsServer onError(Consumer<TorusIoException> handler) {
        listener.onError(handler);
        return this;
    }

    /** Called with what went wrong in a handshake, as Node's tlsClientError; the connection is closed already. */
    public TlsServer onClientError(Consumer<IOException> handler) {
        onClientError = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called once it is closed. */
    public TlsServer onClose(Runnable handler) {
        listener.onClose(handler);
        return this;
    }

    /** Where it listens; null before. */
    public SocketAddress address() {
        return listener.address();
    }

    /** Port on which it listens. */
    public int port() {
        return listener.port();
    }

    /** Connections whose handshake is not over. */
    public int handshaking() {
        return handshaking;
    }

    /** Lets the loop end without it (R55). */
    public TlsServer unref() {
        listener.unref();
        return this;
    }

    /** Refuses new connections at once and leaves accepted ones alone (R56). */
    public void close() {
        listener.close();
    }

    @Override
    public String toString() {
        return "TLS " + listener;
    }
}
