package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A socket: its channel, what waits on it and what is known of its readiness.
 *
 * <p>The operating system has one kind of stream socket, NIO has two classes. So a stream socket begins as a
 * {@link SocketChannel} and {@link #listen} exchanges it for a {@link ServerSocketChannel} with the same address and
 * options. A failed connect makes NIO close the channel; then a fresh one takes its place, so that connecting again
 * works.
 */
final class SocketHandle extends Handle {
    final int family;
    final int type;

    /** Descriptor of this backend. */
    int fd;

    // One of the three is there; server and connected exclude each other.
    SocketChannel stream;
    ServerSocketChannel server;
    DatagramChannel datagram;

    boolean connecting;
    boolean connected;
    /** How the last connect that nothing waited for ended: an errno for SO_ERROR. */
    int connectError;

    final OperationQueue readers = new OperationQueue();
    final OperationQueue writers = new OperationQueue();
    final OperationQueue polls = new OperationQueue();
    final Memberships memberships = new Memberships();

    /** Whether trying to read can be worth it; false from a short read until the selector reports readiness. */
    boolean readable = true;
    /** Whether the selector reported readiness and no read has been made since. */
    boolean readableForSure;

    boolean writable = true;

    // Kept by the poller.
    SelectionKey key;
    int interest;
    int events;
    boolean scheduled;
    SocketHandle nextReady;

    /** What the socket was bound to by its user. */
    private SocketAddress explicitAddress;
    /** An address that will only be bound with the channel that needs it. */
    private SocketAddress toBind;
    /** Options that were set, by Java's name, for the channels that replace the first one or are accepted. */
    private Map<String, Integer> options;

    private SocketHandle(int family, int type) {
        this.family = family;
        this.type = type;
    }

    static SocketHandle open(int family, int type) throws IOException {
        SocketHandle socket = new SocketHandle(family, type);
        if (type == RingAbi.SOCK_DGRAM) {
            socket.datagram = DatagramChannel.open(socket.protocolFamily());
            socket.datagram.configureBlocking(false);
        } else {
            socket.openStream();
        }
        return socket;
    }

    /** A connection that {@code listener} accepted. Options set on the listener hold for it, as on Linux. */
    static SocketHandle accepted(SocketHandle listener, SocketChannel channel) throws IOException {
        SocketHandle socket = new SocketHandle(listener.family, RingAbi.SOCK_STREAM);
        channel.configureBlocking(false);
        socket.stream = channel;
        socket.connected = true;
        if (listener.options != null) {
            applyOptions(channel, listener.options);
        }
        return socket;
    }

    /** A connection that another backend has released. */
    static SocketHandle adopted(SocketHandle released) {
        SocketHandle socket = new SocketHandle(released.family, released.type);
        socket.stream = released.stream;
        socket.connected = true;
        socket.options = released.options;
        return socket;
    }

    private void openStream() throws IOException {
        SocketChannel channel = SocketChannel.open(protocolFamily());
        channel.configureBlocking(false);
        stream = channel;
    }

    private ProtocolFamily protocolFamily() {
        switch (family) {
            case RingAbi.AF_INET:
                return StandardProtocolFamily.INET;
            case RingAbi.AF_INET6:
                return StandardProtocolFamily.INET6;
            default:
                return StandardProtocolFamily.UNIX;
        }
    }

    SelectableChannel channel() {
        if (stream != null) {
            return stream;
        }
        return server != null ? server : datagram;
    }

    private NetworkChannel networkChannel() {
        return (NetworkChannel) channel();
    }

    boolean isDatagram() {
        return datagram != null;
    }

    /** 0 or -errno. */
    int bind(SocketAddress address) throws IOException {
        if (explicitAddress != null || server != null || connected || connecting) {
            return -LinuxErrno.EINVAL;
        }
        if (isDatagram()) {
            datagram.bind(address);
        } else if (address instanceof UnixDomainSocketAddress unix) {
            // Binding makes the file, and could not be undone for a server without unlinking it.
            if (Files.exists(unix.getPath(), LinkOption.NOFOLLOW_LINKS)) {
                return -LinuxErrno.EADDRINUSE;
            }
            toBind = address;
        } else if (isAnyFreePort(address)) {
            toBind = address;
        } else {
            stream.bind(address);
        }
        explicitAddress = address;
        return 0;
    }

    /** Binding can wait then, and a server takes its port without a moment in which the port is free. */
    private static boolean isAnyFreePort(SocketAddress address) {
        InetSocketAddress inet = (InetSocketAddress) address;
        return inet.getPort() == 0
                && (inet.getAddress().isAnyLocalAddress() || inet.getAddress().isLoopbackAddress());
    }

    private void bindNow() throws IOException {
        if (toBind != null) {
            SocketAddress address = toBind;
            stream.bind(address);
            toBind = null;
        }
    }

    /** 0 or -errno. */
    int listen(int backlog) throws IOException {
        if (isDatagram()) {
            return -LinuxErrno.EOPNOTSUPP;
        }
        if (server != null) {
            return 0;
        }
        if (connected || connecting || family == RingAbi.AF_UNIX && explicitAddress == null) {
            return -LinuxErrno.EINVAL;
        }
        SocketAddress address = toBind != null ? toBind : stream.getLocalAddress();
        ServerSocketChannel listener = ServerSocketChannel.open(protocolFamily());
        try {
            listener.configureBlocking(false);
            if (family != RingAbi.AF_UNIX) {
                // Java sets it of its own accord on some systems; here it is the caller's choice.
                listener.setOption(StandardSocketOptions.SO_REUSEADDR, false);
            }
            if (options != null) {
                applyOptions(listener, options);
            }
            stream.close();
            listener.bind(address, Math.max(1, backlog));
        } catch (IOException | RuntimeException failure) {
            listener.close();
            replaceClosedChannel();
            throw failure;
        }
        stream = null;
        toBind = null;
        server = listener;
        return 0;
    }

    /**
     * Begins a connection; true if it stands at once. On failure the channel has been replaced by a fresh one: the
     * caller must make the poller forget the old one.
     */
    boolean connect(SocketAddress address) throws IOException {
        bindNow();
        connectError = 0;
        try {
            connected = stream.connect(address);
        } catch (IOException | RuntimeException failure) {
            replaceClosedChannel();
            throw failure;
        }
        connecting = !connected;
        return connected;
    }

    /**
     * Ends a connection that was begun; true if it stands now, false if it is still on its way. Fails like
     * {@link #connect}.
     */
    boolean finishConnect() throws IOException {
        try {
            connected = stream.finishConnect();
            connecting = !connected;
            return connected;
        } catch (IOException | RuntimeException failure) {
            connecting = false;
            replaceClosedChannel();
            throw failure;
        }
    }

    private void replaceClosedChannel() throws IOException {
        if (stream.isOpen()) {
            return;
        }
        openStream();
        toBind = explicitAddress;
        if (options != null) {
            applyOptions(stream, options);
        }
    }

    /** Connects a datagram socket: filters its peers and names the default destination. */
    void connectDatagram(SocketAddress address) throws IOException {
        if (datagram.isConnected()) {
            datagram.disconnect();
        }
        datagram.connect(address);
    }

    SocketAddress localAddress() throws IOException {
        if (toBind instanceof InetSocketAddress) {
            bindNow();
        }
        return toBind != null ? toBind : networkChannel().getLocalAddress();
    }

    /** The peer, or null if there is none. */
    SocketAddress peerAddress() throws IOException {
        if (isDatagram()) {
            return datagram.getRemoteAddress();
        }
        return connected ? stream.getRemoteAddress() : null;
    }

    /** 0 or -errno. */
    int setOption(int level, int number, int value) throws IOException {
        String name = OptionTable.nameOf(level, number);
        if (name == null || !setOption(networkChannel(), name, value) && !isInherited(name)) {
            return -LinuxErrno.ENOPROTOOPT;
        }
        if (options == null) {
            options = new LinkedHashMap<>();
        }
        options.put(name, value);
        return 0;
    }

    /** Whether a listener that cannot have the option itself keeps it for the connections it accepts. */
    private boolean isInherited(String name) throws IOException {
        if (server == null || family == RingAbi.AF_UNIX) {
            return false;
        }
        try (SocketChannel connection = SocketChannel.open(protocolFamily())) {
            return OptionTable.find(connection, name) != null;
        }
    }

    /** Reads an option into {@code value[0]}; 0 or -errno. */
    int getOption(int level, int number, int[] value) throws IOException {
        if (level == OptionTable.SOL_SOCKET && isStatus(number, value)) {
            return 0;
        }
        String name = OptionTable.nameOf(level, number);
        if (name == null) {
            return -LinuxErrno.ENOPROTOOPT;
        }
        NetworkChannel channel = networkChannel();
        SocketOption<?> option = OptionTable.find(channel, name);
        if (option != null) {
            value[0] = OptionTable.toInt(channel.getOption(option));
        } else if (options != null && options.containsKey(name)) {
            value[0] = options.get(name);
        } else {
            return -LinuxErrno.ENOPROTOOPT;
        }
        return 0;
    }

    private boolean isStatus(int number, int[] value) {
        switch (number) {
            case OptionTable.SO_TYPE:
                value[0] = type;
                return true;
            case OptionTable.SO_DOMAIN:
                value[0] = family;
                return true;
            case OptionTable.SO_ACCEPTCONN:
                value[0] = server != null ? 1 : 0;
                return true;
            case OptionTable.SO_ERROR:
                value[0] = connectError;
                connectError = 0;
                return true;
            default:
                return false;
        }
    }

    private static void applyOptions(NetworkChannel channel, Map<String, Integer> options) throws IOException {
        for (Map.Entry<String, Integer> option : options.entrySet()) {
            setOption(channel, option.getKey(), option.getValue());
        }
    }

    /** False if the channel has no such option. */
    @SuppressWarnings("unchecked")
    private static boolean setOption(NetworkChannel channel, String name, int value) throws IOException {
        SocketOption<?> option = OptionTable.find(channel, name);
        if (option == null) {
            return false;
        }
        channel.setOption((SocketOption<Object>) option, OptionTable.toJava(option, value));
        return true;
    }

    @Override
    void close() throws IOException {
        channel().close();
    }
}
