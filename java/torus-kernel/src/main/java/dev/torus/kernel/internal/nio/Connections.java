package dev.torus.kernel.internal.nio;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * Accepting and connecting. Every function makes one attempt and returns a value, a negative errno or
 * {@link SocketEngine#WOULD_BLOCK}.
 */
final class Connections {
    private final Regions regions;
    private final HandleTable handles;
    private final Poller poller;
    private final Failures failures;
    private final Counters counters;

    Connections(Regions regions, HandleTable handles, Poller poller, Failures failures, Counters counters) {
        this.regions = regions;
        this.handles = handles;
        this.poller = poller;
        this.failures = failures;
        this.counters = counters;
    }

    /** Accepts one connection: its descriptor. */
    int accept(SocketHandle socket, Operation operation) throws IOException {
        if (socket.server == null) {
            return socket.isDatagram() ? -LinuxErrno.EOPNOTSUPP : -LinuxErrno.EINVAL;
        }
        if (operation.address != 0 && !hasRoomForPeer(operation)) {
            return -LinuxErrno.EFAULT;
        }
        counters.systemCalls++;
        SocketChannel channel = socket.server.accept();
        socket.readableForSure = false;
        if (channel == null) {
            return SocketEngine.WOULD_BLOCK;
        }
        SocketHandle connection;
        try {
            connection = SocketHandle.accepted(socket, channel);
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
        connection.fd = handles.add(connection);
        if (connection.fd < 0) {
            channel.close();
        } else if (operation.address != 0) {
            storePeer(connection, operation);
        }
        return connection.fd;
    }

    /** accept(2): an address, and a pointer to its room in bytes. */
    private boolean hasRoomForPeer(Operation operation) {
        Regions.Region length = regions.find(operation.address2, Integer.BYTES);
        return length != null
                && regions.find(operation.address, length.memory.getInt(Regions.offset(operation.address2))) != null;
    }

    private void storePeer(SocketHandle connection, Operation operation) throws IOException {
        Regions.Region length = regions.find(operation.address2, Integer.BYTES);
        int at = Regions.offset(operation.address2);
        int room = length.memory.getInt(at);
        length.memory.putInt(
                at,
                NioSockets.copyAddress(
                        connection.peerAddress(), connection.family, regions.slice(operation.address, room)));
    }

    /** Begins a connection; {@link #finish} ends it. */
    int connect(SocketHandle socket, Operation operation) throws IOException {
        operation.started = true;
        Regions.Region region = regions.find(operation.address, operation.length);
        if (region == null) {
            return -LinuxErrno.EFAULT;
        }
        if (socket.server != null || socket.connected) {
            return -LinuxErrno.EISCONN;
        }
        if (socket.connecting) {
            return -LinuxErrno.EALREADY;
        }
        try {
            int at = Regions.offset(operation.address);
            if (socket.isDatagram() && SocketAddresses.family(region.memory, at, operation.length) == 0) {
                socket.datagram.disconnect();
                return 0;
            }
            return begin(socket, SocketAddresses.decode(region.memory, at, operation.length));
        } catch (SocketAddresses.MalformedException malformed) {
            return malformed.result();
        }
    }

    private int begin(SocketHandle socket, SocketAddress to) throws IOException {
        counters.systemCalls++;
        if (socket.isDatagram()) {
            socket.connectDatagram(to);
            return 0;
        }
        boolean stands = false;
        try {
            stands = socket.connect(to);
        } finally {
            if (!socket.connecting && !stands) {
                poller.forget(socket);
            }
        }
        return stands ? 0 : SocketEngine.WOULD_BLOCK;
    }

    /** Ends a connection that was begun, when the selector says that something became of it. */
    int finish(SocketHandle socket) {
        counters.systemCalls++;
        try {
            if (!socket.finishConnect()) {
                return SocketEngine.WOULD_BLOCK;
            }
            // Left on, it would mean readiness to write from now on, which is always there.
            poller.unwatch(socket, SelectionKey.OP_CONNECT);
            return 0;
        } catch (IOException | RuntimeException failure) {
            poller.forget(socket);
            return failures.result(failure);
        }
    }
}
