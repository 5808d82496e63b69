package dev.torus.loop;

import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** TLS over stream sockets, or over any other stream, by the JDK's engine. */
public final class Tls {
    /** What the JDK asks for is a little more than a record of 16 KiB, in either direction. */
    private static final int BUFFER_BYTES = 17 * 1024;

    private final EventLoop loop;
    private final Net net;
    private final TlsBuffers buffers = new TlsBuffers(BUFFER_BYTES);

    Tls(EventLoop loop, Net net) {
        this.loop = loop;
        this.net = net;
    }

    /** A server that calls back with each connection whose handshake was good; it takes some once it listens. */
    public TlsServer createServer(TlsOptions options, Consumer<TlsSocket> onSecureConnection) {
        loop.checkThread();
        return new TlsServer(loop, this, options, onSecureConnection);
    }

    /**
     * Connects to a port of a host. What fails is told to the failure handler, in a later callback (R49).
     *
     * @param host a name, which is looked up on the worker pool, or an address; the certificate must have been made for it
     */
    public TlsSocket connect(TlsOptions options, String host, int port) {
        Socket socket = net.connect(host, port).allowHalfOpen(true);
        socket.onConnect(() -> socket.setNoDelay(true));
        return connectOver(socket, options, host, port);
    }

    /** Connects to an address, and expects there the server of the options or, without one, of the address's own name. */
    public TlsSocket connect(TlsOptions options, InetSocketAddress address) {
        Socket socket = net.connect(address).allowHalfOpen(true);
        socket.onConnect(() -> socket.setNoDelay(true));
        return connectOver(socket, options, address.getHostString(), address.getPort());
    }

    /**
     * The client's side over a stream that exists, connected or about to be; its handlers are this side's from now on.
     *
     * @param host name that is sent and checked unless the options name another
     * @param port together with the host it says which cached session may be gone on with
     */
    public TlsSocket connectOver(Duplex stream, TlsOptions options, String host, int port) {
        loop.checkThread();
        return new TlsSocket(loop, stream, TlsRecords.ofClient(options, buffers, host, port), buffers, options);
    }

    /** The server's side over a stream that exists; its handlers are this side's from now on. */
    public TlsSocket acceptOver(Duplex stream, TlsOptions options) {
        loop.checkThread();
        return new TlsSocket(loop, stream, TlsRecords.ofServer(options, buffers), buffers, options);
    }
}
