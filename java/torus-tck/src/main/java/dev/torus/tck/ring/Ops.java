package dev.torus.tck.ring;

import static dev.torus.kernel.spi.RingAbi.*;

/** Queues the operations of version 1, each as its row in the table of the contract says. Every method returns the user_data. */
public final class Ops {
    private final RingDriver ring;

    public Ops(RingDriver ring) {
        this.ring = ring;
    }

    public long nop() {
        return ring.sqe(OP_NOP).fd(-1).queue();
    }

    public long accept(int fd) {
        return ring.sqe(OP_ACCEPT).fd(fd).queue();
    }

    public long acceptMultishot(int fd) {
        return ring.sqe(OP_ACCEPT).fd(fd).ioprio(ACCEPT_MULTISHOT).queue();
    }

    public long connect(int fd, Region memory, int offset, byte[] sockaddr) {
        memory.put(offset, sockaddr);
        return ring.sqe(OP_CONNECT)
                .fd(fd)
                .addr(memory.at(offset))
                .off(sockaddr.length)
                .queue();
    }

    public long recv(int fd, Region memory, int offset, int length) {
        return ring.sqe(OP_RECV).fd(fd).addr(memory.at(offset)).len(length).queue();
    }

    public long recvPollFirst(int fd, Region memory, int offset, int length) {
        return ring.sqe(OP_RECV)
                .fd(fd)
                .addr(memory.at(offset))
                .len(length)
                .ioprio(RECV_POLL_FIRST)
                .queue();
    }

    public long recvSelect(int fd, ProvidedBuffers group) {
        return ring.sqe(OP_RECV)
                .fd(fd)
                .flags(SQE_BUFFER_SELECT)
                .group(group.group())
                .queue();
    }

    public long recvMultishot(int fd, ProvidedBuffers group) {
        return ring.sqe(OP_RECV)
                .fd(fd)
                .flags(SQE_BUFFER_SELECT)
                .ioprio(RECV_MULTISHOT)
                .group(group.group())
                .queue();
    }

    public long send(int fd, Region memory, int offset, int length) {
        return ring.sqe(OP_SEND)
                .fd(fd)
                .addr(memory.at(offset))
                .len(length)
                .opFlags(MSG_WAITALL | MSG_NOSIGNAL)
                .queue();
    }

    public long sendmsg(int fd, long msghdr) {
        return ring.sqe(OP_SENDMSG)
                .fd(fd)
                .addr(msghdr)
                .len(1)
                .opFlags(MSG_WAITALL | MSG_NOSIGNAL)
                .queue();
    }

    public long recvmsg(int fd, long msghdr) {
        return ring.sqe(OP_RECVMSG).fd(fd).addr(msghdr).len(1).queue();
    }

    public long poll(int fd, int mask) {
        return ring.sqe(OP_POLL_ADD).fd(fd).opFlags(mask).queue();
    }

    public long shutdown(int fd, int how) {
        return ring.sqe(OP_SHUTDOWN).fd(fd).len(how).queue();
    }

    /** Closes a descriptor; the driver forgets it. */
    public long close(int fd) {
        ring.disown(fd);
        return ring.sqe(OP_CLOSE).fd(fd).queue();
    }

    public long cancel(long target) {
        return ring.sqe(OP_ASYNC_CANCEL).fd(-1).addr(target).queue();
    }

    public long read(int fd, Region memory, int offset, int length, long position) {
        return ring.sqe(OP_READ)
                .fd(fd)
                .addr(memory.at(offset))
                .len(length)
                .off(position)
                .queue();
    }

    public long write(int fd, Region memory, int offset, int length, long position) {
        return ring.sqe(OP_WRITE)
                .fd(fd)
                .addr(memory.at(offset))
                .len(length)
                .off(position)
                .queue();
    }

    public long fsync(int fd, boolean dataOnly) {
        return ring.sqe(OP_FSYNC).fd(fd).opFlags(dataOnly ? 1 : 0).queue();
    }

    /**
     * Writes a {@code msghdr} with one {@code iovec} behind it at {@code at} (72 bytes) into {@code memory}.
     *
     * @return the address of the msghdr
     */
    public static long msghdr(Region memory, int at, long name, int nameBytes, long base, long length) {
        int iov = at + MSGHDR_BYTES;
        memory.bytes().putLong(at, name);
        memory.bytes().putLong(at + 8, nameBytes);
        memory.bytes().putLong(at + 16, memory.at(iov));
        memory.bytes().putLong(at + 24, 1);
        memory.bytes().putLong(at + 32, 0);
        memory.bytes().putLong(at + 40, 0);
        memory.bytes().putLong(at + 48, 0);
        memory.bytes().putLong(iov, base);
        memory.bytes().putLong(iov + 8, length);
        return memory.at(at);
    }
}
