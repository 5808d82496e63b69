package dev.torus.kernel.internal.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** The multicast groups of one datagram socket: a join by numbers, and the key of NIO that ends it. */
final class Memberships {
    /** As the caller named it, so that leaving finds it again. */
    private record Name(InetAddress group, int interfaceIndex) {}

    private final Map<Name, MembershipKey> keys = new HashMap<>();

    /** Joins or leaves; 0 or -errno as Linux answers. */
    int change(DatagramChannel channel, InetAddress group, int interfaceIndex, boolean join) throws IOException {
        if (!group.isMulticastAddress()) {
            return -LinuxErrno.EINVAL;
        }
        Name name = new Name(group, interfaceIndex);
        MembershipKey key = keys.get(name);
        if (!join) {
            if (key == null) {
                return -LinuxErrno.EADDRNOTAVAIL;
            }
            keys.remove(name).drop();
            return 0;
        }
        if (key != null) {
            return -LinuxErrno.EADDRINUSE;
        }
        NetworkInterface network =
                interfaceIndex == 0 ? choose(channel, group) : NetworkInterface.getByIndex(interfaceIndex);
        if (network == null) {
            return -LinuxErrno.ENODEV;
        }
        keys.put(name, channel.join(group, network));
        return 0;
    }

    /** The interface for sending, if one was set; else one that is up, carries multicast and has such addresses. */
    private static NetworkInterface choose(DatagramChannel channel, InetAddress group) throws IOException {
        NetworkInterface set = channel.getOption(StandardSocketOptions.IP_MULTICAST_IF);
        if (set != null) {
            return set;
        }
        try (Stream<NetworkInterface> all = NetworkInterface.networkInterfaces()) {
            return all.filter(network -> carriesMulticast(network)
                            && network.inetAddresses().anyMatch(address -> address.getClass() == group.getClass()))
                    .findFirst()
                    .orElse(null);
        }
    }

    private static boolean carriesMulticast(NetworkInterface network) {
        try {
            return network.isUp() && network.supportsMulticast() && !network.isLoopback();
        } catch (SocketException gone) {
            return false;
        }
    }
}
