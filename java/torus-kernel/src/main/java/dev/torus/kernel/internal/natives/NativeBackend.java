package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import dev.torus.kernel.spi.SocketControl;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** A ring of libtorus. */
final class NativeBackend implements Backend, SocketControl {
    private static final int EINVAL = 22;
    /** Set in {@link #wakers} once the ring is closed. */
    private static final int CLOSED = 1 << 30;

    private final String name;
    private final long ring;
    private final Rings rings;
    private final BlockingFiles files = new NativeFiles();
    /** Foreign threads inside {@link #wakeup()}: the ring is not freed under them. */
    private final AtomicInteger wakers = new AtomicInteger();

    NativeBackend(String name, long ring) {
        this.name = name;
        this.ring = ring;
        int[] at = new int[9];
        Natives.layout(ring, at);
        this.rings = new Rings(
                Natives.memory(ring, 0),
                at[0],
                at[1],
                at[2],
                at[3],
                at[4],
                Natives.memory(ring, 1),
                Natives.memory(ring, 2),
                at[5],
                at[6],
                at[7],
                at[8]);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        StringBuilder missing = new StringBuilder();
        for (int opcode : new int[] {RingAbi.OP_READ, RingAbi.OP_WRITE, RingAbi.OP_FSYNC}) {
            if (!supports(opcode)) {
                missing.append(missing.isEmpty() ? "" : ", ").append(operationName(opcode));
            }
        }
        return "library from " + NativeLibrary.origin() + ", " + rings.sqEntries() + "/" + rings.cqEntries() + " entries"
                + (missing.isEmpty() ? ", files on the ring" : ", on the worker pool: " + missing);
    }

    private static String operationName(int opcode) {
        return switch (opcode) {
            case RingAbi.OP_READ -> "READ";
            case RingAbi.OP_WRITE -> "WRITE";
            default -> "FSYNC";
        };
    }

    @Override
    public Rings rings() {
        return rings;
    }

    @Override
    public boolean supports(int opcode) {
        return Natives.supports(ring, opcode);
    }

    @Override
    public int enable() {
        return Natives.enable(ring);
    }

    @Override
    public boolean armWakeup(ByteBuffer entries, int offset) {
        return Natives.armWakeup(ring, entries, offset);
    }

    @Override
    public int enter(int toSubmit, int minComplete, long timeoutNanos) {
        return Natives.enter(ring, toSubmit, minComplete, timeoutNanos);
    }

    @Override
    public void wakeup() {
        if ((wakers.getAndIncrement() & CLOSED) == 0) {
            Natives.wakeup(ring);
        }
        wakers.getAndDecrement();
    }

    @Override
    public long register(ByteBuffer direct) {
        return direct.isDirect() ? Natives.registerRegion(ring, direct) : -EINVAL;
    }

    @Override
    public int unregister(long base) {
        return Natives.unregisterRegion(ring, base);
    }

    @Override
    public int registerBufferRing(int group, ByteBuffer memory, long ringBase, int entries) {
        return Natives.registerBuffers(ring, group, ringBase, entries);
    }

    @Override
    public int unregisterBufferRing(int group) {
        return Natives.unregisterBuffers(ring, group);
    }

    @Override
    public SocketControl sockets() {
        return this;
    }

    @Override
    public BlockingFiles files() {
        return files;
    }

    @Override
    public long counter(Counter counter) {
        return Natives.counter(ring, counter.ordinal());
    }

    @Override
    public void close() {
        if ((wakers.get() & CLOSED) != 0) {
            return;
        }
        // from here on a wakeup() does nothing; those inside are in a system call that does not block
        wakers.getAndAdd(CLOSED);
        while (wakers.get() != CLOSED) {
            Thread.onSpinWait();
        }
        Natives.close(ring);
    }

    @Override
    public int socket(int family, int type, int protocol) {
        return Natives.socket(ring, family, type, protocol);
    }

    @Override
    public int bind(int fd, byte[] sockaddr) {
        return Natives.bind(fd, sockaddr);
    }

    @Override
    public int listen(int fd, int backlog) {
        return Natives.listen(fd, backlog);
    }

    @Override
    public int setOption(int fd, int level, int option, int value) {
        return Natives.setOption(fd, level, option, value);
    }

    @Override
    public int getOption(int fd, int level, int option, int[] value) {
        return Natives.getOption(fd, level, option, value);
    }

    @Override
    public int localAddress(int fd, byte[] sockaddr) {
        return Natives.localAddress(fd, sockaddr);
    }

    @Override
    public int peerAddress(int fd, byte[] sockaddr) {
        return Natives.peerAddress(fd, sockaddr);
    }

    @Override
    public int adopt(int descriptor) {
        return Natives.adopt(ring, descriptor);
    }

    @Override
    public int close(int fd) {
        return Natives.closeSocket(ring, fd);
    }
}
