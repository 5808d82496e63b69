package dev.torus.loop;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A UDP socket. It receives from {@link #bind}, {@link #connect} or the first {@link #send} on, which binds it to a port that the
 * system chooses, until {@link #close()}; meanwhile it keeps the loop alive, unless it is unref'd. Loop thread only.
 */
public final class UdpSocket extends LoopHandle {
    /** Longer than any datagram. */
    private static final int RECEIVE_BYTES = 64 * 1024;

    /** Errors that an earlier datagram has met; the next receive has nothing to do with them. */
    private static final Set<Errno> ABOUT_A_PEER = EnumSet.of(
            Errno.ECONNREFUSED,
            Errno.ECONNRESET,
            Errno.EHOSTUNREACH,
            Errno.ENETUNREACH,
            Errno.EHOSTDOWN,
            Errno.EMSGSIZE);
    /** After any other error, receiving rests so long: trying at once could spin. */
    private static final int REST_MILLIS = 50;

    private final Datagrams datagrams;
    private final AddressFamily family;
    private final CompletionSink receiveSink = this::received;
    private BiConsumer<ByteBuffer, InetSocketAddress> onMessage = (data, from) -> {};
    private Runnable onListening = () -> {};
    private Runnable onConnect = () -> {};
    private Runnable onClose = () -> {};
    private Consumer<TorusIoException> onError;
    private long handle = -1;
    private boolean receiving;
    private IoBuffer receiveBuffer;
    private InetSocketAddress peer;
    private int queuedCount;
    private int queuedBytes;
    private boolean retiring;
    private boolean closing;

    UdpSocket(EventLoop loop, Datagrams datagrams, AddressFamily family) {
        super(loop);
        this.datagrams = datagrams;
        this.family = family;
    }

    private IoKernel kernel() {
        return datagrams.kernel();
    }

    // ---- handlers
    // ----------------------------------------------------------------------------------------------------

    /** Called with each datagram and its sender. The buffer is the handler's only until it returns; it may be empty. */
    public UdpSocket onMessage(BiConsumer<ByteBuffer, InetSocketAddress> handler) {
        onMessage = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called once it is bound and receives. */
    public UdpSocket onListening(Runnable handler) {
        onListening = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /** Called once it is connected to a peer. */
    public UdpSocket onConnect(Runnable handler) {
        onConnect = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /**
     * Called with errors of binding, connecting and receiving; without a handler they are uncaught exceptions. Receiving goes on
     * after it: a peer whose port is closed is such an error (ECONNREFUSED) of a connected socket.
     */
    public UdpSocket onError(Consumer<TorusIoException> handler) {
        onError = handler;
        return this;
    }

    /** Called once it is closed. */
    public UdpSocket onClose(Runnable handler) {
        onClose = Objects.requireNonNull(handler, "handler");
        return this;
    }

    // ---- binding and connecting
    // --------------------------------------------------------------------------------------

    /** Binds to a port of all addresses; 0 lets the system choose, see {@link #address()}. */
    public UdpSocket bind(int port) {
        return bind(wildcard(port));
    }

    /**
     * Binds to an address and receives. Success and failure are told in a later callback (R49).
     *
     * @throws IllegalStateException if it is bound or closed
     */
    public UdpSocket bind(InetSocketAddress local) {
        checkOpen();
        if (receiving) {
            throw new IllegalStateException("the socket is bound already");
        }
        try {
            bindNow(local);
        } catch (TorusIoException e) {
            loop.nextTick(() -> fail(e));
            return this;
        }
        loop.nextTick(() -> {
            if (!closing) {
                onListening.run();
            }
        });
        return this;
    }

    /**
     * Names the only peer that it receives from, and the destination of {@link #send(ByteBuffer)}. Binds it if it is not. Success
     * and failure are told in a later callback.
     *
     * @throws IllegalStateException if it is connected or closed
     */
    public UdpSocket connect(InetSocketAddress address) {
        checkOpen();
        if (peer != null) {
            throw new IllegalStateException("the socket is connected already");
        }
        peer = Objects.requireNonNull(address, "address");
        try {
            open();
        } catch (TorusIoException e) {
            peer = null;
            loop.nextTick(() -> fail(e));
            return this;
        }
        loop.life().requestBegins();
        kernel().connect(handle, address, datagrams.poller().token((result, flags) -> {
            loop.life().requestEnds();
            loop.macrotask(() -> connected(address, result, flags));
        }));
        return this;
    }

    private void connected(InetSocketAddress address, long result, int flags) {
        if (closing) {
            return;
        }
        if (result < 0) {
            peer = null;
            fail(TorusIoException.of("connect", address.toString(), result, flags, null));
            return;
        }
        receive();
        onConnect.run();
    }

    private InetSocketAddress wildcard(int port) {
        try {
            byte[] zeros = new byte[family == AddressFamily.INET ? 4 : 16];
            return new InetSocketAddress(InetAddress.getByAddress(zeros), port);
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void open() throws TorusIoException {
        if (handle == -1) {
            handle = kernel().socket(family, SocketType.DATAGRAM);
        }
    }

    private void bindNow(InetSocketAddress local) throws TorusIoException {
        open();
        kernel().bind(handle, local);
        receive();
    }

    private void checkOpen() {
        loop.checkThread();
        if (closing) {
            throw new IllegalStateException("the socket is closed");
        }
    }

    private void fail(TorusIoException e) {
        if (closing) {
            return;
        }
        if (onError == null) {
            throw new UncheckedLoopException(e);
        }
        onError.accept(e);
    }

    // ---- receiving
    // ---------------------------------------------------------------------------------------------------

    private void receive() {
        if (!receiving) {
            receiving = true;
            receiveBuffer = datagrams.buffers().take(RECEIVE_BYTES);
            loop.life().activated(this);
            receiveNext();
        }
    }

    private void receiveNext() {
        kernel().recvFrom(
                        handle,
                        receiveBuffer,
                        0,
                        receiveBuffer.capacity(),
                        datagrams.poller().token(receiveSink));
    }

    private void received(long result, int flags) {
        if (closing) {
            // the close callback gives the buffer back
            return;
        }
        boolean atOnce = result >= 0 || ABOUT_A_PEER.contains(Errno.of(result));
        try {
            if (result >= 0) {
                InetSocketAddress from =
                        datagrams.poller().datagramSource() instanceof InetSocketAddress inet ? inet : peer;
                ByteBuffer data = receiveBuffer.bytes().duplicate().clear().limit((int) result);
                loop.macrotask(() -> onMessage.accept(data, from));
            } else {
                TorusIoException failure = TorusIoException.of(
                        "recv", null, result, flags, datagrams.poller().failureDetail());
                loop.macrotask(() -> fail(failure));
            }
        } finally {
            // also when the callback leaves the run, which may be resumed
            if (atOnce && !closing) {
                receiveNext();
            }
        }
        if (!atOnce && !closing) {
            loop.setTimeout(REST_MILLIS, this::receiveAgain).unref();
        }
    }

    private void receiveAgain() {
        if (!closing) {
            receiveNext();
        }
    }

    // ---- sending
    // -----------------------------------------------------------------------------------------------------

    /** Sends a text in UTF-8; see {@link #send(ByteBuffer, InetSocketAddress)}. */
    public LoopPromise<Integer> send(String text, InetSocketAddress to) {
        return send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), to);
    }

    /** Sends a datagram to the peer that it is connected to. */
    public LoopPromise<Integer> send(ByteBuffer data) {
        if (peer == null) {
            throw new IllegalStateException("the socket is not connected");
        }
        return sendTo(data, null);
    }

    /** Sends a datagram to a host, looked up on the worker pool unless it is an address. */
    public LoopPromise<Integer> send(ByteBuffer data, String host, int port) {
        checkOpen();
        ByteBuffer copy = ByteBuffer.allocate(data.remaining()).put(data).flip();
        return loop.dns()
                .lookup(host)
                .<Integer>thenCompose(addresses -> send(copy, new InetSocketAddress(preferred(addresses), port)));
    }

    private InetAddress preferred(Iterable<InetAddress> addresses) {
        Class<?> wanted = family == AddressFamily.INET ? java.net.Inet4Address.class : java.net.Inet6Address.class;
        for (InetAddress address : addresses) {
            if (wanted.isInstance(address)) {
                return address;
            }
        }
        return addresses.iterator().next();
    }

    /**
     * Sends what remains in a buffer, which is copied, as one datagram; its position moves to its limit.
     *
     * @return how many bytes were given to the network, which may lose them; broken with EMSGSIZE if they are too many for a datagram
     * @throws IllegalStateException if it is closed, or connected to another peer
     */
    public LoopPromise<Integer> send(ByteBuffer data, InetSocketAddress to) {
        if (peer != null && !peer.equals(to)) {
            throw new IllegalStateException("the socket is connected to " + peer);
        }
        return sendTo(data, peer == null ? Objects.requireNonNull(to, "to") : null);
    }

    private LoopPromise<Integer> sendTo(ByteBuffer data, InetSocketAddress to) {
        checkOpen();
        LoopPromise<Integer> promise = loop.<Integer>newPromise().named("send", to == null ? peer : to);
        int bytes = data.remaining();
        try {
            if (bytes > RECEIVE_BYTES) {
                throw TorusIoException.of("send", String.valueOf(to), Errno.EMSGSIZE.result());
            }
            if (!receiving && peer == null) {
                bindNow(wildcard(0));
            }
        } catch (TorusIoException e) {
            promise.completeExceptionally(e);
            return promise;
        }
        IoBuffer buffer = datagrams.buffers().take(bytes);
        buffer.bytes().put(0, data, data.position(), bytes);
        long token = datagrams.poller().token((result, flags) -> sent(promise, buffer, bytes, to, result, flags));
        try {
            kernel().sendTo(handle, buffer, 0, bytes, to, token);
        } catch (RuntimeException e) {
            datagrams.poller().unused(token);
            datagrams.buffers().give(buffer);
            throw e;
        }
        data.position(data.limit());
        queuedCount++;
        queuedBytes += bytes;
        loop.life().requestBegins();
        return promise;
    }

    private void sent(
            LoopPromise<Integer> promise, IoBuffer buffer, int bytes, InetSocketAddress to, long result, int flags) {
        loop.life().requestEnds();
        queuedCount--;
        queuedBytes -= bytes;
        datagrams.buffers().give(buffer);
        String detail = result < 0 ? datagrams.poller().failureDetail() : null;
        loop.macrotask(() -> {
            if (result < 0) {
                promise.completeExceptionally(
                        TorusIoException.of("send", String.valueOf(to == null ? peer : to), result, flags, detail));
            } else {
                promise.complete((int) result);
            }
        });
        if (retiring && queuedCount == 0) {
            close();
        }
    }

    /** Datagrams that were given to {@link #send} and not yet taken by the system. */
    public int sendQueueCount() {
        return queuedCount;
    }

    /** Bytes that were given to {@link #send} and not yet taken by the system. */
    public int sendQueueBytes() {
        return queuedBytes;
    }

    // ---- multicast and options
    // ---------------------------------------------------------------------------------------

    /**
     * Receives what is sent to a multicast group.
     *
     * @param network interface on which it joins; null lets the system choose
     * @throws UncheckedLoopException EADDRINUSE if it is a member already, EINVAL if that is no multicast address
     */
    public UdpSocket addMembership(InetAddress group, NetworkInterface network) {
        control(() -> kernel().joinGroup(handle, group, network));
        return this;
    }

    /**
     * Ends a membership; closing ends all.
     *
     * @param network as given when joining
     */
    public UdpSocket dropMembership(InetAddress group, NetworkInterface network) {
        control(() -> kernel().leaveGroup(handle, group, network));
        return this;
    }

    /** How many hops multicast datagrams may go, 0 to 255; 1 at first: they stay in the local network. */
    public UdpSocket setMulticastTtl(int hops) {
        return option(StandardSocketOptions.IP_MULTICAST_TTL, hops);
    }

    /** Whether multicast datagrams come back to sockets of this host; they do at first. */
    public UdpSocket setMulticastLoopback(boolean on) {
        return option(StandardSocketOptions.IP_MULTICAST_LOOP, on);
    }

    /** The interface through which multicast datagrams leave. */
    public UdpSocket setMulticastInterface(NetworkInterface network) {
        return option(StandardSocketOptions.IP_MULTICAST_IF, network);
    }

    /** Allows sending to broadcast addresses. */
    public UdpSocket setBroadcast(boolean on) {
        return option(StandardSocketOptions.SO_BROADCAST, on);
    }

    /** Lets several sockets be bound to one address, which must be asked for before binding. */
    public UdpSocket setReuseAddress(boolean on) {
        return option(StandardSocketOptions.SO_REUSEADDR, on);
    }

    /** Size of the system's buffers, in bytes; the system may take another. */
    public UdpSocket setBufferSizes(int receiveBytes, int sendBytes) {
        return option(StandardSocketOptions.SO_RCVBUF, receiveBytes).option(StandardSocketOptions.SO_SNDBUF, sendBytes);
    }

    private <T> UdpSocket option(SocketOption<T> option, T value) {
        control(() -> kernel().setOption(handle, option, value));
        return this;
    }

    private interface Control {
        void run() throws TorusIoException;
    }

    private void control(Control control) {
        checkOpen();
        try {
            open();
            control.run();
        } catch (TorusIoException e) {
            throw new UncheckedLoopException(e);
        }
    }

    /** Where it is bound, or null. */
    public InetSocketAddress address() {
        try {
            return handle == -1 || closing ? null : (InetSocketAddress) kernel().localAddress(handle);
        } catch (TorusIoException e) {
            return null;
        }
    }

    /** Port that it is bound to; 0 if it is not. */
    public int port() {
        InetSocketAddress address = address();
        return address == null ? 0 : address.getPort();
    }

    /** The peer that it is connected to, or null. */
    public InetSocketAddress remoteAddress() {
        return peer;
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    /** Receives no more and closes; what was given to {@link #send} before may be lost. Only the close callback follows. */
    public void close() {
        loop.checkThread();
        if (closing) {
            return;
        }
        closing = true;
        loop.closing().begin();
        loop.life().deactivated(this);
        if (handle == -1) {
            loop.closing().ready(() -> onClose.run());
        } else {
            kernel().close(handle, datagrams.poller().closeToken((result, flags) -> closed()));
        }
    }

    /** The kernel has given back the buffer that it received into. */
    private void closed() {
        if (receiveBuffer != null) {
            datagrams.buffers().give(receiveBuffer);
        }
        loop.closing().ready(() -> onClose.run());
    }

    /** Closes once everything is sent. */
    @Override
    void retire() {
        retiring = true;
        if (queuedCount == 0) {
            close();
        }
    }

    @Override
    void abandon() {
        close();
    }

    @Override
    public String toString() {
        return "UDP socket on " + address() + (peer == null ? "" : " to " + peer);
    }
}
