package dev.torus.loop;

import dev.torus.kernel.AddressFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** A question to one server after the other, until one answers. Each try has a socket, a port and a number of its own. */
final class DnsQuery {
    private static final int MAX_REPLY_BYTES = 0xffff;

    private final DnsResolver resolver;
    private final EventLoop loop;
    private final DnsWire wire;
    private final String subject;
    private final LoopPromise<List<DnsRecord>> promise;

    private int tries;
    private int id;
    private InetSocketAddress server;
    private Timeout deadline;
    /** Of the present try; null after it. */
    private UdpSocket datagrams;
    /** Of the present try, once the answer did not fit into a datagram. */
    private Socket stream;

    private ByteBuffer arrived;
    private IOException failure;

    DnsQuery(DnsResolver resolver, EventLoop loop, DnsWire wire, String subject, LoopPromise<List<DnsRecord>> promise) {
        this.resolver = resolver;
        this.loop = loop;
        this.wire = wire;
        this.subject = subject;
        this.promise = promise;
    }

    void start() {
        promise.named("resolve", subject).onCancel(this::endTry);
        ask();
    }

    private String question() {
        return "resolve " + subject + " by " + server;
    }

    private void ask() {
        if (tries == resolver.tries()) {
            promise.completeExceptionally(failure);
            return;
        }
        server = resolver.server(tries++);
        id = resolver.newId();
        deadline = loop.setTimeout(
                resolver.timeout(), () -> tryFailed(Deadlines.passed("resolve", subject + " by " + server)));
        UdpSocket socket = loop.dgram().createSocket(familyOf(server));
        datagrams = socket;
        socket.onError(e -> {
            if (socket == datagrams) {
                tryFailed(e);
            }
        });
        socket.onConnect(() -> send(socket));
        socket.onMessage((data, from) -> {
            if (socket == datagrams && stream == null) {
                answered(data);
            }
        });
        socket.connect(server);
    }

    private static AddressFamily familyOf(InetSocketAddress address) {
        return Net.familyOf(address);
    }

    private void send(UdpSocket socket) {
        socket.send(ByteBuffer.wrap(wire.query(id))).onSettled((bytes, reason) -> {
            if (reason instanceof IOException e && socket == datagrams) {
                tryFailed(e);
            }
        });
    }

    private void answered(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        DnsWire.Reply reply;
        try {
            reply = wire.reply(bytes, id);
        } catch (IOException e) {
            if (stream != null) {
                tryFailed(new DnsException(DnsException.Reason.MALFORMED, question(), e.getMessage()));
            }
            // a datagram may be anybody's: the answer may still come
            return;
        }
        if (reply == null) {
            return;
        }
        if (reply.truncated() && stream == null) {
            askByStream();
        } else {
            answered(reply);
        }
    }

    private void answered(DnsWire.Reply reply) {
        if (reply.isOk() && !reply.records().isEmpty()) {
            endTry();
            promise.complete(reply.records());
        } else if (reply.isOk() || reply.isNoSuchName()) {
            DnsException.Reason reason =
                    reply.isOk() ? DnsException.Reason.NO_SUCH_RECORD : DnsException.Reason.NO_SUCH_NAME;
            String detail = reply.isOk() ? "no such record" : "no such name";
            endTry();
            promise.completeExceptionally(new DnsException(reason, question(), detail));
        } else {
            tryFailed(new DnsException(
                    DnsException.Reason.SERVER_FAILED, question(), "the server answered " + reply.codeName()));
        }
    }

    // ---- by TCP, a length before each message
    // ------------------------------------------------------------------------

    private void askByStream() {
        Socket socket = loop.net().connect(server);
        stream = socket;
        arrived = ByteBuffer.allocate(Short.BYTES + MAX_REPLY_BYTES);
        byte[] query = wire.query(id);
        socket.write(ByteBuffer.allocate(Short.BYTES + query.length)
                .putShort((short) query.length)
                .put(query)
                .flip());
        socket.onError(e -> {
            if (socket == stream) {
                tryFailed(e);
            }
        });
        socket.onEnd(() -> {
            if (socket == stream) {
                tryFailed(new DnsException(
                        DnsException.Reason.MALFORMED, question(), "the connection ended within the answer"));
            }
        });
        socket.onData(data -> {
            if (socket == stream) {
                arrived(data);
            }
        });
    }

    private void arrived(ByteBuffer data) {
        int piece = Math.min(arrived.remaining(), data.remaining());
        arrived.put(data.slice().limit(piece));
        if (arrived.position() < Short.BYTES) {
            return;
        }
        int length = Short.toUnsignedInt(arrived.getShort(0));
        if (arrived.position() >= Short.BYTES + length) {
            answered(arrived.duplicate().position(Short.BYTES).limit(Short.BYTES + length));
        }
    }

    // ---- end of a try
    // ------------------------------------------------------------------------------------------------

    private void tryFailed(IOException reason) {
        failure = reason;
        endTry();
        ask();
    }

    private void endTry() {
        deadline.clear();
        if (datagrams != null) {
            UdpSocket socket = datagrams;
            datagrams = null;
            socket.close();
        }
        if (stream != null) {
            Socket socket = stream;
            stream = null;
            socket.destroy();
        }
    }
}
