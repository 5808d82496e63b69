package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.SocketControl;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The control plane of sockets. It never throws: exceptions become error numbers. The owner's thread. */
final class NioSockets implements SocketControl {
    /** SOCK_NONBLOCK and SOCK_CLOEXEC, which every socket here has. */
    private static final int TYPE_FLAGS = 0x800 | 0x80000;

    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_UDP = 17;

    private interface SocketFunction {
        int apply(SocketHandle socket) throws IOException, SocketAddresses.MalformedException;
    }

    private final HandleTable handles;
    private final SocketEngine engine;
    private final Poller poller;
    private final Failures failures;

    NioSockets(HandleTable handles, SocketEngine engine, Poller poller, Failures failures) {
        this.handles = handles;
        this.engine = engine;
        this.poller = poller;
        this.failures = failures;
    }

    @Override
    public int socket(int family, int type, int protocol) {
        int kind = type & ~TYPE_FLAGS;
        int refusal = refuse(family, kind, protocol);
        if (refusal != 0) {
            return refusal;
        }
        SocketHandle socket;
        try {
            socket = SocketHandle.open(family, kind);
        } catch (UnsupportedOperationException noSuchFamily) {
            failures.result(noSuchFamily);
            return -LinuxErrno.EAFNOSUPPORT;
        } catch (IOException | RuntimeException failure) {
            return failures.result(failure);
        }
        socket.fd = handles.add(socket);
        if (socket.fd < 0) {
            engine.close(socket);
        }
        return socket.fd;
    }

    private static int refuse(int family, int type, int protocol) {
        if (family != RingAbi.AF_INET && family != RingAbi.AF_INET6 && family != RingAbi.AF_UNIX) {
            return -LinuxErrno.EAFNOSUPPORT;
        }
        if (type != RingAbi.SOCK_STREAM && type != RingAbi.SOCK_DGRAM) {
            return -LinuxErrno.ESOCKTNOSUPPORT;
        }
        if (family == RingAbi.AF_UNIX) {
            // Java has stream sockets of this family only.
            return type == RingAbi.SOCK_DGRAM
                    ? -LinuxErrno.EOPNOTSUPP
                    : protocol == 0 ? 0 : -LinuxErrno.EPROTONOSUPPORT;
        }
        int usual = type == RingAbi.SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
        return protocol == 0 || protocol == usual ? 0 : -LinuxErrno.EPROTONOSUPPORT;
    }

    @Override
    public int bind(int fd, byte[] sockaddr) {
        return with(fd, socket -> {
            SocketAddress address = SocketAddresses.decode(
                    ByteBuffer.wrap(sockaddr).order(ByteOrder.LITTLE_ENDIAN), 0, sockaddr.length);
            if (address instanceof UnixDomainSocketAddress != (socket.family == RingAbi.AF_UNIX)) {
                return -LinuxErrno.EINVAL;
            }
            return socket.bind(address);
        });
    }

    @Override
    public int listen(int fd, int backlog) {
        return with(fd, socket -> {
            if (socket.key != null && socket.server == null) {
                // The channel is exchanged; the poller must not hold the old one, whose address is taken over.
                poller.forget(socket);
                poller.selectNow();
            }
            return socket.listen(backlog);
        });
    }

    @Override
    public int setOption(int fd, int level, int name, int value) {
        return with(fd, socket -> socket.setOption(level, name, value));
    }

    @Override
    public int getOption(int fd, int level, int name, int[] value) {
        return with(fd, socket -> socket.getOption(level, name, value));
    }

    @Override
    public int membership(int fd, byte[] group, int interfaceIndex, boolean join) {
        return with(fd, socket -> {
            if (!socket.isDatagram()) {
                return -LinuxErrno.EOPNOTSUPP;
            }
            InetSocketAddress address = (InetSocketAddress)
                    SocketAddresses.decode(ByteBuffer.wrap(group).order(ByteOrder.LITTLE_ENDIAN), 0, group.length);
            return socket.memberships.change(socket.datagram, address.getAddress(), interfaceIndex, join);
        });
    }

    @Override
    public int localAddress(int fd, byte[] sockaddr) {
        return with(fd, socket -> copyAddress(socket.localAddress(), socket.family, ByteBuffer.wrap(sockaddr)));
    }

    @Override
    public int peerAddress(int fd, byte[] sockaddr) {
        return with(fd, socket -> {
            SocketAddress peer = socket.peerAddress();
            return peer == null ? -LinuxErrno.ENOTCONN : copyAddress(peer, socket.family, ByteBuffer.wrap(sockaddr));
        });
    }

    /** Writes an address, cut to the room there is; its whole length. */
    static int copyAddress(SocketAddress address, int family, ByteBuffer to) {
        ByteBuffer whole = ByteBuffer.allocate(RingAbi.SOCKADDR_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int length = SocketAddresses.encode(address, family, whole, 0);
        to.put(0, whole, 0, Math.min(length, to.capacity()));
        return length;
    }

    @Override
    public int sendNow(int fd, long address, int length) {
        return with(fd, socket -> {
            if (socket.isDatagram()) {
                return -LinuxErrno.EOPNOTSUPP;
            }
            return engine.sendNow(socket, address, length);
        });
    }

    @Override
    public int shutdownNow(int fd, int how) {
        return with(
                fd,
                socket -> socket.isDatagram() || socket.stream == null
                        ? -LinuxErrno.ENOTCONN
                        : engine.shutdown(socket, how));
    }

    /** NIO cannot make a channel of a descriptor; it takes what another backend of this class has released. */
    @Override
    public int adopt(int descriptor) {
        SocketHandle released = ReleasedSockets.take(descriptor);
        if (released == null) {
            return -LinuxErrno.EOPNOTSUPP;
        }
        SocketHandle socket = SocketHandle.adopted(released);
        socket.fd = handles.add(socket);
        if (socket.fd < 0) {
            engine.close(socket);
        }
        return socket.fd;
    }

    @Override
    public int release(int fd) {
        return with(fd, socket -> {
            if (!socket.connected || socket.key != null) {
                // a channel stays with the selector of its first wait
                return -LinuxErrno.EBUSY;
            }
            handles.remove(socket.fd, socket);
            poller.forget(socket);
            return ReleasedSockets.put(socket);
        });
    }

    @Override
    public int close(int fd) {
        return with(fd, socket -> {
            int result = engine.close(socket);
            if (poller.mustSelect()) {
                poller.selectNow();
            }
            return result;
        });
    }

    private int with(int fd, SocketFunction function) {
        Handle handle = handles.get(fd);
        if (!(handle instanceof SocketHandle socketHandle)) {
            return handle == null ? -LinuxErrno.EBADF : -LinuxErrno.ENOTSOCK;
        }
        try {
            return function.apply(socketHandle);
        } catch (SocketAddresses.MalformedException malformed) {
            return malformed.result();
        } catch (IOException | RuntimeException failure) {
            return failures.result(failure);
        }
    }
}
