package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import dev.torus.kernel.spi.SocketControl;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend that does nothing by itself: the test sees every entry and says when and how it completes. */
final class ScriptedBackend implements Backend, SocketControl {
    /** One consumed submission entry. */
    record Entry(int opcode, int fd, long off, long address, int length, int opFlags, long userData) {}

    final List<Entry> entries = new ArrayList<>();
    final List<Integer> closed = new ArrayList<>();
    final AtomicInteger wakeups = new AtomicInteger();
    final ArrayDeque<Runnable> onEnter = new ArrayDeque<>();
    final List<Runnable> overflow = new ArrayList<>();
    /** From now on operations that wait for nothing complete by themselves. */
    boolean completeNops;

    long lastTimeoutNanos;
    int busyAnswers;
    int enters;
    boolean hasZeroCopy;
    int nextFd = 10;
    private final ByteBuffer ring;
    private final Rings rings;
    private final int sqMask;
    private final int cqMask;
    private long nextRegion = 1;

    ScriptedBackend(int submissionEntries, int completionEntries) {
        int entriesAt = 64;
        int completionsAt = entriesAt + submissionEntries * RingAbi.SQE_BYTES;
        ring = ByteBuffer.allocateDirect(completionsAt + completionEntries * RingAbi.CQE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        sqMask = submissionEntries - 1;
        cqMask = completionEntries - 1;
        rings = new Rings(
                ring,
                0,
                4,
                -1,
                -1,
                submissionEntries,
                ring.slice(entriesAt, submissionEntries * RingAbi.SQE_BYTES),
                ring,
                8,
                12,
                completionsAt,
                completionEntries);
    }

    /** A provider of exactly this backend. */
    BackendProvider provider() {
        return new BackendProvider() {
            @Override
            public String name() {
                return "scripted";
            }

            @Override
            public int priority() {
                return 0;
            }

            @Override
            public String unavailableReason() {
                return null;
            }

            @Override
            public Backend open(BackendConfig config) {
                return ScriptedBackend.this;
            }
        };
    }

    /** The oldest entry with an opcode that was consumed and not yet taken. */
    Entry take(int opcode) {
        for (Entry entry : entries) {
            if (entry.opcode() == opcode) {
                entries.remove(entry);
                return entry;
            }
        }
        throw new AssertionError("no entry with opcode " + opcode + " in " + entries);
    }

    /** Completes everything that was consumed, with 0. */
    void completeAll() {
        for (Entry entry : List.copyOf(entries)) {
            complete(entry, 0);
        }
        entries.clear();
    }

    void complete(Entry entry, int result) {
        complete(entry.userData(), result, 0);
    }

    void complete(long userData, int result, int flags) {
        int tail = ring.getInt(12);
        if (tail - ring.getInt(8) > cqMask) {
            overflow.add(() -> complete(userData, result, flags));
            return;
        }
        int at = rings.cqEntriesOffset() + (tail & cqMask) * RingAbi.CQE_BYTES;
        ring.putLong(at, userData).putInt(at + 8, result).putInt(at + 12, flags);
        ring.putInt(12, tail + 1);
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public Rings rings() {
        return rings;
    }

    @Override
    public boolean supports(int opcode) {
        return opcode == RingAbi.OP_READ || opcode == RingAbi.OP_WRITE || opcode == RingAbi.OP_SEND_ZC && hasZeroCopy;
    }

    @Override
    public int enable() {
        return 0;
    }

    @Override
    public boolean armWakeup(ByteBuffer memory, int offset) {
        SubmissionQueue.write(memory, offset, RingAbi.OP_POLL_ADD, -1, 0, 0, 0, 0, RingAbi.USER_DATA_WAKE, 0);
        return true;
    }

    @Override
    public int enter(int toSubmit, int minComplete, long timeoutNanos) {
        lastTimeoutNanos = timeoutNanos;
        enters++;
        if (busyAnswers > 0) {
            busyAnswers--;
            return Errno.EBUSY.result();
        }
        ByteBuffer sqes = rings.entries().order(ByteOrder.LITTLE_ENDIAN);
        List<Runnable> late = List.copyOf(overflow);
        overflow.clear();
        late.forEach(Runnable::run);
        int head = ring.getInt(0);
        for (int i = 0; i < toSubmit; i++) {
            int at = (head + i & sqMask) * RingAbi.SQE_BYTES;
            Entry entry = new Entry(
                    sqes.get(at),
                    sqes.getInt(at + RingAbi.SQE_FD),
                    sqes.getLong(at + RingAbi.SQE_OFF),
                    sqes.getLong(at + RingAbi.SQE_ADDR),
                    sqes.getInt(at + RingAbi.SQE_LEN),
                    sqes.getInt(at + RingAbi.SQE_OP_FLAGS),
                    sqes.getLong(at + RingAbi.SQE_USER_DATA));
            if (entry.userData() != RingAbi.USER_DATA_WAKE) {
                entries.add(entry);
            }
        }
        ring.putInt(0, head + toSubmit);
        Runnable action = onEnter.poll();
        if (action != null) {
            action.run();
        } else {
            answerCancelsAndCloses();
        }
        return toSubmit;
    }

    /** So that kernels of tests can be closed: what is cancelled ends, what is closed closes. */
    void answerCancelsAndCloses() {
        for (Entry entry : List.copyOf(entries)) {
            if (entry.opcode() == RingAbi.OP_ASYNC_CANCEL) {
                entries.remove(entry);
                boolean found = entries.removeIf(target -> {
                    boolean hit = target.userData() == entry.address();
                    if (hit) {
                        complete(target, Errno.ECANCELED.result());
                    }
                    return hit;
                });
                complete(entry, found ? 0 : Errno.ENOENT.result());
            } else if (entry.opcode() == RingAbi.OP_NOP && completeNops) {
                entries.remove(entry);
                complete(entry, 0);
            } else if (entry.opcode() == RingAbi.OP_CLOSE) {
                entries.remove(entry);
                closed.add(entry.fd());
                complete(entry, 0);
            }
        }
    }

    @Override
    public void wakeup() {
        wakeups.incrementAndGet();
    }

    @Override
    public long register(ByteBuffer direct) {
        return nextRegion++ << 32;
    }

    @Override
    public int unregister(long base) {
        return 0;
    }

    @Override
    public int registerBufferRing(int group, ByteBuffer memory, long ringBase, int count) {
        return 0;
    }

    @Override
    public int unregisterBufferRing(int group) {
        return 0;
    }

    @Override
    public SocketControl sockets() {
        return this;
    }

    @Override
    public BlockingFiles files() {
        throw new AssertionError("no files here");
    }

    @Override
    public long counter(Counter counter) {
        return 0;
    }

    @Override
    public void close() {
        // nothing to free
    }

    @Override
    public int socket(int family, int type, int protocol) {
        return nextFd++;
    }

    @Override
    public int bind(int fd, byte[] sockaddr) {
        return 0;
    }

    @Override
    public int listen(int fd, int backlog) {
        return 0;
    }

    @Override
    public int setOption(int fd, int level, int name, int value) {
        return 0;
    }

    @Override
    public int membership(int fd, byte[] group, int interfaceIndex, boolean join) {
        return 0;
    }

    @Override
    public int getOption(int fd, int level, int name, int[] value) {
        return 0;
    }

    @Override
    public int localAddress(int fd, byte[] sockaddr) {
        return 0;
    }

    @Override
    public int peerAddress(int fd, byte[] sockaddr) {
        return 0;
    }

    @Override
    public int adopt(int descriptor) {
        return descriptor;
    }

    @Override
    public int close(int fd) {
        closed.add(fd);
        return 0;
    }
}
