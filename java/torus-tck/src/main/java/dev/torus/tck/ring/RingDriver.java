package dev.torus.tck.ring;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Drives a backend through its raw rings, single-threaded, and checks rule 1 all the time: a completion that nobody
 * submitted, or that comes after the last one of its submission, fails the test at {@link #close()} at the latest.
 */
public final class RingDriver implements AutoCloseable {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** How long anything may take before it counts as lost; only a safety net. */
    public static final long PATIENCE_NANOS = Long.getLong("torus.tck.patienceSeconds", 20) * 1_000_000_000L;

    private final Backend backend;
    private final Rings rings;
    private final ByteBuffer sqRing;
    private final ByteBuffer entries;
    private final ByteBuffer cqRing;
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final Set<Integer> descriptors = new LinkedHashSet<>();
    private final Set<Long> pending = new LinkedHashSet<>();
    private final Map<Long, ArrayDeque<Cqe>> inbox = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private int tail;
    private long nextUserData = 1;
    private int wakeups;
    private int reapedInLastEnter;
    private boolean open = true;

    /** Opens a ring of the given size and binds it to this thread. */
    public RingDriver(BackendProvider provider, int submissionEntries, int completionEntries) {
        try {
            backend = provider.open(new BackendConfig(submissionEntries, completionEntries));
        } catch (BackendUnavailableException e) {
            throw new AssertionError("backend " + provider.name() + " says it is available but does not open", e);
        }
        rings = backend.rings();
        sqRing = little(rings.sqRing());
        entries = little(rings.entries());
        cqRing = little(rings.cqRing());
        tail = (int) INT.getAcquire(sqRing, rings.sqTail());
        int enabled = backend.enable();
        if (enabled < 0) {
            throw new AssertionError("enable: " + Linux.result(enabled));
        }
        armWakeup();
    }

    private static ByteBuffer little(ByteBuffer memory) {
        return memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The backend under test. */
    public Backend backend() {
        return backend;
    }

    /** Its rings. */
    public Rings rings() {
        return rings;
    }

    // ---- submitting -------------------------------------------------------------------------------------------------

    /** Begins an entry with a fresh user_data. */
    public Sqe sqe(int opcode) {
        return new Sqe(this, opcode, nextUserData++);
    }

    void queue(Sqe sqe) {
        if (queued() == rings.sqEntries()) {
            enter(0, 0);
        }
        if (queued() == rings.sqEntries()) {
            throw new AssertionError("the submission ring stays full after enter");
        }
        int at = slot();
        entries.put(at + RingAbi.SQE_OPCODE, (byte) sqe.opcode);
        entries.put(at + RingAbi.SQE_FLAGS, (byte) sqe.flags);
        entries.putShort(at + RingAbi.SQE_IOPRIO, (short) sqe.ioprio);
        entries.putInt(at + RingAbi.SQE_FD, sqe.fd);
        entries.putLong(at + RingAbi.SQE_OFF, sqe.off);
        entries.putLong(at + RingAbi.SQE_ADDR, sqe.addr);
        entries.putInt(at + RingAbi.SQE_LEN, sqe.len);
        entries.putInt(at + RingAbi.SQE_OP_FLAGS, sqe.opFlags);
        entries.putLong(at + RingAbi.SQE_USER_DATA, sqe.userData);
        entries.putShort(at + RingAbi.SQE_BUF_GROUP, (short) sqe.bufferGroup);
        entries.putInt(at + RingAbi.SQE_ADDR_LEN, sqe.addrLen);
        publish();
        pending.add(sqe.userData);
    }

    /** Clears the next free entry and returns its byte offset. */
    private int slot() {
        int at = (tail & rings.sqEntries() - 1) * RingAbi.SQE_BYTES;
        for (int i = 0; i < RingAbi.SQE_BYTES; i += 8) {
            entries.putLong(at + i, 0);
        }
        return at;
    }

    private void publish() {
        if (rings.sqArray() >= 0) {
            int index = tail & rings.sqEntries() - 1;
            sqRing.putInt(rings.sqArray() + 4 * index, index);
        }
        tail++;
        // pairs with the backend's acquire of the tail: the entry is complete before it can be seen
        INT.setRelease(sqRing, rings.sqTail(), tail);
    }

    /** Entries published and not yet consumed by the backend. */
    public int queued() {
        // pairs with the backend's release of the head: what it consumed may be overwritten
        return tail - (int) INT.getAcquire(sqRing, rings.sqHead());
    }

    private void armWakeup() {
        if (queued() == rings.sqEntries()) {
            throw new AssertionError("no room for the wake-up entry");
        }
        int at = slot();
        if (!backend.armWakeup(entries, at)) {
            return;
        }
        long userData = entries.getLong(at + RingAbi.SQE_USER_DATA);
        if (userData != RingAbi.USER_DATA_WAKE) {
            throw new AssertionError("armWakeup wrote user_data " + userData);
        }
        publish();
    }

    // ---- entering and reaping ---------------------------------------------------------------------------------------

    /** Enters with everything queued and reaps; -EBUSY is answered by reaping. Returns the number consumed. */
    public int enter(int minComplete, long timeoutNanos) {
        int result = enterOnly(minComplete, timeoutNanos);
        reap();
        return result;
    }

    /** Enters with everything queued and leaves the completions in the ring. */
    public int enterOnly(int minComplete, long timeoutNanos) {
        int result = backend.enter(queued(), minComplete, timeoutNanos);
        if (result < 0 && result != -Linux.EBUSY) {
            throw new AssertionError("enter: " + Linux.result(result));
        }
        return result;
    }

    /** Takes every completion that stands in the ring; the number taken, without wake-ups. */
    public int reap() {
        int head = (int) INT.getAcquire(cqRing, rings.cqHead());
        // pairs with the backend's release of the tail: entries up to it are complete
        int end = (int) INT.getAcquire(cqRing, rings.cqTail());
        if (end - head < 0 || end - head > rings.cqEntries()) {
            violations.add("the completion ring holds " + (end - head) + " of " + rings.cqEntries());
        }
        int taken = 0;
        boolean rearm = false;
        for (; head != end; head++) {
            int at = rings.cqEntriesOffset() + (head & rings.cqEntries() - 1) * RingAbi.CQE_BYTES;
            Cqe cqe = new Cqe(
                    cqRing.getLong(at + RingAbi.CQE_USER_DATA),
                    cqRing.getInt(at + RingAbi.CQE_RES),
                    cqRing.getInt(at + RingAbi.CQE_FLAGS));
            if (cqe.userData() == RingAbi.USER_DATA_WAKE) {
                wakeups++;
                rearm |= !cqe.more();
            } else {
                deliver(cqe);
                taken++;
            }
        }
        // pairs with the backend's acquire of the head: it may overwrite what was read
        INT.setRelease(cqRing, rings.cqHead(), head);
        if (rearm) {
            armWakeup();
        }
        reapedInLastEnter = taken;
        return taken;
    }

    /** Completions standing in the ring, wake-ups included. */
    public int completionsInRing() {
        return (int) INT.getAcquire(cqRing, rings.cqTail()) - (int) INT.getAcquire(cqRing, rings.cqHead());
    }

    private void deliver(Cqe cqe) {
        if (!pending.contains(cqe.userData())) {
            violations.add("rule 1: " + cqe + " belongs to no pending submission");
            return;
        }
        if (!cqe.more()) {
            pending.remove(cqe.userData());
        }
        inbox.computeIfAbsent(cqe.userData(), id -> new ArrayDeque<>()).add(cqe);
    }

    /** Waits for the next completion of {@code userData}, with MORE or without. */
    public Cqe next(long userData) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            Cqe cqe = take(userData);
            if (cqe != null) {
                return cqe;
            }
            if (!pending.contains(userData)) {
                throw new AssertionError("operation " + userData + " has ended already");
            }
            enterBefore(deadline, "operation " + userData);
        }
    }

    /** Waits for the only completion of {@code userData}; one with MORE is an error. */
    public Cqe await(long userData) {
        Cqe cqe = next(userData);
        if (cqe.more()) {
            throw new AssertionError("MORE on an operation that has one completion: " + cqe);
        }
        return cqe;
    }

    /** Waits for the only completion and returns its result. */
    public int result(long userData) {
        return await(userData).result();
    }

    /** Waits until all have ended; their last completions in the order asked for. */
    public List<Cqe> awaitAll(List<Long> userData) {
        List<Cqe> out = new ArrayList<>();
        for (long id : userData) {
            Cqe cqe = next(id);
            while (cqe.more()) {
                cqe = next(id);
            }
            out.add(cqe);
        }
        return out;
    }

    /** Enters until {@code condition} holds. */
    public void enterUntil(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            // short waits: the condition may depend on something that brings no completion
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited too long for " + what + "; pending " + pending);
            }
            enter(1, 2_000_000);
        }
    }

    private void enterBefore(long deadline, String what) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new AssertionError("no completion in " + PATIENCE_NANOS / 1_000_000_000L + " s for " + what
                    + "; pending " + pending + ", not consumed " + queued() + " on " + backend.description());
        }
        enter(1, left);
    }

    /** Takes a completion that has been reaped, or null. */
    public Cqe take(long userData) {
        ArrayDeque<Cqe> queue = inbox.get(userData);
        Cqe cqe = queue == null ? null : queue.poll();
        if (queue != null && queue.isEmpty()) {
            inbox.remove(userData);
        }
        return cqe;
    }

    /** Whether it has not ended yet, as far as reaped. */
    public boolean isPending(long userData) {
        return pending.contains(userData);
    }

    /** Submissions without a last completion. */
    public int pendingCount() {
        return pending.size();
    }

    /** Wake-up completions seen. */
    public int wakeups() {
        return wakeups;
    }

    /** User completions that the last reap took. */
    public int lastReaped() {
        return reapedInLastEnter;
    }

    // ---- memory -----------------------------------------------------------------------------------------------------

    /** Allocates and registers; unregistered at close. */
    public Region region(int bytes) {
        Region region = new Region(backend, ByteBuffer.allocateDirect(bytes));
        resources.add(region);
        return region;
    }

    /** Registers memory of the test's own; unregistered at close. */
    public Region register(ByteBuffer direct) {
        Region region = new Region(backend, direct);
        resources.add(region);
        return region;
    }

    /** A group of provided buffers, all given to the backend. */
    public ProvidedBuffers buffers(int group, int count, int bufferBytes) {
        return buffers(group, count, bufferBytes, true);
    }

    /** A group of provided buffers, given to the backend only if {@code filled}. */
    public ProvidedBuffers buffers(int group, int count, int bufferBytes, boolean filled) {
        ProvidedBuffers buffers = new ProvidedBuffers(this, group, count, bufferBytes, filled);
        resources.add(buffers);
        return buffers;
    }

    // ---- descriptors ------------------------------------------------------------------------------------------------

    /** Remembers a descriptor so that close() closes it. */
    public int own(int descriptor) {
        if (descriptor < 0) {
            throw new AssertionError("not a descriptor: " + Linux.result(descriptor));
        }
        descriptors.add(descriptor);
        return descriptor;
    }

    /** Closes it with the synchronous control plane. */
    public void closeNow(int descriptor) {
        descriptors.remove(descriptor);
        int result = backend.sockets().close(descriptor);
        if (result < 0) {
            throw new AssertionError("close: " + Linux.result(result));
        }
    }

    /** Forgets a descriptor that an operation closed. */
    public void disown(int descriptor) {
        descriptors.remove(descriptor);
    }

    /** Cancels what is pending, waits for it, closes every descriptor and the ring; then reports violations. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            endEverything();
            for (int descriptor : List.copyOf(descriptors)) {
                closeNow(descriptor);
            }
            for (int i = resources.size() - 1; i >= 0; i--) {
                closeQuietlyInto(resources.get(i));
            }
        } finally {
            backend.close();
        }
        if (!violations.isEmpty()) {
            throw new AssertionError(String.join("\n", violations));
        }
    }

    private void endEverything() {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        enter(0, 0);
        for (long target : List.copyOf(pending)) {
            if (pending.contains(target)) {
                sqe(RingAbi.OP_ASYNC_CANCEL).fd(-1).addr(target).queue();
            }
        }
        while (!pending.isEmpty()) {
            enterBefore(deadline, "the end of everything");
        }
        // nothing may follow what has ended
        enter(0, 0);
    }

    private void closeQuietlyInto(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception | AssertionError e) {
            violations.add(e.toString());
        }
    }
}
