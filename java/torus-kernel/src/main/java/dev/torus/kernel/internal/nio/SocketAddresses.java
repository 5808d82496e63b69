package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Socket addresses in Linux's layout. Buffers are little-endian; ports and IP addresses are in network order.
 *
 * <pre>
 * sockaddr_in:  family u16, port u16, address 4, zero 8                         16 bytes
 * sockaddr_in6: family u16, port u16, flow u32, address 16, scope u32           28 bytes
 * sockaddr_un:  family u16, path up to 108, zero-terminated                     3 + path
 * </pre>
 */
final class SocketAddresses {
    static final int INET_BYTES = 16;
    static final int INET6_BYTES = 28;
    static final int FAMILY_BYTES = 2;
    private static final int UNIX_PATH_MAX = 108;

    private static final int PORT = 2;
    private static final int INET_ADDRESS = 4;
    private static final int INET6_ADDRESS = 8;
    private static final int INET6_SCOPE = 24;
    private static final int UNIX_PATH = 2;

    /** An address that cannot be used, and the errno that says so. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int errno;

        MalformedException(int errno) {
            super(null, null, false, false);
            this.errno = errno;
        }

        int result() {
            return -errno;
        }
    }

    private SocketAddresses() {}

    static int family(ByteBuffer from, int at, int length) throws MalformedException {
        if (length < FAMILY_BYTES) {
            throw new MalformedException(LinuxErrno.EINVAL);
        }
        return from.getShort(at) & 0xffff;
    }

    static SocketAddress decode(ByteBuffer from, int at, int length) throws MalformedException {
        switch (family(from, at, length)) {
            case RingAbi.AF_INET:
                require(length >= INET_BYTES);
                return new InetSocketAddress(ip(from, at + INET_ADDRESS, 4, 0), port(from, at));
            case RingAbi.AF_INET6:
                require(length >= INET6_BYTES);
                InetAddress address = ip(from, at + INET6_ADDRESS, 16, from.getInt(at + INET6_SCOPE));
                return new InetSocketAddress(address, port(from, at));
            case RingAbi.AF_UNIX:
                return unixAddress(from, at + UNIX_PATH, length - UNIX_PATH);
            default:
                throw new MalformedException(LinuxErrno.EAFNOSUPPORT);
        }
    }

    private static int port(ByteBuffer from, int at) {
        return Short.reverseBytes(from.getShort(at + PORT)) & 0xffff;
    }

    private static InetAddress ip(ByteBuffer from, int at, int bytes, int scope) throws MalformedException {
        byte[] raw = new byte[bytes];
        from.get(at, raw);
        try {
            // An IPv4-mapped address becomes an Inet4Address, which dual-stack channels take.
            return scope == 0 ? InetAddress.getByAddress(raw) : Inet6Address.getByAddress(null, raw, scope);
        } catch (UnknownHostException impossible) {
            throw new MalformedException(LinuxErrno.EINVAL);
        }
    }

    private static SocketAddress unixAddress(ByteBuffer from, int at, int length) throws MalformedException {
        require(length > 0 && length <= UNIX_PATH_MAX);
        int end = 0;
        while (end < length && from.get(at + end) != 0) {
            end++;
        }
        if (end == 0) {
            // The abstract namespace of Linux: a leading zero byte.
            throw new MalformedException(LinuxErrno.EOPNOTSUPP);
        }
        byte[] path = new byte[end];
        from.get(at, path);
        return UnixDomainSocketAddress.of(new String(path, StandardCharsets.UTF_8));
    }

    private static void require(boolean condition) throws MalformedException {
        if (!condition) {
            throw new MalformedException(LinuxErrno.EINVAL);
        }
    }

    /**
     * Writes an address, or that of an unbound socket for null, as a socket of {@code family} names it.
     *
     * @param to at least {@link RingAbi#SOCKADDR_BYTES} from {@code at}
     * @return its length
     */
    static int encode(SocketAddress address, int family, ByteBuffer to, int at) {
        to.putShort(at, (short) family);
        if (family == RingAbi.AF_UNIX) {
            return encodeUnix(address, to, at);
        }
        InetSocketAddress inet = (InetSocketAddress) address;
        to.putShort(at + PORT, inet == null ? 0 : Short.reverseBytes((short) inet.getPort()));
        byte[] raw = inet == null ? null : inet.getAddress().getAddress();
        if (family == RingAbi.AF_INET) {
            to.putInt(at + INET_ADDRESS, 0).putLong(at + INET_ADDRESS + 4, 0);
            if (raw != null && raw.length == 4) {
                to.put(at + INET_ADDRESS, raw);
            }
            return INET_BYTES;
        }
        encodeInet6(inet, raw, to, at);
        return INET6_BYTES;
    }

    private static void encodeInet6(InetSocketAddress inet, byte[] raw, ByteBuffer to, int at) {
        to.putInt(at + INET_ADDRESS, 0);
        to.putLong(at + INET6_ADDRESS, 0).putLong(at + INET6_ADDRESS + 8, 0);
        to.putInt(at + INET6_SCOPE, 0);
        if (raw == null) {
            return;
        }
        if (raw.length == 16) {
            to.put(at + INET6_ADDRESS, raw);
            to.putInt(at + INET6_SCOPE, ((Inet6Address) inet.getAddress()).getScopeId());
        } else if (!((Inet4Address) inet.getAddress()).isAnyLocalAddress()) {
            to.putShort(at + INET6_ADDRESS + 10, (short) 0xffff);
            to.put(at + INET6_ADDRESS + 12, raw);
        }
    }

    private static int encodeUnix(SocketAddress address, ByteBuffer to, int at) {
        if (address == null) {
            return FAMILY_BYTES;
        }
        byte[] path = ((UnixDomainSocketAddress) address).getPath().toString().getBytes(StandardCharsets.UTF_8);
        if (path.length == 0) {
            return FAMILY_BYTES;
        }
        int bytes = Math.min(path.length, UNIX_PATH_MAX - 1);
        to.put(at + UNIX_PATH, path, 0, bytes).put(at + UNIX_PATH + bytes, (byte) 0);
        return UNIX_PATH + bytes + 1;
    }
}
