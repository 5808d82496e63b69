package dev.torus.tck.ring;

import static dev.torus.kernel.spi.RingAbi.AF_INET;
import static dev.torus.kernel.spi.RingAbi.AF_INET6;
import static dev.torus.kernel.spi.RingAbi.AF_UNIX;
import static dev.torus.kernel.spi.RingAbi.SOCKADDR_BYTES;
import static dev.torus.kernel.spi.RingAbi.SOCK_DGRAM;
import static dev.torus.kernel.spi.RingAbi.SOCK_STREAM;

import dev.torus.kernel.spi.SocketControl;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sockets of a backend under test, and plain Java sockets as their peers. */
public final class Net implements AutoCloseable {
    private final RingDriver ring;
    private final Ops ops;
    private final Region addresses;
    private final List<SocketChannel> channels = new ArrayList<>();

    public Net(RingDriver ring) {
        this.ring = ring;
        this.ops = new Ops(ring);
        this.addresses = ring.region(SOCKADDR_BYTES);
    }

    /**
     * A connected stream: one end on the ring, the other a blocking Java channel.
     *
     * @param fd the ring's end
     * @param channel the other end
     */
    public record Peer(int fd, SocketChannel channel) {
        /** Writes all of it. */
        public void write(byte[] data) {
            PeerIo.write(channel, data);
        }

        /** Writes ASCII text. */
        public void write(String text) {
            write(text.getBytes(StandardCharsets.US_ASCII));
        }

        /** Reads exactly {@code length} bytes, or fewer at end of stream. */
        public byte[] read(int length) {
            return PeerIo.read(channel, length);
        }

        /** Closes it in order (FIN). */
        public void close() {
            PeerIo.close(channel);
        }

        /** Closes it with a reset (RST). */
        public void reset() {
            PeerIo.reset(channel);
        }
    }

    /** The control plane. */
    public SocketControl control() {
        return ring.backend().sockets();
    }

    /** A stream or datagram socket, closed with the ring. */
    public int socket(int family, int type) {
        return ring.own(control().socket(family, type, 0));
    }

    public int tcp() {
        return socket(AF_INET, SOCK_STREAM);
    }

    public int udp() {
        int fd = socket(AF_INET, SOCK_DGRAM);
        ok("bind", control().bind(fd, SockAddr.of(SockAddr.loopback(0))));
        return fd;
    }

    /** A listener on 127.0.0.1 and a free port. */
    public int listener(int backlog) {
        int fd = tcp();
        ok("bind", control().bind(fd, SockAddr.of(SockAddr.loopback(0))));
        ok("listen", control().listen(fd, backlog));
        return fd;
    }

    /** The local address in Linux's layout. */
    public byte[] address(int fd) {
        byte[] sockaddr = new byte[SOCKADDR_BYTES];
        int length = ok("localAddress", control().localAddress(fd, sockaddr));
        return Arrays.copyOf(sockaddr, length);
    }

    public int port(int fd) {
        return SockAddr.port(address(fd));
    }

    /** Connects a Java channel to a listener of the ring and accepts it there. */
    public Peer peer(int listener) {
        SocketChannel channel = channel(port(listener));
        return new Peer(ring.own(ring.result(ops.accept(listener))), channel);
    }

    /** A peer through a listener of its own. */
    public Peer peer() {
        int listener = listener(16);
        Peer peer = peer(listener);
        ring.closeNow(listener);
        return peer;
    }

    /** A blocking Java channel connected to the port; closed with this. */
    public SocketChannel channel(int port) {
        SocketChannel channel = PeerIo.connect(port);
        channels.add(channel);
        return channel;
    }

    /** Two connected TCP sockets, both on the ring: the connecting one first. */
    public int[] tcpPair() {
        int listener = listener(16);
        int[] pair = pair(listener, tcp());
        ring.closeNow(listener);
        return pair;
    }

    /** Two connected Unix stream sockets. */
    public int[] unixPair(Path path) {
        int listener = socket(AF_UNIX, SOCK_STREAM);
        ok("bind", control().bind(listener, SockAddr.of(path)));
        ok("listen", control().listen(listener, 16));
        byte[] to = SockAddr.of(path);
        int[] pair = pair(listener, socket(AF_UNIX, SOCK_STREAM), to);
        ring.closeNow(listener);
        return pair;
    }

    /** Two connected IPv6 sockets; call {@link #hasIpv6} first. */
    public int[] tcp6Pair() {
        int listener = socket(AF_INET6, SOCK_STREAM);
        ok("bind", control().bind(listener, SockAddr.of(SockAddr.loopback6(0))));
        ok("listen", control().listen(listener, 16));
        int[] pair = pair(listener, socket(AF_INET6, SOCK_STREAM));
        ring.closeNow(listener);
        return pair;
    }

    /** Null if ::1 can be bound with this backend, otherwise why not. */
    public String hasIpv6() {
        int fd = control().socket(AF_INET6, SOCK_STREAM, 0);
        if (fd < 0) {
            return "no IPv6 sockets: " + Linux.result(fd);
        }
        int bound = control().bind(fd, SockAddr.of(SockAddr.loopback6(0)));
        control().close(fd);
        return bound < 0 ? "::1 cannot be bound: " + Linux.result(bound) : null;
    }

    private int[] pair(int listener, int client) {
        return pair(listener, client, address(listener));
    }

    private int[] pair(int listener, int client, byte[] to) {
        long accept = ops.accept(listener);
        long connect = ops.connect(client, addresses, 0, to);
        ok("connect", ring.result(connect));
        return new int[] {client, ring.own(ring.result(accept))};
    }

    /** Fails unless it is a value. */
    public static int ok(String what, int result) {
        if (result < 0) {
            throw new AssertionError(what + ": " + Linux.result(result));
        }
        return result;
    }

    @Override
    public void close() {
        channels.forEach(PeerIo::close);
    }
}
