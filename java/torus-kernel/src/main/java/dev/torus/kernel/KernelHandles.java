package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.SocketControl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;

/** The calls on handles that take effect at once: making sockets and pipes, addresses, options, memberships, handing over. */
abstract class KernelHandles extends KernelCore {
    KernelHandles(KernelOptions options, Backend backend) {
        super(options, backend);
    }

    /**
     * Makes a socket.
     *
     * @return its handle
     * @throws TorusIoException EAFNOSUPPORT and the like, or EMFILE when a limit of descriptors or handles is reached
     */
    public long socket(AddressFamily family, SocketType type) throws TorusIoException {
        checkOpen();
        int fd = engine.backend.sockets().socket(family.code, type.code, 0);
        String subject = family + " " + type;
        check(fd, "socket", subject);
        long handle = engine.newHandle(fd, HandleTable.SOCKET);
        check(handle, "socket", subject);
        engine.handles.family[(int) handle] = family;
        return handle;
    }

    /** Gives a socket its local address; port 0 lets the system choose. */
    public void bind(long handle, SocketAddress address) throws TorusIoException {
        int index = require(handle, "bind");
        byte[] sockaddr = SocketAddresses.encode(address, familyFor(index, address));
        check(engine.backend.sockets().bind(engine.handles.fd[index], sockaddr), "bind", address.toString());
    }

    /**
     * Lets a bound socket take connections.
     *
     * @param backlog how many may wait to be accepted; the system may lower it
     */
    public void listen(long handle, int backlog) throws TorusIoException {
        int index = require(handle, "listen");
        if (backlog < 0) {
            throw new IllegalArgumentException("backlog " + backlog);
        }
        check(engine.backend.sockets().listen(engine.handles.fd[index], backlog), "listen", null);
        engine.handles.listening[index] = true;
    }

    /** The local address of a socket, or null if it has none. */
    public SocketAddress localAddress(long handle) throws TorusIoException {
        return address(handle, "getsockname", SocketControl::localAddress);
    }

    /** The address of the peer of a connected socket. */
    public SocketAddress remoteAddress(long handle) throws TorusIoException {
        return address(handle, "getpeername", SocketControl::peerAddress);
    }

    /** Puts an address into an array: its length, or -errno. */
    private interface AddressCall {
        int get(SocketControl sockets, int fd, byte[] sockaddr);
    }

    private SocketAddress address(long handle, String operation, AddressCall call) throws TorusIoException {
        int index = require(handle, operation);
        byte[] sockaddr = new byte[RingAbi.SOCKADDR_BYTES];
        int length = call.get(engine.backend.sockets(), engine.handles.fd[index], sockaddr);
        check(length, operation, null);
        return SocketAddresses.decode(sockaddr, length);
    }

    /** Sets an option of {@link java.net.StandardSocketOptions}. */
    public <T> void setOption(long handle, SocketOption<T> option, T value) throws TorusIoException {
        int index = require(handle, "setsockopt");
        int number = SocketOptions.encode(option, value);
        AddressFamily family = engine.handles.family[index];
        int level = SocketOptions.level(option, family);
        int name = SocketOptions.name(option, family);
        check(
                engine.backend.sockets().setOption(engine.handles.fd[index], level, name, number),
                "setsockopt",
                option.name());
    }

    /** Reads an option of {@link java.net.StandardSocketOptions}; not IP_MULTICAST_IF. */
    public <T> T getOption(long handle, SocketOption<T> option) throws TorusIoException {
        int index = require(handle, "getsockopt");
        int[] value = new int[1];
        AddressFamily family = engine.handles.family[index];
        int level = SocketOptions.level(option, family);
        int name = SocketOptions.name(option, family);
        check(
                engine.backend.sockets().getOption(engine.handles.fd[index], level, name, value),
                "getsockopt",
                option.name());
        return SocketOptions.decode(option, value[0]);
    }

    /**
     * Lets a datagram socket receive what is sent to a multicast group.
     *
     * @param network interface on which it joins; null lets the system choose
     * @throws TorusIoException EADDRINUSE if it is a member already, EINVAL if that is no multicast address, ENODEV
     */
    public void joinGroup(long handle, InetAddress group, NetworkInterface network) throws TorusIoException {
        membership(handle, group, network, true);
    }

    /**
     * Ends a membership.
     *
     * @param network as given when joining
     * @throws TorusIoException EADDRNOTAVAIL if it is not a member
     */
    public void leaveGroup(long handle, InetAddress group, NetworkInterface network) throws TorusIoException {
        membership(handle, group, network, false);
    }

    private void membership(long handle, InetAddress group, NetworkInterface network, boolean join)
            throws TorusIoException {
        String operation = join ? "join group" : "leave group";
        int index = require(handle, operation);
        InetSocketAddress address = new InetSocketAddress(group, 0);
        byte[] sockaddr = SocketAddresses.encode(address, SocketAddresses.familyOf(address));
        int interfaceIndex = network == null ? 0 : network.getIndex();
        check(
                engine.backend.sockets().membership(engine.handles.fd[index], sockaddr, interfaceIndex, join),
                operation,
                group.getHostAddress());
    }

    /**
     * Takes over a socket descriptor of the operating system; from now on the kernel closes it.
     *
     * @throws TorusIoException EBADF, or EOPNOTSUPP on a backend that cannot (NIO)
     */
    public long adopt(int descriptor) throws TorusIoException {
        checkOpen();
        int fd = engine.backend.sockets().adopt(descriptor);
        check(fd, "adopt", "descriptor " + descriptor);
        long handle = engine.newHandle(fd, HandleTable.SOCKET);
        check(handle, "adopt", "descriptor " + descriptor);
        return handle;
    }

    /**
     * Gives up a socket without closing it, for another kernel with the same backend, in this process, to {@link #adopt}: a connection that
     * was accepted here and is to be served there, before its first operation. The handle is stale afterwards.
     *
     * @return the descriptor for {@link #adopt}, which is to be called once: until then nobody closes it
     * @throws TorusIoException EBADF; EBUSY for a socket with pending operations, or that has had some on NIO; EOPNOTSUPP on IOCP
     */
    public int detach(long handle) throws TorusIoException {
        checkOpen();
        int index = engine.handles.findOpen(handle);
        if (index == OpTable.NONE || engine.handles.kind[index] != HandleTable.SOCKET) {
            throw TorusIoException.of("detach", null, Errno.EBADF.result());
        }
        if (engine.handles.hasOperations(index)) {
            throw TorusIoException.of("detach", null, Errno.EBUSY.result());
        }
        int descriptor = engine.backend.sockets().release(engine.handles.fd[index]);
        check(descriptor, "detach", null);
        engine.handles.free(index);
        return descriptor;
    }

    /**
     * Makes a server's end of a named pipe of Windows, such as {@code \\\\.\\pipe\\name}, for one client: {@link IoKernel#awaitClient},
     * then {@link IoKernel#recv} and its kin, {@link IoKernel#send} and {@link IoKernel#close}. The bytes are a stream. There is no
     * {@link IoKernel#shutdown}: the stream ends when the other end is closed.
     *
     * @param path at most 256 UTF-16 units after {@code \\\\.\\pipe\\}
     * @param first whether it must be the first of that name, so that nobody else serves it
     * @return its handle
     * @throws TorusIoException EADDRINUSE if it is not the first, EINVAL if that is no name of a pipe, EOPNOTSUPP where
     *     there are none (all backends but iocp)
     */
    public long createPipe(String path, boolean first) throws TorusIoException {
        return pipe(path, first ? SocketControl.PIPE_FIRST_SERVER : SocketControl.PIPE_SERVER, "create pipe");
    }

    /**
     * Opens the client's end of a named pipe of Windows: it is connected at once.
     *
     * @return its handle
     * @throws TorusIoException ENOENT if nobody serves it, EBUSY if each server's end has its client already; and as
     *     {@link #createPipe}
     */
    public long openPipe(String path) throws TorusIoException {
        return pipe(path, SocketControl.PIPE_CLIENT, "open pipe");
    }

    private long pipe(String path, int end, String operation) throws TorusIoException {
        checkOpen();
        int fd = engine.backend.sockets().pipe(path, end);
        check(fd, operation, path);
        long handle = engine.newHandle(fd, HandleTable.SOCKET);
        check(handle, operation, path);
        return handle;
    }
}
