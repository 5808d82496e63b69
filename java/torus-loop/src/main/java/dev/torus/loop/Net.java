package dev.torus.loop;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.ReceiveBuffers;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** TCP and Unix domain stream sockets, and named pipes of Windows. */
public final class Net {
    private final EventLoop loop;
    private final KernelPoller poller;
    /** What a turn's writes of one socket are joined in. */
    private final TransferBuffers sendBuffers = new TransferBuffers(this::kernel);

    private List<Socket> dirty = new ArrayList<>();
    private List<Socket> flushing = new ArrayList<>();
    private ReceiveBuffers receiveBuffers;
    /** Listening sockets that the kernel has not closed yet. */
    private int closingListeners;

    private List<Runnable> waitingConnects = new ArrayList<>();

    Net(EventLoop loop, KernelPoller poller) {
        this.loop = loop;
        this.poller = poller;
        poller.beforeTurn(this::flush);
    }

    /** A server that calls back with each connection; it takes some once it listens. */
    public Server createServer(Consumer<Socket> onConnection) {
        loop.checkThread();
        return new Server(loop, this, onConnection);
    }

    /** Connects to a port of this host. */
    public Socket connect(int port) {
        return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects to a port of a host, looked up on the worker pool; all its addresses are tried in turn. */
    public Socket connect(String host, int port) {
        loop.checkThread();
        Socket socket = new Socket(loop, this);
        socket.lookUpAndConnect(host, port);
        return socket;
    }

    /**
     * Connects to a port of a host within a time, its lookup included; all its addresses are tried in turn.
     *
     * @param deadline from now on; then the error handler is told {@link dev.torus.kernel.OperationTimedOutException}
     */
    public Socket connect(String host, int port, Duration deadline) {
        loop.checkThread();
        Socket socket = new Socket(loop, this);
        socket.connectWithin(deadline, host + ":" + port);
        socket.lookUpAndConnect(host, port);
        return socket;
    }

    /** Connects to an address within a time; see {@link #connect(String, int, Duration)}. */
    public Socket connect(SocketAddress address, Duration deadline) {
        loop.checkThread();
        Socket socket = new Socket(loop, this);
        socket.connectWithin(deadline, address);
        socket.connect(address);
        return socket;
    }

    /** Connects to a Unix domain socket; on Windows also to a named pipe, {@code \\\\.\\pipe\\name}. */
    public Socket connect(Path path) {
        return connect(UnixDomainSocketAddress.of(path));
    }

    /** Connects to an address. What fails is told to the error handler, in a later callback (R49). */
    public Socket connect(SocketAddress address) {
        loop.checkThread();
        Socket socket = new Socket(loop, this);
        socket.connect(address);
        return socket;
    }

    IoKernel kernel() {
        return poller.kernel();
    }

    KernelPoller poller() {
        return poller;
    }

    static AddressFamily familyOf(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return AddressFamily.UNIX;
        }
        return address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet6Address
                ? AddressFamily.INET6
                : AddressFamily.INET;
    }

    ReceiveBuffers receiveBuffers() {
        if (receiveBuffers == null) {
            LoopOptions options = loop.options();
            receiveBuffers = new ReceiveBuffers(
                    kernel().bufferGroup(options.receiveBuffers(), options.receiveBufferBytes()),
                    options.streamBuffers() == 0
                            ? null
                            : () -> kernel().bufferGroup(options.streamBuffers(), options.streamBufferBytes()));
        }
        return receiveBuffers;
    }

    /** Buffers that sockets have to send from. */
    int sendBuffersTaken() {
        return sendBuffers.taken();
    }

    /** An empty buffer for so many bytes, or for as many as the largest takes. */
    IoBuffer takeSendBuffer(int bytes) {
        IoBuffer buffer = sendBuffers.take(bytes);
        buffer.bytes().clear();
        return buffer;
    }

    void giveSendBuffer(IoBuffer buffer) {
        sendBuffers.give(buffer);
    }

    /**
     * The socket has something to send; it goes out with the next turn, joined with what is written until then. That turn comes
     * also when nothing else keeps the loop alive.
     */
    void sendLater(Socket socket) {
        // it may be all that keeps the loop alive: its peer has ended, or nobody reads
        loop.life().requestBegins();
        dirty.add(socket);
    }

    /** The kernel takes connections for it until it has closed it. */
    void listenerCloses() {
        closingListeners++;
    }

    void listenerClosed() {
        if (--closingListeners == 0) {
            List<Runnable> now = waitingConnects;
            waitingConnects = new ArrayList<>();
            now.forEach(Runnable::run);
        }
    }

    /** Connecting waits for listeners that are being closed: one of them may be meant, and refuses at once (R56). */
    boolean connectsLater(Runnable connect) {
        return closingListeners != 0 && waitingConnects.add(connect);
    }

    /** Closes a connection that the program never had; nobody is told when that has happened. */
    void closeUnheard(long handle) {
        kernel().close(handle, poller.silentToken());
    }

    /** The run ends within the callback: what its sockets have queued goes out, as far as the system takes it. */
    void sendNow() {
        for (int i = 0; i < dirty.size(); i++) {
            dirty.get(i).sendBeforeExit();
        }
    }

    private void flush() {
        if (dirty.isEmpty()) {
            return;
        }
        List<Socket> now = dirty;
        dirty = flushing;
        flushing = now;
        for (int i = 0; i < now.size(); i++) {
            loop.life().requestEnds();
            now.get(i).flush();
        }
        now.clear();
    }
}
