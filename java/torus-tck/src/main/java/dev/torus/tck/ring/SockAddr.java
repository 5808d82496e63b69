package dev.torus.tck.ring;

import dev.torus.kernel.spi.RingAbi;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** Socket addresses in Linux's layout. */
public final class SockAddr {
    private SockAddr() {}

    /** {@code sockaddr_in} (16 bytes) or {@code sockaddr_in6} (28 bytes). */
    public static byte[] of(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        byte[] raw = ip.getAddress();
        boolean v6 = ip instanceof Inet6Address;
        byte[] out = new byte[v6 ? 28 : 16];
        out[0] = (byte) (v6 ? RingAbi.AF_INET6 : RingAbi.AF_INET);
        out[2] = (byte) (address.getPort() >>> 8);
        out[3] = (byte) address.getPort();
        System.arraycopy(raw, 0, out, v6 ? 8 : 4, raw.length);
        return out;
    }

    /** {@code sockaddr_un} with the terminating zero. */
    public static byte[] of(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[2 + name.length + 1];
        out[0] = RingAbi.AF_UNIX;
        System.arraycopy(name, 0, out, 2, name.length);
        return out;
    }

    /** The port that an inet address holds. */
    public static int port(byte[] sockaddr) {
        return (sockaddr[2] & 0xFF) << 8 | sockaddr[3] & 0xFF;
    }

    /** Decodes an inet address. */
    public static InetSocketAddress inet(byte[] sockaddr) {
        try {
            byte[] raw = sockaddr[0] == RingAbi.AF_INET6
                    ? Arrays.copyOfRange(sockaddr, 8, 24)
                    : Arrays.copyOfRange(sockaddr, 4, 8);
            return new InetSocketAddress(InetAddress.getByAddress(raw), port(sockaddr));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** 127.0.0.1 with {@code port}. */
    public static InetSocketAddress loopback(int port) {
        try {
            return new InetSocketAddress(Inet4Address.getByAddress(new byte[] {127, 0, 0, 1}), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** ::1 with {@code port}. */
    public static InetSocketAddress loopback6(int port) {
        try {
            byte[] one = new byte[16];
            one[15] = 1;
            return new InetSocketAddress(InetAddress.getByAddress(one), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
