package dev.torus.kernel.internal.nio;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;

/**
 * Socket options: Linux's numbers to Java's names. Options are looked up by name among those of the channel, so that
 * the extended ones need no dependency on {@code jdk.net}.
 */
final class OptionTable {
    static final int SOL_SOCKET = 1;
    static final int SO_TYPE = 3;
    static final int SO_ERROR = 4;
    static final int SO_ACCEPTCONN = 30;
    static final int SO_DOMAIN = 39;

    private record Row(int level, int number, String name) {}

    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;

    private static final Row[] ROWS = {
        new Row(SOL_SOCKET, 2, "SO_REUSEADDR"),
        new Row(SOL_SOCKET, 6, "SO_BROADCAST"),
        new Row(SOL_SOCKET, 7, "SO_SNDBUF"),
        new Row(SOL_SOCKET, 8, "SO_RCVBUF"),
        new Row(SOL_SOCKET, 9, "SO_KEEPALIVE"),
        new Row(SOL_SOCKET, 13, "SO_LINGER"),
        new Row(SOL_SOCKET, 15, "SO_REUSEPORT"),
        new Row(SOL_SOCKET, 56, "SO_INCOMING_NAPI_ID"),
        new Row(IPPROTO_TCP, 1, "TCP_NODELAY"),
        new Row(IPPROTO_TCP, 4, "TCP_KEEPIDLE"),
        new Row(IPPROTO_TCP, 5, "TCP_KEEPINTERVAL"),
        new Row(IPPROTO_TCP, 6, "TCP_KEEPCOUNT"),
        new Row(IPPROTO_TCP, 12, "TCP_QUICKACK"),
        new Row(IPPROTO_IP, 1, "IP_TOS"),
        new Row(IPPROTO_IP, 10, "IP_DONTFRAGMENT"),
        new Row(IPPROTO_IP, 32, "IP_MULTICAST_IF"),
        new Row(IPPROTO_IP, 33, "IP_MULTICAST_TTL"),
        new Row(IPPROTO_IP, 34, "IP_MULTICAST_LOOP"),
        new Row(IPPROTO_IPV6, 17, "IP_MULTICAST_IF"),
        new Row(IPPROTO_IPV6, 18, "IP_MULTICAST_TTL"),
        new Row(IPPROTO_IPV6, 19, "IP_MULTICAST_LOOP"),
        new Row(IPPROTO_IPV6, 67, "IP_TOS"),
    };

    private OptionTable() {}

    /** Java's name, or null for an option that NIO does not have. */
    static String nameOf(int level, int number) {
        for (Row row : ROWS) {
            if (row.level() == level && row.number() == number) {
                return row.name();
            }
        }
        return null;
    }

    /** The channel's option of that name, or null. */
    static SocketOption<?> find(NetworkChannel channel, String name) {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals(name)) {
                return option;
            }
        }
        return null;
    }

    /** The Java value of an integer. */
    static Object toJava(SocketOption<?> option, int value) throws SocketException {
        if (option.type() == Boolean.class) {
            return value != 0;
        }
        return option.type() == NetworkInterface.class ? NetworkInterface.getByIndex(value) : (Object) value;
    }

    /** The integer of a Java value; absent ones are 0. */
    static int toInt(Object value) {
        if (value instanceof Boolean b) {
            return b ? 1 : 0;
        }
        if (value instanceof NetworkInterface networkInterface) {
            return networkInterface.getIndex();
        }
        return value == null ? 0 : (Integer) value;
    }
}
