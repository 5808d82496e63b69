package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Turns Java's socket addresses into sockaddr in Linux's layout and back (ip(7), ipv6(7), unix(7)). */
final class SocketAddresses {
    private static final int IN_BYTES = 16;
    private static final int IN6_BYTES = 28;
    private static final int UNIX_PATH_BYTES = 108;
    private static final int IPV4_MAPPED_PREFIX = 12;

    private SocketAddresses() {}

    /**
     * The sockaddr for a socket of a family; an IPv4 address becomes an IPv4-mapped one for an IPv6 socket.
     *
     * @throws IllegalArgumentException if the address does not fit the family, is unresolved, or the path is too long
     */
    static byte[] encode(SocketAddress address, AddressFamily family) {
        if (address instanceof UnixDomainSocketAddress unix && family == AddressFamily.UNIX) {
            return encodeUnix(unix);
        }
        if (address instanceof InetSocketAddress inet && family != AddressFamily.UNIX) {
            return encodeInet(inet, family);
        }
        throw new IllegalArgumentException("address " + address + " does not fit a socket of family " + family);
    }

    static AddressFamily familyOf(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return AddressFamily.UNIX;
        }
        if (address instanceof InetSocketAddress inet) {
            return inet.getAddress() instanceof Inet6Address ? AddressFamily.INET6 : AddressFamily.INET;
        }
        throw new IllegalArgumentException("unsupported address " + address);
    }

    private static byte[] encodeUnix(UnixDomainSocketAddress address) {
        byte[] path = address.getPath().toString().getBytes(StandardCharsets.UTF_8);
        if (path.length >= UNIX_PATH_BYTES) {
            throw new IllegalArgumentException("Unix domain path of " + path.length + " bytes; at most "
                    + (UNIX_PATH_BYTES - 1) + ": " + address.getPath());
        }
        byte[] sockaddr = new byte[2 + path.length + 1];
        sockaddr[0] = RingAbi.AF_UNIX;
        System.arraycopy(path, 0, sockaddr, 2, path.length);
        return sockaddr;
    }

    private static byte[] encodeInet(InetSocketAddress address, AddressFamily family) {
        InetAddress ip = address.getAddress();
        if (ip == null) {
            throw new IllegalArgumentException("unresolved address " + address);
        }
        byte[] raw = ip.getAddress();
        boolean four = ip instanceof Inet4Address;
        if (family == AddressFamily.INET && !four) {
            if (!ip.isAnyLocalAddress()) {
                throw new IllegalArgumentException("IPv6 address " + address + " for an IPv4 socket");
            }
            raw = new byte[Integer.BYTES];
        }
        byte[] sockaddr = new byte[family == AddressFamily.INET ? IN_BYTES : IN6_BYTES];
        sockaddr[0] = (byte) family.code;
        sockaddr[2] = (byte) (address.getPort() >>> 8);
        sockaddr[3] = (byte) address.getPort();
        if (family == AddressFamily.INET) {
            System.arraycopy(raw, 0, sockaddr, 4, raw.length);
        } else if (!four) {
            System.arraycopy(raw, 0, sockaddr, 8, raw.length);
            int scope = ((Inet6Address) ip).getScopeId();
            for (int i = 0; i < Integer.BYTES; i++) {
                sockaddr[24 + i] = (byte) (scope >>> (8 * i));
            }
        } else if (!ip.isAnyLocalAddress()) {
            sockaddr[8 + 10] = (byte) 0xFF;
            sockaddr[8 + 11] = (byte) 0xFF;
            System.arraycopy(raw, 0, sockaddr, 8 + IPV4_MAPPED_PREFIX, raw.length);
        }
        return sockaddr;
    }

    /** The address in a sockaddr, or null if it holds none (an unnamed Unix socket has the empty path). */
    static SocketAddress decode(byte[] sockaddr, int length) {
        if (length < 2) {
            return null;
        }
        int family = (sockaddr[0] & 0xFF) | (sockaddr[1] & 0xFF) << 8;
        try {
            if (family == RingAbi.AF_INET && length >= IN_BYTES) {
                return inet(Arrays.copyOfRange(sockaddr, 4, 8), 0, sockaddr);
            }
            if (family == RingAbi.AF_INET6 && length >= IN6_BYTES) {
                int scope = 0;
                for (int i = 0; i < Integer.BYTES; i++) {
                    scope |= (sockaddr[24 + i] & 0xFF) << (8 * i);
                }
                return inet(Arrays.copyOfRange(sockaddr, 8, 24), scope, sockaddr);
            }
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
        if (family == RingAbi.AF_UNIX) {
            int end = 2;
            while (end < length && sockaddr[end] != 0) {
                end++;
            }
            return UnixDomainSocketAddress.of(new String(sockaddr, 2, end - 2, StandardCharsets.UTF_8));
        }
        return null;
    }

    private static InetSocketAddress inet(byte[] raw, int scope, byte[] sockaddr) throws UnknownHostException {
        int port = (sockaddr[2] & 0xFF) << 8 | (sockaddr[3] & 0xFF);
        InetAddress ip = scope == 0 ? InetAddress.getByAddress(raw) : Inet6Address.getByAddress(null, raw, scope);
        return new InetSocketAddress(ip, port);
    }
}
