package dev.torus.tck.faults;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import dev.torus.kernel.spi.SocketControl;
import dev.torus.tck.ring.Linux;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;

/** A good backend whose entries are tampered with on their way in, or whose completions are on their way out. */
final class FaultyBackend implements Backend {
    private static final int NOW_AND_THEN = 7;

    private final Backend good;
    private final Fault fault;
    private final ByteBuffer sqRing;
    private final ByteBuffer entries;
    private final ByteBuffer cqRing;
    private final AtomicInteger wakeups = new AtomicInteger();
    private long lastUserData;
    private int completions;
    private int seenTail;

    FaultyBackend(Backend good, Fault fault) {
        this.good = good;
        this.fault = fault;
        Rings rings = good.rings();
        sqRing = rings.sqRing().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        entries = rings.entries().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        cqRing = rings.cqRing().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        seenTail = cqRing.getInt(rings.cqTail());
    }

    @Override
    public int enter(int toSubmit, int minComplete, long timeoutNanos) {
        int head = sqRing.getInt(rings().sqHead());
        for (int i = 0; i < toSubmit; i++) {
            spoilEntry((head + i & rings().sqEntries() - 1) * RingAbi.SQE_BYTES);
        }
        long timeout = fault == Fault.SHORT_WAIT && timeoutNanos > 0 ? timeoutNanos / 2 : timeoutNanos;
        int result = good.enter(toSubmit, minComplete, timeout);
        int tail = cqRing.getInt(rings().cqTail());
        for (; seenTail != tail; seenTail++) {
            spoilCompletion(rings().cqEntriesOffset() + (seenTail & rings().cqEntries() - 1) * RingAbi.CQE_BYTES);
        }
        return result;
    }

    private void spoilEntry(int at) {
        int opcode = entries.get(at);
        if (fault == Fault.SHORT_SEND && opcode == RingAbi.OP_SEND) {
            entries.putInt(at + RingAbi.SQE_LEN, Math.max(1, entries.getInt(at + RingAbi.SQE_LEN) / 2));
        }
        boolean ignored = fault == Fault.IGNORED_CANCEL && opcode == RingAbi.OP_ASYNC_CANCEL
                || fault == Fault.IGNORED_CLOSE && opcode == RingAbi.OP_CLOSE;
        if (ignored) {
            entries.put(at, (byte) RingAbi.OP_NOP);
        }
    }

    private void spoilCompletion(int at) {
        long userData = cqRing.getLong(at + RingAbi.CQE_USER_DATA);
        int result = cqRing.getInt(at + RingAbi.CQE_RES);
        int flags = cqRing.getInt(at + RingAbi.CQE_FLAGS);
        boolean nowAndThen = ++completions % NOW_AND_THEN == 0;
        if (fault == Fault.DUPLICATE_COMPLETION && nowAndThen) {
            cqRing.putLong(at + RingAbi.CQE_USER_DATA, lastUserData);
        } else if (fault == Fault.EARLY_END_OF_STREAM && nowAndThen && result > 0) {
            cqRing.putInt(at + RingAbi.CQE_RES, 0);
        } else if (fault == Fault.UNSPECIFIC_ERROR && (result == -Linux.EPIPE || result == -Linux.ECONNRESET)) {
            cqRing.putInt(at + RingAbi.CQE_RES, -Linux.EIO);
        } else if (fault == Fault.HIDDEN_ENOBUFS && result == -Linux.ENOBUFS) {
            cqRing.putInt(at + RingAbi.CQE_RES, 0);
        } else if (fault == Fault.ENDLESS_MULTISHOT && result == -Linux.ECANCELED) {
            cqRing.putInt(at + RingAbi.CQE_FLAGS, flags | RingAbi.CQE_F_MORE);
        }
        lastUserData = userData;
    }

    @Override
    public void wakeup() {
        if (fault != Fault.LOST_WAKEUP || wakeups.incrementAndGet() % 3 != 0) {
            good.wakeup();
        }
    }

    @Override
    public String name() {
        return "faulty";
    }

    @Override
    public String description() {
        return fault + " on " + good.description();
    }

    @Override
    public Rings rings() {
        return good.rings();
    }

    @Override
    public boolean supports(int opcode) {
        return good.supports(opcode);
    }

    @Override
    public int enable() {
        return good.enable();
    }

    @Override
    public boolean armWakeup(ByteBuffer entry, int offset) {
        return good.armWakeup(entry, offset);
    }

    @Override
    public long register(ByteBuffer direct) {
        return good.register(direct);
    }

    @Override
    public int unregister(long base) {
        return good.unregister(base);
    }

    @Override
    public int registerBufferRing(int group, ByteBuffer ring, long ringBase, int count) {
        return good.registerBufferRing(group, ring, ringBase, count);
    }

    @Override
    public int unregisterBufferRing(int group) {
        return good.unregisterBufferRing(group);
    }

    @Override
    public SocketControl sockets() {
        return good.sockets();
    }

    @Override
    public BlockingFiles files() {
        return good.files();
    }

    @Override
    public long counter(Counter counter) {
        return good.counter(counter);
    }

    @Override
    public void close() {
        good.close();
    }
}
