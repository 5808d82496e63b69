package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.RingAbi;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Operations on sockets and pipes: connections, streams, datagrams, readiness. */
abstract class SocketOperations extends KernelBuffers {
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int POLL_MASK =
            RingAbi.POLLIN | RingAbi.POLLOUT | RingAbi.POLLERR | RingAbi.POLLHUP | RingAbi.POLLRDHUP;
    private static final int SEND_FLAGS = RingAbi.MSG_WAITALL | RingAbi.MSG_NOSIGNAL;
    private static final int RECV_SELECT = RingAbi.OP_RECV | RingAbi.SQE_BUFFER_SELECT << 8;
    private static final int RECV_MULTISHOT = RECV_SELECT | RingAbi.RECV_MULTISHOT << 16;
    private static final byte[] NO_ADDRESS = {};

    /** Sends of so many bytes are zero-copy; more than any send has if none is. */
    private final long zeroCopyBytes;

    SocketOperations(KernelOptions options, Backend backend) {
        super(options, backend);
        this.zeroCopyBytes = options.zeroCopyBytes() > 0 && backend.supports(RingAbi.OP_SEND_ZC)
                ? options.zeroCopyBytes()
                : Long.MAX_VALUE;
    }

    /**
     * Accepts one connection; the result is its handle.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long recvSelect(long handle, BufferGroup group, long token) {
        return recvSelect(handle, group, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long recvSelect(long handle, BufferGroup group, long token, long timeoutNanos) {
        group.checkUsable(this);
        return recvInto(group, RECV_SELECT, group.bufferBytes(), handle, token, timeoutNanos);
    }

    /**
     * Receives into buffers of a group until the stream ends (0), no buffer is left (-ENOBUFS; nothing is lost, queue it
     * again after recycling), it fails or is cancelled: a completion with a buffer and {@link Completions#more} for each.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long recvMultishot(long handle, BufferGroup group, long token) {
        return recvMultishot(handle, group, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long recvMultishot(long handle, BufferGroup group, long token, long timeoutNanos) {
        group.checkUsable(this);
        return recvInto(group, RECV_MULTISHOT, 0, handle, token, timeoutNanos);
    }

    private long recvInto(BufferGroup group, int how, int length, long handle, long token, long timeoutNanos) {
        int index = open(handle, HandleTable.SOCKET);
        int slot = take(RingAbi.OP_RECV, token, timeoutNanos);
        if (index == OpTable.NONE) {
            return engine.refuse(slot, Errno.EBADF);
        }
        engine.useGroup(slot, group);
        return engine.enqueue(slot, index, HandleTable.READ_SIDE, how, 0, 0, length, 0, group.id());
    }

    /**
     * Sends all of it; the result is the number of bytes, less only if an error or a cancellation came after the first
     * byte. Sends of one handle go out in the order they were queued.
     *
     * <p>With {@link KernelOptions#zeroCopyBytes()} a large one completes when the system does not read the buffer any more; if its
     * handle is closed before, it completes then, and the buffer comes home later: {@link IoBuffer#isLent()}.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
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
     * Sends at once what the system takes without waiting, by a system call of its own: nothing is queued, nothing completes. For what
     * must be known or gone now; many sends of a turn cost less when they are queued.
     *
     * @return how many bytes from {@code offset} on; otherwise -EAGAIN: the system takes none now, or sends that were queued before are
     *     not over; -EOPNOTSUPP for a named pipe, which only the ring writes; or what {@link #send} would have completed with
     */
    public int sendNow(long handle, IoBuffer buffer, int offset, int length) {
        buffer.checkShareable();
        long address = address(buffer, offset, length);
        checkOpen();
        return engine.sendNow(open(handle, HandleTable.SOCKET), address, length);
    }

    /**
     * Sends straight out of a buffer that a receive handed over; recycle it after the completion.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
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
     * Receives one datagram; what does not fit is cut off. Inside the handler {@link IoKernel#datagramSource()} tells the sender.
     *
     * @param token comes back with the completion
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
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
     * @return the operation, for {@link IoKernel#cancel}
     */
    public long shutdown(long handle, Shutdown how, long token) {
        return shutdown(handle, how, token, 0);
    }

    /** The same with a deadline, in nanoseconds from now; 0 is none. When it passes: -ECANCELED, flagged timed out. */
    public long shutdown(long handle, Shutdown how, long token, long timeoutNanos) {
        Objects.requireNonNull(how, "how");
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
     * Ends the sending direction at once, as {@link #sendNow} sends.
     *
     * @return 0, or -errno: -EAGAIN if sends that were queued before are not over, -EOPNOTSUPP for a named pipe
     */
    public int shutdownNow(long handle) {
        checkOpen();
        return engine.shutdownNow(open(handle, HandleTable.SOCKET));
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
