package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.SocketControl;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Completion-based I/O over one ring. Operations are queued without a system call, {@link #enter} submits all of them and
 * waits in one, {@link #drain} delivers completions; none of this allocates for sockets and registered buffers.
 *
 * <p><b>Threads.</b> The creating thread owns the kernel until the first {@link #enter}, which binds it to the calling platform
 * thread for good. Only {@link #post}, {@link #wakeup} and {@link #shutdown()} may be called by others; anything else throws
 * {@link WrongThreadException}.
 *
 * <p><b>Errors.</b> Misuse (bounds, a lent buffer, a foreign thread) throws when queueing, and nothing was queued. A stale or closing
 * handle completes with -EBADF. Results are negative errnos in Linux numbering; {@link TorusIoException#of} makes exceptions of them.
 *
 * <p><b>Buffers.</b> A buffer lent to an operation belongs to the kernel until the operation's last completion.
 */
public final class IoKernel implements AutoCloseable {
    /** Opcode of slots for work that has none of its own. */
    static final int OP_TASK = 64;

    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int POLL_MASK =
            RingAbi.POLLIN | RingAbi.POLLOUT | RingAbi.POLLERR | RingAbi.POLLHUP | RingAbi.POLLRDHUP;
    private static final int SEND_FLAGS = RingAbi.MSG_WAITALL | RingAbi.MSG_NOSIGNAL;
    private static final int RECV_SELECT = RingAbi.OP_RECV | RingAbi.SQE_BUFFER_SELECT << 8;
    private static final int RECV_MULTISHOT = RECV_SELECT | RingAbi.RECV_MULTISHOT << 16;
    private static final int PAGE = 4096;
    /** How long closing waits for the system to leave the buffers of zero-copy sends alone. */
    private static final long NOTIFICATION_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final byte[] NO_ADDRESS = {};
    private static final long CLOSE_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** The module is optional; its classes may be touched only where it is. */
    private static final boolean HAS_FLIGHT_RECORDER = ModuleLayer.boot()
            .findModule("jdk.jfr")
            .filter(IoKernel.class.getModule()::canRead)
            .isPresent();

    /** Every open kernel: its lent buffers must not be collected while the operating system may write into them. */
    private static final Set<IoKernel> OPEN = ConcurrentHashMap.newKeySet();

    private final KernelOptions options;
    private final Explanation explanation;
    private final OwnerThread owner = new OwnerThread();
    private final OpEngine engine;
    private final List<IoBuffer> registered = new ArrayList<>();
    private final List<BufferGroup> groups = new ArrayList<>();
    /** Sends of so many bytes are zero-copy; more than any send has if none is. */
    private final long zeroCopyBytes;

    private boolean draining;
    private boolean closeDeferred;
    private volatile boolean shutdown;
    private volatile boolean closed;

    private IoKernel(KernelOptions options, Backend backend, Explanation explanation) {
        this.options = options;
        this.explanation = explanation;
        this.engine = new OpEngine(backend, options, owner);
        this.zeroCopyBytes = options.zeroCopyBytes() > 0 && backend.supports(RingAbi.OP_SEND_ZC)
                ? options.zeroCopyBytes()
                : Long.MAX_VALUE;
        OPEN.add(this);
        if (HAS_FLIGHT_RECORDER) {
            KernelOpenedEvent.commit(explanation);
        }
    }

    /**
     * Opens the backend that {@code -Dtorus.backend} or {@code TORUS_BACKEND} names, or else the best one here.
     *
     * @throws BackendUnavailableException says why the one asked for, or every one, cannot be used
     */
    public static IoKernel open() throws BackendUnavailableException {
        return open(KernelOptions.defaults());
    }

    /** Opens with options; see {@link #open()}. */
    public static IoKernel open(KernelOptions options) throws BackendUnavailableException {
        BackendSelector.Selection selection = new BackendSelector().open(options.backend(), config(options));
        return new IoKernel(options, selection.backend(), selection.explanation());
    }

    /** Opens a given provider's backend: for the conformance kit and for providers that are not found by ServiceLoader. */
    public static IoKernel open(KernelOptions options, BackendProvider provider) throws BackendUnavailableException {
        Backend backend = provider.open(config(options));
        return new IoKernel(
                options,
                backend,
                new Explanation(
                        backend.name(),
                        "given by the program",
                        List.of(new Explanation.Candidate(
                                backend.name(), provider.priority(), null, backend.description()))));
    }

    private static BackendConfig config(KernelOptions options) {
        return new BackendConfig(options.submissionEntries(), options.completionEntries());
    }

    /** Which backend {@link #open()} would take and why each other one would not be; opens nothing. */
    public static Explanation explain() {
        return new BackendSelector().explain(null);
    }

    /** Which backend this kernel runs on and why not another. */
    public Explanation explanation() {
        return explanation;
    }

    /** Name of the backend in use. */
    public String backendName() {
        return engine.backend.name();
    }

    /** The backend in use: for the conformance kit and tools that read its counters. */
    public Backend backend() {
        return engine.backend;
    }

    /** The options it was opened with. */
    public KernelOptions options() {
        return options;
    }

    // ---- sockets
    // -----------------------------------------------------------------------------------------------------

    /**
     * Makes a socket.
     *
     * @return its handle
     * @throws TorusIoException EAFNOSUPPORT and the like, or EMFILE when a limit of descriptors or handles is reached
     */
    public long socket(AddressFamily family, SocketType type) throws TorusIoException {
        checkOpen();
        int fd = engine.backend.sockets().socket(family.code, type.code, 0);
        String subject = family + " " + type;
        check(fd, "socket", subject);
        long handle = engine.newHandle(fd, HandleTable.SOCKET);
        check(handle, "socket", subject);
        engine.handles.family[(int) handle] = family;
        return handle;
    }

    /** Gives a socket its local address; port 0 lets the system choose. */
    public void bind(long handle, SocketAddress address) throws TorusIoException {
        int index = require(handle, "bind");
        byte[] sockaddr = SocketAddresses.encode(address, familyFor(index, address));
        check(engine.backend.sockets().bind(engine.handles.fd[index], sockaddr), "bind", address.toString());
    }

    /**
     * Lets a bound socket take connections.
     *
     * @param backlog how many may wait to be accepted; the system may lower it
     */
    public void listen(long handle, int backlog) throws TorusIoException {
        int index = require(handle, "listen");
        if (backlog < 0) {
            throw new IllegalArgumentException("backlog " + backlog);
        }
        check(engine.backend.sockets().listen(engine.handles.fd[index], backlog), "listen", null);
    }

    /** The local address of a socket, or null if it has none. */
    public SocketAddress localAddress(long handle) throws TorusIoException {
        int index = require(handle, "getsockname");
        byte[] sockaddr = new byte[RingAbi.SOCKADDR_BYTES];
        int length = engine.backend.sockets().localAddress(engine.handles.fd[index], sockaddr);
        check(length, "getsockname", null);
        return SocketAddresses.decode(sockaddr, length);
    }

    /** The address of the peer of a connected socket. */
    public SocketAddress remoteAddress(long handle) throws TorusIoException {
        int index = require(handle, "getpeername");
        byte[] sockaddr = new byte[RingAbi.SOCKADDR_BYTES];
        int length = engine.backend.sockets().peerAddress(engine.handles.fd[index], sockaddr);
        check(length, "getpeername", null);
        return SocketAddresses.decode(sockaddr, length);
    }

    /** Sets an option of {@link java.net.StandardSocketOptions}. */
    public <T> void setOption(long handle, SocketOption<T> option, T value) throws TorusIoException {
        int index = require(handle, "setsockopt");
        int number = SocketOptions.encode(option, value);
        AddressFamily family = engine.handles.family[index];
        int level = SocketOptions.level(option, family);
        int name = SocketOptions.name(option, family);
        check(
                engine.backend.sockets().setOption(engine.handles.fd[index], level, name, number),
                "setsockopt",
                option.name());
    }

    /** Reads an option of {@link java.net.StandardSocketOptions}; not IP_MULTICAST_IF. */
    public <T> T getOption(long handle, SocketOption<T> option) throws TorusIoException {
        int index = require(handle, "getsockopt");
        int[] value = new int[1];
        AddressFamily family = engine.handles.family[index];
        int level = SocketOptions.level(option, family);
        int name = SocketOptions.name(option, family);
        check(
                engine.backend.sockets().getOption(engine.handles.fd[index], level, name, value),
                "getsockopt",
                option.name());
        return SocketOptions.decode(option, value[0]);
    }

    /**
     * Lets a datagram socket receive what is sent to a multicast group.
     *
     * @param network interface on which it joins; null lets the system choose
     * @throws TorusIoException EADDRINUSE if it is a member already, EINVAL if that is no multicast address, ENODEV
     */
    public void joinGroup(long handle, InetAddress group, NetworkInterface network) throws TorusIoException {
        membership(handle, group, network, true);
    }

    /**
     * Ends a membership.
     *
     * @param network as given when joining
     * @throws TorusIoException EADDRNOTAVAIL if it is not a member
     */
    public void leaveGroup(long handle, InetAddress group, NetworkInterface network) throws TorusIoException {
        membership(handle, group, network, false);
    }

    private void membership(long handle, InetAddress group, NetworkInterface network, boolean join)
            throws TorusIoException {
        String operation = join ? "join group" : "leave group";
        int index = require(handle, operation);
        InetSocketAddress address = new InetSocketAddress(group, 0);
        byte[] sockaddr = SocketAddresses.encode(address, SocketAddresses.familyOf(address));
        int interfaceIndex = network == null ? 0 : network.getIndex();
        check(
                engine.backend.sockets().membership(engine.handles.fd[index], sockaddr, interfaceIndex, join),
                operation,
                group.getHostAddress());
    }

    /**
     * Takes over a socket descriptor of the operating system; from now on the kernel closes it.
     *
     * @throws TorusIoException EBADF, or EOPNOTSUPP on a backend that cannot (NIO)
     */
    public long adopt(int descriptor) throws TorusIoException {
        checkOpen();
        int fd = engine.backend.sockets().adopt(descriptor);
        check(fd, "adopt", "descriptor " + descriptor);
        long handle = engine.newHandle(fd, HandleTable.SOCKET);
        check(handle, "adopt", "descriptor " + descriptor);
        return handle;
    }

    /**
     * Gives up a socket without closing it, for another kernel with the same backend, in this process, to {@link #adopt}: a connection that
     * was accepted here and is to be served there, before its first operation. The handle is stale afterwards.
     *
     * @return the descriptor for {@link #adopt}, which is to be called once: until then nobody closes it
     * @throws TorusIoException EBADF; EBUSY for a socket with pending operations, or that has had some on NIO; EOPNOTSUPP on IOCP
     */
    public int detach(long handle) throws TorusIoException {
        checkOpen();
        int index = engine.handles.findOpen(handle);
        if (index == OpTable.NONE || engine.handles.kind[index] != HandleTable.SOCKET) {
            throw TorusIoException.of("detach", null, Errno.EBADF.result());
        }
        if (engine.handles.hasOperations(index)) {
            throw TorusIoException.of("detach", null, Errno.EBUSY.result());
        }
        int descriptor = engine.backend.sockets().release(engine.handles.fd[index]);
        check(descriptor, "detach", null);
        engine.handles.free(index);
        return descriptor;
    }

    /**
     * Makes a server's end of a named pipe of Windows, such as {@code \\\\.\\pipe\\name}, for one client: {@link #awaitClient},
     * then {@link #recv} and its kin, {@link #send} and {@link #close}. The bytes are a stream. There is no
     * {@link #shutdown}: the stream ends when the other end is closed.
     *
     * @param path at most 256 UTF-16 units after {@code \\\\.\\pipe\\}
     * @param first whether it must be the first of that name, so that nobody else serves it
     * @return its handle
     * @throws TorusIoException EADDRINUSE if it is not the first, EINVAL if that is no name of a pipe, EOPNOTSUPP where
     *     there are none (all backends but iocp)
     */
    public long createPipe(String path, boolean first) throws TorusIoException {
        return pipe(path, first ? SocketControl.PIPE_FIRST_SERVER : SocketControl.PIPE_SERVER, "create pipe");
    }

    /**
     * Opens the client's end of a named pipe of Windows: it is connected at once.
     *
     * @return its handle
     * @throws TorusIoException ENOENT if nobody serves it, EBUSY if each server's end has its client already; and as
     *     {@link #createPipe}
     */
    public long openPipe(String path) throws TorusIoException {
        return pipe(path, SocketControl.PIPE_CLIENT, "open pipe");
    }

    private long pipe(String path, int end, String operation) throws TorusIoException {
        checkOpen();
        int fd = engine.backend.sockets().pipe(path, end);
        check(fd, operation, path);
        long handle = engine.newHandle(fd, HandleTable.SOCKET);
        check(handle, operation, path);
        return handle;
    }

    // ---- memory
    // ------------------------------------------------------------------------------------------------------

    /** Allocates direct memory and registers it. */
    public IoBuffer allocate(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("size " + bytes);
        }
        return register(ByteBuffer.allocateDirect(bytes));
    }

    /**
     * Registers direct memory: all of its capacity, whatever position and limit are.
     *
     * @throws IllegalArgumentException for a heap buffer, a read-only or an empty one
     */
    public IoBuffer register(ByteBuffer direct) {
        checkOpen();
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("a heap buffer cannot be registered: the garbage collector moves it");
        }
        if (direct.isReadOnly() || direct.capacity() == 0) {
            throw new IllegalArgumentException((direct.capacity() == 0 ? "an empty" : "a read-only") + " buffer");
        }
        ByteBuffer bytes = direct.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
        long base = engine.backend.register(bytes);
        if (base < 0 && base > -PAGE) {
            throw new UncheckedIOException(TorusIoException.of("register", "memory", base));
        }
        IoBuffer buffer = new IoBuffer(this, bytes, base);
        registered.add(buffer);
        return buffer;
    }

    /**
     * Forgets a buffer.
     *
     * @throws BufferLentException while an operation uses it
     */
    public void release(IoBuffer buffer) {
        checkOpen();
        buffer.address(this, 0, 0);
        engine.backend.unregister(buffer.releaseBase());
        registered.remove(buffer);
    }

    /**
     * Makes a group of provided buffers.
     *
     * @param buffers how many, a power of two up to 32768
     * @param bufferBytes size of each, a multiple of 8
     */
    public BufferGroup bufferGroup(int buffers, int bufferBytes) {
        checkOpen();
        if (Integer.bitCount(buffers) != 1 || buffers > 1 << 15 || buffers < 1) {
            throw new IllegalArgumentException(buffers + " buffers: not a power of two up to 32768");
        }
        if (bufferBytes <= 0 || bufferBytes % Long.BYTES != 0 || (long) buffers * bufferBytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("buffers of " + bufferBytes + " bytes");
        }
        IoBuffer memory = allocate(buffers * bufferBytes);
        int ringBytes = buffers * RingAbi.BUF_BYTES;
        ByteBuffer ring = ByteBuffer.allocateDirect(ringBytes + 2 * PAGE).alignedSlice(PAGE);
        IoBuffer ringMemory = register(ring.slice(0, Math.max(ringBytes, PAGE)));
        int place = freeGroup();
        int id = RingAbi.FIRST_BUFFER_GROUP + place;
        BufferGroup group = new BufferGroup(this, id, memory, ringMemory, buffers, bufferBytes);
        long ringBase = ringMemory.address(this, 0, ringBytes);
        int result = engine.backend.registerBufferRing(id, ringMemory.bytes(), ringBase, buffers);
        if (result < 0) {
            throw new UncheckedIOException(TorusIoException.of("register", "buffer group", result));
        }
        group.provideAll();
        groups.set(place, group);
        return group;
    }

    /** A free place in the list of groups; the numbers below the first one are never used. */
    private int freeGroup() {
        int place = groups.indexOf(null);
        if (place < 0) {
            place = groups.size();
            if (place > 0xFFFF - RingAbi.FIRST_BUFFER_GROUP) {
                throw new IllegalStateException(place + " buffer groups");
            }
            groups.add(null);
        }
        return place;
    }

    void publishLater(BufferGroup group) {
        engine.publishLater(group);
    }

    void closeGroup(BufferGroup group) {
        if (closed) {
            return;
        }
        engine.backend.unregisterBufferRing(group.id());
        groups.set(group.id() - RingAbi.FIRST_BUFFER_GROUP, null);
        release(group.ringMemory());
        release(group.memory());
    }

    // ---- operations
    // --------------------------------------------------------------------------------------------------

    /** Does nothing and completes with 0; measures a turn. */
    public long nop(long token) {
        int slot = take(RingAbi.OP_NOP, token, 0);
        return engine.enqueue(slot, OpTable.NONE, HandleTable.UNORDERED, RingAbi.OP_NOP, 0, 0, 0, 0, 0);
    }

    /**
     * Accepts one connection; the result is its handle.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long accept(long handle, long token) {
        return accept(handle, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long accept(long handle, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_ACCEPT, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        return engine.enqueue(slot, index, HandleTable.READ_SIDE, RingAbi.OP_ACCEPT, 0, 0, 0, SOCK_CLOEXEC, 0);
    }

    /**
     * Accepts connections until cancelled, closed or failed: a completion with a handle and
     * {@link Completions#more} for each.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long acceptMultishot(long handle, long token) {
        return acceptMultishot(handle, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long acceptMultishot(long handle, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_ACCEPT, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        return engine.enqueue(
                slot,
                index,
                HandleTable.READ_SIDE,
                RingAbi.OP_ACCEPT | RingAbi.ACCEPT_MULTISHOT << 16,
                0,
                0,
                0,
                SOCK_CLOEXEC,
                0);
    }

    /**
     * Connects; the result is 0. Sends queued meanwhile wait for it.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long connect(long handle, SocketAddress address, long token) {
        return connect(handle, address, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long connect(long handle, SocketAddress address, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.SOCKET);
        byte[] sockaddr = SocketAddresses.encode(address, familyFor(index, address));
        int slot = take(RingAbi.OP_CONNECT, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        long at = putSockaddr(slot, sockaddr);
        return engine.enqueue(slot, index, HandleTable.WRITE_SIDE, RingAbi.OP_CONNECT, sockaddr.length, at, 0, 0, 0);
    }

    /**
     * Waits for the client of a server's end of a named pipe ({@link #createPipe}); the result is 0. Sends queued meanwhile
     * wait for it.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long awaitClient(long handle, long token) {
        return awaitClient(handle, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long awaitClient(long handle, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_CONNECT, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        return engine.enqueue(slot, index, HandleTable.WRITE_SIDE, RingAbi.OP_CONNECT, 0, 0, 0, 0, 0);
    }

    /**
     * Receives what is there, at most {@code length} bytes, at least one; 0 is the end of the stream.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long recv(long handle, IoBuffer buffer, int offset, int length, long token) {
        return recv(handle, buffer, offset, length, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long recv(long handle, IoBuffer buffer, int offset, int length, long token, long timeoutNanos) {
        buffer.checkFree();
        long address = address(buffer, offset, length);
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_RECV, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.lendExclusive(slot, buffer);
        return engine.enqueue(slot, index, HandleTable.READ_SIDE, RingAbi.OP_RECV, 0, address, length, 0, 0);
    }

    /**
     * Receives once into a buffer of a group, taken when data is there; see {@link Completions#bufferId}.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long recvSelect(long handle, BufferGroup group, long token) {
        return recvSelect(handle, group, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long recvSelect(long handle, BufferGroup group, long token, long timeoutNanos) {
        group.checkUsable(this);
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_RECV, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.useGroup(slot, group);
        return engine.enqueue(
                slot, index, HandleTable.READ_SIDE, RECV_SELECT, 0, 0, group.bufferBytes(), 0, group.id());
    }

    /**
     * Receives into buffers of a group until the stream ends (0), no buffer is left (-ENOBUFS; nothing is lost, queue it
     * again after recycling), it fails or is cancelled: a completion with a buffer and {@link Completions#more} for each.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long recvMultishot(long handle, BufferGroup group, long token) {
        return recvMultishot(handle, group, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long recvMultishot(long handle, BufferGroup group, long token, long timeoutNanos) {
        group.checkUsable(this);
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_RECV, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.useGroup(slot, group);
        return engine.enqueue(slot, index, HandleTable.READ_SIDE, RECV_MULTISHOT, 0, 0, 0, 0, group.id());
    }

    /**
     * Sends all of it; the result is the number of bytes, less only if an error or a cancellation came after the first
     * byte. Sends of one handle go out in the order they were queued.
     *
     * <p>With {@link KernelOptions#zeroCopyBytes()} a large one completes when the system does not read the buffer any more; if its
     * handle is closed before, it completes then, and the buffer comes home later: {@link IoBuffer#isLent()}.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long send(long handle, IoBuffer buffer, int offset, int length, long token) {
        return send(handle, buffer, offset, length, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long send(long handle, IoBuffer buffer, int offset, int length, long token, long timeoutNanos) {
        buffer.checkShareable();
        long address = address(buffer, offset, length);
        int index = open(handle, HandleTable.SOCKET);
        boolean zeroCopy = length >= zeroCopyBytes;
        int slot = take(zeroCopy ? RingAbi.OP_SEND_ZC : RingAbi.OP_SEND, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.lendShared(slot, buffer);
        if (zeroCopy) {
            return engine.enqueueZeroCopy(slot, index, address, length, SEND_FLAGS);
        }
        return engine.enqueue(slot, index, HandleTable.WRITE_SIDE, RingAbi.OP_SEND, 0, address, length, SEND_FLAGS, 0);
    }

    /**
     * Sends straight out of a buffer that a receive handed over; recycle it after the completion.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long sendFrom(long handle, BufferGroup group, int bufferId, int offset, int length, long token) {
        return sendFrom(handle, group, bufferId, offset, length, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long sendFrom(
            long handle, BufferGroup group, int bufferId, int offset, int length, long token, long timeoutNanos) {
        group.checkUsable(this);
        long address = group.sendAddress(bufferId, offset, length);
        checkLength(length);
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_SEND, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.sendOutOf(slot, group, bufferId);
        return engine.enqueue(slot, index, HandleTable.WRITE_SIDE, RingAbi.OP_SEND, 0, address, length, SEND_FLAGS, 0);
    }

    /**
     * Receives one datagram; what does not fit is cut off. Inside the handler {@link #datagramSource()} tells the sender.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long recvFrom(long handle, IoBuffer buffer, int offset, int length, long token) {
        return recvFrom(handle, buffer, offset, length, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long recvFrom(long handle, IoBuffer buffer, int offset, int length, long token, long timeoutNanos) {
        buffer.checkFree();
        long address = address(buffer, offset, length);
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_RECVMSG, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.lendExclusive(slot, buffer);
        long header = putMessage(slot, address, length, RingAbi.SOCKADDR_BYTES);
        return engine.enqueue(slot, index, HandleTable.READ_SIDE, RingAbi.OP_RECVMSG, 0, header, 1, 0, 0);
    }

    /**
     * Sends one datagram, which may be empty.
     *
     * @param to its destination; null for the peer that the socket is connected to
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long sendTo(long handle, IoBuffer buffer, int offset, int length, SocketAddress to, long token) {
        return sendTo(handle, buffer, offset, length, to, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long sendTo(
            long handle, IoBuffer buffer, int offset, int length, SocketAddress to, long token, long timeoutNanos) {
        buffer.checkShareable();
        long address = buffer.address(this, offset, length);
        int index = open(handle, HandleTable.SOCKET);
        byte[] sockaddr = to == null ? NO_ADDRESS : SocketAddresses.encode(to, familyFor(index, to));
        int slot = take(RingAbi.OP_SENDMSG, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.lendShared(slot, buffer);
        putSockaddr(slot, sockaddr);
        long header = putMessage(slot, address, length, sockaddr.length);
        return engine.enqueue(
                slot, index, HandleTable.WRITE_SIDE, RingAbi.OP_SENDMSG, 0, header, 1, RingAbi.MSG_NOSIGNAL, 0);
    }

    /**
     * Waits until one of the conditions holds; the result is those that do (poll(2)): {@link RingAbi#POLLIN} and so on.
     *
     * @param mask {@link RingAbi#POLLIN}, {@link RingAbi#POLLOUT}, {@link RingAbi#POLLRDHUP}; at least one. Errors and
     *     hang-ups are always waited for
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long poll(long handle, int mask, long token) {
        return poll(handle, mask, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long poll(long handle, int mask, long token, long timeoutNanos) {
        if ((mask & ~POLL_MASK) != 0 || mask == 0) {
            throw new IllegalArgumentException("poll mask 0x" + Integer.toHexString(mask));
        }
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_POLL_ADD, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        return engine.enqueue(slot, index, HandleTable.UNORDERED, RingAbi.OP_POLL_ADD, 0, 0, 0, mask, 0);
    }

    /**
     * Ends one or both directions, after the sends queued before.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long shutdown(long handle, Shutdown how, long token) {
        return shutdown(handle, how, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long shutdown(long handle, Shutdown how, long token, long timeoutNanos) {
        java.util.Objects.requireNonNull(how, "how");
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_SHUTDOWN, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        return engine.enqueue(
                slot,
                index,
                how == Shutdown.READ ? HandleTable.UNORDERED : HandleTable.WRITE_SIDE,
                RingAbi.OP_SHUTDOWN,
                0,
                0,
                how.code,
                0,
                0);
    }

    /**
     * Opens a file; the result is its handle.
     *
     * @param flags Linux's O_ flags, see {@link BlockingFiles}
     * @param mode permissions of a file that is created, e.g. 0644 in octal
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long openFile(Path path, int flags, int mode, long token) {
        return openFile(path, flags, mode, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long openFile(Path path, int flags, int mode, long token, long timeoutNanos) {
        String name = path.toAbsolutePath().toString();
        BlockingFiles files = engine.backend.files();
        int slot = take(RingAbi.OP_OPENAT, token, timeoutNanos);
        return engine.enqueueTask(
                slot,
                OpTable.NONE,
                HandleTable.UNORDERED,
                () -> files.open(name, flags, mode),
                WorkerLane.GENERAL,
                null);
    }

    /**
     * Reads a file; less than asked for only at its end, 0 there.
     *
     * @param position offset in the file, or -1 for the file's own position, which then moves
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long read(long handle, IoBuffer buffer, int offset, int length, long position, long token) {
        return read(handle, buffer, offset, length, position, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long read(
            long handle, IoBuffer buffer, int offset, int length, long position, long token, long timeoutNanos) {
        buffer.checkFree();
        long address = buffer.address(this, offset, length);
        if (position < -1) {
            throw new IllegalArgumentException("position " + position);
        }
        int index = open(handle, HandleTable.FILE);
        int slot = take(RingAbi.OP_READ, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        // operations at the file's own position, reads and writes alike, take effect in queue order
        byte side = position == -1 ? HandleTable.WRITE_SIDE : HandleTable.UNORDERED;
        engine.lendExclusive(slot, buffer);
        if (filesOnRing(RingAbi.OP_READ)) {
            return engine.enqueue(slot, index, side, RingAbi.OP_READ, position, address, length, 0, 0);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        return engine.enqueueTask(
                slot, index, side, () -> files.read(fd, address, length, position), WorkerLane.GENERAL, buffer);
    }

    /**
     * Writes a file; less than asked for only if the disk is full or a limit is reached.
     *
     * @param position offset in the file, or -1 for the file's own position (a file opened with O_APPEND: its end)
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long write(long handle, IoBuffer buffer, int offset, int length, long position, long token) {
        return write(handle, buffer, offset, length, position, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long write(
            long handle, IoBuffer buffer, int offset, int length, long position, long token, long timeoutNanos) {
        buffer.checkShareable();
        long address = buffer.address(this, offset, length);
        if (position < -1) {
            throw new IllegalArgumentException("position " + position);
        }
        int index = open(handle, HandleTable.FILE);
        int slot = take(RingAbi.OP_WRITE, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        // operations at the file's own position, reads and writes alike, take effect in queue order
        byte side = position == -1 ? HandleTable.WRITE_SIDE : HandleTable.UNORDERED;
        engine.lendShared(slot, buffer);
        if (filesOnRing(RingAbi.OP_WRITE)) {
            return engine.enqueue(slot, index, side, RingAbi.OP_WRITE, position, address, length, 0, 0);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        return engine.enqueueTask(
                slot, index, side, () -> files.write(fd, address, length, position), WorkerLane.GENERAL, buffer);
    }

    /**
     * Writes what the system holds back of a file to the device.
     *
     * @param dataOnly leaves out what is not needed to read the data again (fdatasync)
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long fsync(long handle, boolean dataOnly, long token) {
        return fsync(handle, dataOnly, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long fsync(long handle, boolean dataOnly, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.FILE);
        int slot = take(RingAbi.OP_FSYNC, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        if (filesOnRing(RingAbi.OP_FSYNC)) {
            return engine.enqueue(slot, index, HandleTable.UNORDERED, RingAbi.OP_FSYNC, 0, 0, 0, dataOnly ? 1 : 0, 0);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        return engine.enqueueTask(
                slot, index, HandleTable.UNORDERED, () -> files.fsync(fd, dataOnly), WorkerLane.GENERAL, null);
    }

    /**
     * Sets the length of a file.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long truncate(long handle, long length, long token) {
        return truncate(handle, length, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long truncate(long handle, long length, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.FILE);
        int slot = take(OP_TASK, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        return engine.enqueueTask(
                slot, index, HandleTable.UNORDERED, () -> files.truncate(fd, length), WorkerLane.GENERAL, null);
    }

    /**
     * Reads the attributes of an open file into {@code fields}, which must be left alone until the completion.
     *
     * @param fields {@link BlockingFiles#STAT_FIELDS} long; its constants are the indexes
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long stat(long handle, long[] fields, long token) {
        return stat(handle, fields, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long stat(long handle, long[] fields, long token, long timeoutNanos) {
        if (fields.length < BlockingFiles.STAT_FIELDS) {
            throw new IllegalArgumentException("fields: " + fields.length + " of " + BlockingFiles.STAT_FIELDS);
        }
        int index = open(handle, HandleTable.FILE);
        int slot = take(OP_TASK, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        BlockingFiles files = engine.backend.files();
        int fd = engine.handles.fd[index];
        return engine.enqueueTask(
                slot, index, HandleTable.UNORDERED, () -> files.fstat(fd, fields), WorkerLane.GENERAL, null);
    }

    /**
     * Runs work that may block on the worker pool; its result is the operation's. Accepted tasks run first in, first out; when too many
     * wait, the result is -EAGAIN.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link #cancel}
     */
    public long blocking(BlockingTask work, WorkerLane lane, long token) {
        return blocking(work, lane, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long blocking(BlockingTask work, WorkerLane lane, long token, long timeoutNanos) {
        java.util.Objects.requireNonNull(work, "work");
        java.util.Objects.requireNonNull(lane, "lane");
        int slot = take(OP_TASK, token, timeoutNanos);
        return engine.enqueueTask(slot, OpTable.NONE, HandleTable.UNORDERED, work, lane, null);
    }

    /** Runs work on the worker pool; see {@link #blocking(BlockingTask, WorkerLane, long)}. */
    public long blocking(BlockingTask work, long token) {
        return blocking(work, WorkerLane.GENERAL, token, 0);
    }

    /** Blocking file functions for use inside a {@link BlockingTask}: results are values or -errno. */
    public BlockingFiles files() {
        return engine.backend.files();
    }

    /**
     * Closes a handle in two phases: from now on its operations complete with -EBADF, and each pending one ends with
     * -ECANCELED or its real result; then the descriptor is closed. This completion is the last of the handle.
     */
    public long close(long handle, long token) {
        checkOpen();
        int index = engine.handles.findOpen(handle);
        int slot = take(RingAbi.OP_CLOSE, token, 0);
        return index == OpTable.NONE ? engine.refuse(slot, Errno.EBADF) : engine.close(index, slot);
    }

    /**
     * Asks an operation to end. Its own completion comes in any case, with -ECANCELED or its real result.
     *
     * @param operation as returned when it was queued
     * @return an operation that completes with 0, -ENOENT (ended already) or -EALREADY (cannot be stopped any more)
     */
    public long cancel(long operation, long token) {
        checkOpen();
        return engine.cancel(operation, token);
    }

    // ---- turning
    // -----------------------------------------------------------------------------------------------------

    /**
     * Makes the calling thread the owner for good, as the first turn does: for a program that queues operations on another thread than
     * the one that opened the kernel before it turns.
     *
     * @throws WrongThreadException if another thread is the owner for good already, or this is a virtual thread
     */
    public void bind() {
        engine.ensureBound();
        checkOpen();
    }

    /**
     * One turn: submits what is queued and waits until something can be drained, the time is over, a deadline passes, or
     * another thread wakes it.
     *
     * @param timeoutNanos 0 polls, negative waits for ever
     * @return about how much can be drained
     */
    public int enter(long timeoutNanos) {
        engine.ensureBound();
        checkOpen();
        if (draining) {
            throw new IllegalStateException("enter inside drain");
        }
        return engine.enter(shutdown ? 0 : timeoutNanos);
    }

    /**
     * Delivers what is there when it begins, at most so much that a turn stays bounded. If the handler throws, what it was
     * called for is delivered, the rest comes with the next drain, and the exception leaves this method.
     *
     * @return the number of completions and posted tasks
     */
    public int drain(CompletionHandler handler) {
        return drain(handler, Integer.MAX_VALUE);
    }

    /**
     * As {@link #drain(CompletionHandler)}, but delivers at most so much. What is left comes with the next drain; the sources (ring, pool,
     * other threads) are the first in turn, so that none of them waits for ever.
     *
     * @throws IllegalArgumentException for a limit below 1
     */
    public int drain(CompletionHandler handler, int limit) {
        checkOpen();
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit);
        }
        if (draining) {
            throw new IllegalStateException("drain inside drain");
        }
        draining = true;
        try {
            return engine.drain(handler, limit);
        } finally {
            draining = false;
            if (closeDeferred) {
                close();
            }
        }
    }

    /** Whether {@link #drain} would deliver something now. */
    public boolean hasDeliverable() {
        checkOpen();
        return engine.hasDeliverable();
    }

    /**
     * Hands a task to the owner, which runs it in a drain, in the order of each poster. Any thread. A parked owner is woken,
     * by the first poster only.
     *
     * @return false if the queue is full or the kernel is closed: nothing was queued
     */
    public boolean post(Runnable task) {
        return !closed && engine.posts.offer(task);
    }

    /**
     * Like {@link #post(Runnable)}, but waits for room. Any thread but the owner's.
     *
     * @param timeoutNanos how long to wait; not positive: not at all
     * @return false if there was no room in time or the kernel is closed: nothing was queued
     * @throws InterruptedException while it waited: nothing was queued
     * @throws IllegalStateException on the owner's thread, which would wait for itself
     */
    public boolean post(Runnable task, long timeoutNanos) throws InterruptedException {
        if (owner.isCurrent()) {
            throw new IllegalStateException("the owner's thread cannot wait for room that only it makes");
        }
        return !closed && engine.posts.offer(task, timeoutNanos);
    }

    /**
     * Like {@link #post(Runnable)}; if there is no room, tells when there is. Any thread.
     *
     * @param whenRoom called once, by the owner, in a drain, if this returns false and the kernel is not closed
     * @return false if the queue is full or the kernel is closed: nothing was queued
     * @throws java.util.concurrent.RejectedExecutionException if too many callbacks wait already
     */
    public boolean post(Runnable task, Runnable whenRoom) {
        return !closed && engine.posts.offer(task, whenRoom);
    }

    /** Ends the present or else the next waiting {@link #enter}. Any thread; harmless after close. */
    public void wakeup() {
        engine.wakeRequested.set(true);
        if (engine.signal.signal()) {
            engine.backend.wakeup();
        }
    }

    /** Operations that have not been delivered yet. */
    public int pending() {
        return engine.pending();
    }

    /** Inside the handler, for a completion of {@link #recvFrom}: who sent it, or null if the system does not tell. */
    public SocketAddress datagramSource() {
        return engine.datagramSource();
    }

    /** Inside the handler, for a completion of {@link #recvFrom}: whether it did not fit and was cut off. */
    public boolean datagramTruncated() {
        return engine.datagramTruncated();
    }

    /** The system's own words or number for the last failure, or null: what a bug report needs. */
    public String failureDetail() {
        owner.check();
        return engine.failureDetail();
    }

    /**
     * Tells an observer of what is delivered from now on, in place of the one before; null for nobody. Without one this costs a branch
     * per completion.
     */
    public void observe(OperationObserver observer) {
        checkOpen();
        engine.observe(observer);
    }

    /** What it has done and holds. */
    public KernelStats stats() {
        owner.check();
        int lent = 0;
        for (BufferGroup group : groups) {
            lent += group == null ? 0 : group.lent();
        }
        return engine.stats(lent);
    }

    /**
     * Threads that the operating system has now to do what the ring cannot do at once: on io_uring its workers, for file operations
     * that would block. 0 on other backends, whose files are read by the worker pool. Looks through the threads of the
     * process, so it is nothing for every turn.
     */
    public int systemWorkers() {
        checkOpen();
        return (int) engine.backend.counter(Backend.Counter.SYSTEM_WORKERS);
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    /** Asks the owner to end: {@link #enter} does not wait any more. Any thread; the owner then calls {@link #close()}. */
    public void shutdown() {
        shutdown = true;
        wakeup();
    }

    /** Whether {@link #shutdown()} or {@link #close()} was called. */
    public boolean isShutdown() {
        return shutdown;
    }

    /**
     * Closes all handles, waits for every pending operation and frees the ring; completions are not delivered any more. Inside a
     * drain it is deferred to its end. Does nothing when called again.
     *
     * <p>If the owner thread has died, any thread may call this: the memory is then reported and kept for ever, because the
     * operating system may still write into it.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (owner.isDead()) {
            reportLeak("its owner thread " + owner + " died");
            return;
        }
        owner.check();
        if (draining) {
            closeDeferred = true;
            return;
        }
        shutdown = true;
        boolean quiet = !owner.isBound() || endOperations();
        closed = true;
        boolean workersEnded = engine.pool.close(TimeUnit.SECONDS.toNanos(10));
        closeUnused();
        if (!quiet || !workersEnded) {
            reportLeak(quiet ? "a blocking task does not end" : "operations do not end: " + stats());
            return;
        }
        engine.backend.close();
        OPEN.remove(this);
    }

    private boolean endOperations() {
        HandleTable handles = engine.handles;
        for (int index = 0; index < handles.capacity(); index++) {
            if (handles.state[index] == HandleTable.OPEN) {
                engine.close(index, engine.take(RingAbi.OP_CLOSE, 0));
            }
        }
        engine.cancelTasks();
        engine.pool.interrupt();
        CompletionHandler discard = new CompletionHandler() {
            @Override
            public void completed(long token, long result, int flags) {
                if (handles.find(result) != OpTable.NONE && result >= 0) {
                    engine.closeIfOpen(result);
                }
            }

            @Override
            public void posted(Runnable task) {
                // tasks that were posted too late are dropped
            }
        };
        long deadline = System.nanoTime() + CLOSE_PATIENCE_NANOS;
        while (!engine.isQuiet()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            engine.enter(TimeUnit.MILLISECONDS.toNanos(10));
            engine.drain(discard, Integer.MAX_VALUE);
        }
        deadline = System.nanoTime() + NOTIFICATION_PATIENCE_NANOS;
        while (engine.detached() != 0 && System.nanoTime() - deadline < 0) {
            engine.enter(TimeUnit.MILLISECONDS.toNanos(10));
            engine.drain(discard, Integer.MAX_VALUE);
        }
        return engine.detached() == 0;
    }

    /** Descriptors of a kernel that never made a turn. */
    private void closeUnused() {
        HandleTable handles = engine.handles;
        for (int index = 0; index < handles.capacity(); index++) {
            if (handles.state[index] != HandleTable.FREE && !owner.isBound()) {
                engine.backend.sockets().close(handles.fd[index]);
            }
        }
    }

    private void reportLeak(String reason) {
        closed = true;
        System.getLogger(IoKernel.class.getName())
                .log(Logger.Level.ERROR, "kernel on {0} is not freed: {1}", backendName(), reason);
    }

    // ---- checks
    // ------------------------------------------------------------------------------------------------------

    void checkOwner() {
        owner.check();
    }

    private void checkOpen() {
        owner.check();
        if (closed) {
            throw new IllegalStateException("the kernel is closed");
        }
    }

    private boolean filesOnRing(int opcode) {
        return !options.filesOnPool() && engine.backend.supports(opcode);
    }

    private int take(int opcode, long token, long timeoutNanos) {
        checkOpen();
        if (timeoutNanos < 0) {
            throw new IllegalArgumentException("timeout " + timeoutNanos + " ns");
        }
        int slot = engine.take(opcode, token);
        engine.deadline(slot, timeoutNanos);
        return slot;
    }

    /** Index of an open handle of a kind, or NONE if it is stale or closing; a handle of the other kind is misuse. */
    private int open(long handle, byte kind) {
        int index = engine.handles.findOpen(handle);
        if (index != OpTable.NONE && engine.handles.kind[index] != kind) {
            throw new IllegalArgumentException(
                    kind == HandleTable.FILE
                            ? "a socket's handle; a file is needed"
                            : "a file's handle; a socket is needed");
        }
        return index;
    }

    private int require(long handle, String operation) throws TorusIoException {
        checkOpen();
        int index = engine.handles.findOpen(handle);
        if (index == OpTable.NONE) {
            throw TorusIoException.of(operation, "handle " + handle, Errno.EBADF.result());
        }
        return index;
    }

    private long address(IoBuffer buffer, int offset, int length) {
        long address = buffer.address(this, offset, length);
        checkLength(length);
        return address;
    }

    private static void checkLength(int length) {
        if (length == 0) {
            throw new IllegalArgumentException("length 0");
        }
    }

    private AddressFamily familyFor(int index, SocketAddress address) {
        AddressFamily family = index == OpTable.NONE ? null : engine.handles.family[index];
        return family == null ? SocketAddresses.familyOf(address) : family;
    }

    private void check(long result, String operation, String subject) throws TorusIoException {
        if (result < 0) {
            throw TorusIoException.of(operation, subject, result, 0, engine.backend.lastFailure());
        }
    }

    private long putSockaddr(int slot, byte[] sockaddr) {
        ByteBuffer memory = engine.ops.scratch(slot);
        memory.put(OpTable.scratchOffset(slot) + OpTable.SCRATCH_SOCKADDR, sockaddr);
        return engine.ops.scratchAddress(slot) + OpTable.SCRATCH_SOCKADDR;
    }

    private long putMessage(int slot, long address, int length, int nameLength) {
        ByteBuffer memory = engine.ops.scratch(slot);
        int at = OpTable.scratchOffset(slot);
        long base = engine.ops.scratchAddress(slot);
        memory.putLong(at + OpTable.SCRATCH_IOVEC, address);
        memory.putLong(at + OpTable.SCRATCH_IOVEC + 8, length);
        int header = at + OpTable.SCRATCH_MSGHDR;
        memory.putLong(header, base + OpTable.SCRATCH_SOCKADDR);
        memory.putLong(header + 8, nameLength);
        memory.putLong(header + 16, base + OpTable.SCRATCH_IOVEC);
        memory.putLong(header + 24, 1);
        memory.putLong(header + 32, 0);
        memory.putLong(header + 40, 0);
        memory.putLong(header + 48, 0);
        return base + OpTable.SCRATCH_MSGHDR;
    }
}
