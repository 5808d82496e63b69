package dev.torus.kernel;

import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;

/** Level and name of Java's standard socket options, in Linux numbers (socket(7), tcp(7), ip(7)). */
final class SocketOptions {
    private static final int SOL_SOCKET = 1;
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;

    private record Number(int level, int name) {}

    private static final Map<SocketOption<?>, Number> NUMBERS = Map.ofEntries(
            Map.entry(StandardSocketOptions.SO_REUSEADDR, new Number(SOL_SOCKET, 2)),
            Map.entry(StandardSocketOptions.SO_BROADCAST, new Number(SOL_SOCKET, 6)),
            Map.entry(StandardSocketOptions.SO_SNDBUF, new Number(SOL_SOCKET, 7)),
            Map.entry(StandardSocketOptions.SO_RCVBUF, new Number(SOL_SOCKET, 8)),
            Map.entry(StandardSocketOptions.SO_KEEPALIVE, new Number(SOL_SOCKET, 9)),
            Map.entry(StandardSocketOptions.SO_LINGER, new Number(SOL_SOCKET, 13)),
            Map.entry(StandardSocketOptions.SO_REUSEPORT, new Number(SOL_SOCKET, 15)),
            Map.entry(StandardSocketOptions.TCP_NODELAY, new Number(IPPROTO_TCP, 1)),
            Map.entry(StandardSocketOptions.IP_TOS, new Number(IPPROTO_IP, 1)),
            Map.entry(StandardSocketOptions.IP_MULTICAST_IF, new Number(IPPROTO_IP, 32)),
            Map.entry(StandardSocketOptions.IP_MULTICAST_TTL, new Number(IPPROTO_IP, 33)),
            Map.entry(StandardSocketOptions.IP_MULTICAST_LOOP, new Number(IPPROTO_IP, 34)));

    /** Those that IPv6 sockets have under other numbers (ipv6(7)). */
    private static final Map<SocketOption<?>, Number> IPV6_NUMBERS = Map.of(
            StandardSocketOptions.IP_TOS, new Number(IPPROTO_IPV6, 67),
            StandardSocketOptions.IP_MULTICAST_IF, new Number(IPPROTO_IPV6, 17),
            StandardSocketOptions.IP_MULTICAST_TTL, new Number(IPPROTO_IPV6, 18),
            StandardSocketOptions.IP_MULTICAST_LOOP, new Number(IPPROTO_IPV6, 19));

    private SocketOptions() {}

    /** @param family of the socket; null if it is not known */
    static int level(SocketOption<?> option, AddressFamily family) {
        return number(option, family).level;
    }

    /** @param family of the socket; null if it is not known */
    static int name(SocketOption<?> option, AddressFamily family) {
        return number(option, family).name;
    }

    private static Number number(SocketOption<?> option, AddressFamily family) {
        Number number = family == AddressFamily.INET6 ? IPV6_NUMBERS.get(option) : null;
        if (number == null) {
            number = NUMBERS.get(option);
        }
        if (number == null) {
            throw new IllegalArgumentException("unsupported socket option " + option);
        }
        return number;
    }

    static int encode(SocketOption<?> option, Object value) {
        if (option.type() == Boolean.class && value instanceof Boolean on) {
            return on ? 1 : 0;
        }
        if (option.type() == Integer.class && value instanceof Integer number) {
            return number;
        }
        if (option.type() == NetworkInterface.class && value instanceof NetworkInterface network) {
            return network.getIndex();
        }
        throw new IllegalArgumentException("value " + value + " for socket option " + option + " of type "
                + option.type().getSimpleName());
    }

    static <T> T decode(SocketOption<T> option, int value) {
        if (option.type() == NetworkInterface.class) {
            // Linux answers the address of the interface, other systems its index
            throw new IllegalArgumentException("socket option " + option + " cannot be read");
        }
        return option.type().cast(option.type() == Boolean.class ? (Object) (value != 0) : (Object) value);
    }
}
