package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.queue.EventQueue;
import dev.torus.queue.WakeSignal;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The [K] half of the ring contract: order on each handle, deadlines, cancellation, two-phase close and exactly one last
 * completion per operation, over any backend. Owner's thread only, but for the worker pool's results and posted tasks.
 *
 * <p>The life of an operation: taken (a slot), then held behind the one before on its side of the handle, or submitted to
 * the ring, or given to the pool; ended by the ring, the pool or the ready list; delivered by {@link #drain}, which frees the
 * slot, brings its buffer home, starts what was held behind it and, when it was the last of a closing handle, submits the
 * close.
 */
final class OpEngine {
    private static final int MAX_POSTS_PER_DRAIN = 1024;
    /** Ready list, pool, other threads, ring. */
    private static final int SOURCES = 4;

    /** Which source a limited drain begins with. */
    private int firstSource;

    final Backend backend;
    final OpTable ops;
    final HandleTable handles;
    final WorkerPool pool;
    final EventQueue<Runnable> posts;
    final WakeSignal signal = new WakeSignal();

    private final OwnerThread owner;
    private final SubmissionQueue submissions;
    private final CompletionQueue completions;
    private final DeadlineHeap deadlines;
    private final ReadyList ready = new ReadyList();
    private final AdaptiveSpin spin;
    private final List<BufferGroup> unpublished = new ArrayList<>();

    /** The wake-up entry must be written (again) before the next wait. */
    private boolean wakeupUnarmed = true;
    /** Cancel entries of our own whose completion is still to come. */
    private int internalPending;
    /** Zero-copy sends that were delivered when their handle was closed, and whose buffer is not home. */
    private int detached;

    private long queued;
    private long delivered;
    private long enters;
    private long bytesIn;
    private long bytesOut;
    private long zeroCopySends;
    private int lentBuffers;
    private String poolFailure;
    private final byte[] datagramSource = new byte[RingAbi.SOCKADDR_BYTES];
    private int datagramSourceLength;
    private int datagramFlags;

    /** Of the drain that is under way; a constant consumer, so that a drain allocates nothing. */
    private CompletionHandler postHandler;

    /** Null while nobody watches. */
    private OperationObserver observer;

    private final Consumer<Runnable> toPostHandler = task -> postHandler.posted(task);

    /** Set by any thread; answered by the wait that is under way, or the next one. */
    final AtomicBoolean wakeRequested = new AtomicBoolean();

    OpEngine(Backend backend, KernelOptions options, OwnerThread owner) {
        this.owner = owner;
        this.backend = backend;
        this.submissions = new SubmissionQueue(backend.rings());
        this.completions = new CompletionQueue(backend.rings());
        this.ops = new OpTable(1024, options.maxPending(), this::registerScratch);
        this.handles = new HandleTable(256, options.maxHandles());
        this.deadlines = new DeadlineHeap(ops);
        this.spin = new AdaptiveSpin(options.spinMicros());
        this.posts = new EventQueue<>(options.postQueue(), signal, backend::wakeup);
        this.pool = new WorkerPool(options.workers(), options.workerQueue(), signal, backend::wakeup);
    }

    private long registerScratch(java.nio.ByteBuffer memory) {
        long base = backend.register(memory);
        if (base < 0 && base > -4096) {
            throw new UncheckedIOException(TorusIoException.of("register memory", null, base));
        }
        return base;
    }

    // ---- queueing
    // ----------------------------------------------------------------------------------------------------

    /** A slot for a new operation; throws when the high watermark is reached, before anything changed. */
    int take(int opcode, long token) {
        int slot = ops.take(opcode, token);
        queued++;
        return slot;
    }

    void deadline(int slot, long timeoutNanos) {
        if (timeoutNanos > 0) {
            ops.mark(slot, OpTable.DEADLINE);
            deadlines.add(slot, System.nanoTime() + timeoutNanos);
        }
    }

    /** The operation ends with an error that needs no backend; delivered by the next drain. */
    long refuse(int slot, Errno errno) {
        long operation = ops.operation(slot);
        toReady(slot, errno.result());
        return operation;
    }

    void lendExclusive(int slot, IoBuffer buffer) {
        buffer.lendExclusive();
        lentBuffers++;
        ops.attach(slot, buffer, OpTable.LENT_EXCLUSIVE);
    }

    void lendShared(int slot, IoBuffer buffer) {
        buffer.lendShared();
        lentBuffers++;
        ops.attach(slot, buffer, OpTable.LENT_SHARED);
    }

    void useGroup(int slot, BufferGroup group) {
        group.use();
        ops.attach(slot, group);
    }

    void sendOutOf(int slot, BufferGroup group, int bufferId) {
        group.sending(bufferId);
        ops.attach(slot, group, OpTable.GROUP_SEND);
        ops.bufferId[slot] = bufferId;
    }

    /**
     * Queues a ring operation: into the ring if it is the first on its side of the handle, otherwise held.
     *
     * @param index the handle's index, or {@link OpTable#NONE} for an operation without a handle
     * @param word opcode, flags and ioprio as the entry has them
     */
    long enqueue(
            int slot,
            int index,
            byte side,
            int word,
            long off,
            long address,
            int length,
            int opFlags,
            int bufferGroup) {
        long operation = ops.operation(slot);
        long userData = ops.userData(slot);
        int fd = -1;
        if (index != OpTable.NONE) {
            fd = handles.fd[index];
            if (!handles.append(ops, slot, index, side) && side != HandleTable.UNORDERED) {
                SubmissionQueue.write(
                        ops.scratch(slot),
                        OpTable.scratchOffset(slot) + OpTable.SCRATCH_ENTRY,
                        word,
                        fd,
                        off,
                        address,
                        length,
                        opFlags,
                        userData,
                        bufferGroup);
                return operation;
            }
        }
        int at = reserve();
        SubmissionQueue.write(
                submissions.entries(), at, word, fd, off, address, length, opFlags, userData, bufferGroup);
        ops.state(slot, OpTable.SUBMITTED);
        return operation;
    }

    /** Sends beside the ring, which has none of that handle. */
    int sendNow(int index, long address, int length) {
        int refusal = refusalNow(index);
        if (refusal != 0) {
            return refusal;
        }
        int result = backend.sockets().sendNow(handles.fd[index], address, length);
        bytesOut += Math.max(0, result);
        return result;
    }

    int shutdownNow(int index) {
        int refusal = refusalNow(index);
        return refusal != 0 ? refusal : backend.sockets().shutdownNow(handles.fd[index], RingAbi.SHUT_WR);
    }

    private int refusalNow(int index) {
        if (index == OpTable.NONE) {
            return Errno.EBADF.result();
        }
        return handles.head(index, HandleTable.WRITE_SIDE) == OpTable.NONE ? 0 : Errno.EAGAIN.result();
    }

    /** Queues a zero-copy send. Its entry is kept in the slot's scratch, for the case that the data must be copied after all. */
    long enqueueZeroCopy(int slot, int index, long address, int length, int opFlags) {
        writeScratchEntry(slot, RingAbi.OP_SEND_ZC, index, address, length, opFlags);
        if (handles.append(ops, slot, index, HandleTable.WRITE_SIDE)) {
            start(slot);
        }
        return ops.operation(slot);
    }

    private void writeScratchEntry(int slot, int opcode, int index, long address, int length, int opFlags) {
        SubmissionQueue.write(
                ops.scratch(slot),
                OpTable.scratchOffset(slot) + OpTable.SCRATCH_ENTRY,
                opcode,
                handles.fd[index],
                0,
                address,
                length,
                opFlags,
                ops.userData(slot),
                0);
    }

    /** Queues a blocking task, behind the others of its side if it has a handle. */
    long enqueueTask(int slot, int index, byte side, BlockingTask work, WorkerLane lane, IoBuffer buffer) {
        long operation = ops.operation(slot);
        ops.attach(slot, new WorkerPool.Task(work, operation, lane, buffer));
        if (index != OpTable.NONE) {
            if (!handles.append(ops, slot, index, side) && side != HandleTable.UNORDERED) {
                return operation;
            }
        }
        start(slot);
        return operation;
    }

    /** Gives a held operation to the ring or the pool. */
    private void start(int slot) {
        if (ops.attachment[slot] instanceof WorkerPool.Task task) {
            ops.state(slot, OpTable.POOLED);
            if (!pool.submit(task)) {
                toReady(slot, Errno.EAGAIN.result());
            }
            return;
        }
        int at = reserve();
        SubmissionQueue.copy(
                ops.scratch(slot), OpTable.scratchOffset(slot) + OpTable.SCRATCH_ENTRY, submissions.entries(), at);
        ops.state(slot, OpTable.SUBMITTED);
    }

    /** Offset of a free submission entry; enters the backend first when the ring is full. */
    private int reserve() {
        for (int attempt = 0; submissions.isFull(); attempt++) {
            int result = enterBackend(0, 0);
            if (result == Errno.EBUSY.result() || attempt > 0) {
                completions.stash();
            }
            if (attempt > 1000) {
                throw new IllegalStateException("backend " + backend.name() + " takes no more entries");
            }
        }
        return submissions.next();
    }

    // ---- entering
    // ----------------------------------------------------------------------------------------------------

    /** Binds the ring to the calling thread at its first turn. */
    void ensureBound() {
        if (!owner.isBound()) {
            owner.bind();
            int result = backend.enable();
            if (result < 0) {
                throw new UncheckedIOException(TorusIoException.of("enable", backend.name(), result));
            }
        }
    }

    /** The group's recycled buffers are to be told to the backend before it is entered. */
    void publishLater(BufferGroup group) {
        unpublished.add(group);
    }

    private int enterBackend(int minComplete, long timeoutNanos) {
        ensureBound();
        if (!unpublished.isEmpty()) {
            for (int i = unpublished.size() - 1; i >= 0; i--) {
                unpublished.remove(i).publish();
            }
        }
        enters++;
        int result = backend.enter(submissions.publish(), minComplete, timeoutNanos);
        if (result < 0 && result != Errno.EBUSY.result() && result != Errno.EAGAIN.result()) {
            throw new UncheckedIOException(
                    TorusIoException.of("enter", backend.name(), result, 0, backend.lastFailure()));
        }
        return result;
    }

    /** Whether a drain would deliver something now. */
    boolean hasDeliverable() {
        return ready.count() != 0 || completions.available() != 0 || hasForeign();
    }

    private boolean hasForeign() {
        return !pool.results().isEmpty() || !posts.isEmpty() || wakeRequested.get();
    }

    /** One turn: submits, waits at most so long (negative: for ever), passes deadlines. */
    int enter(long timeoutNanos) {
        if (wakeupUnarmed) {
            armWakeup();
        }
        long wait = hasDeliverable() ? 0 : untilDeadline(timeoutNanos);
        if (wait != 0) {
            wait = spin(wait);
        }
        boolean parked = false;
        if (wait != 0) {
            // PARKED is published before the queues are looked at again; producers publish before they look at the
            // state
            signal.park();
            parked = true;
            if (hasForeign()) {
                wait = 0;
            }
        }
        int result;
        try {
            result = enterBackend(wait == 0 ? 0 : 1, wait);
        } finally {
            if (parked) {
                signal.awake();
            }
        }
        if (wakeRequested.get()) {
            // what the one who set it wrote before is seen by the owner from here on
            wakeRequested.getAndSet(false);
        }
        if (result == Errno.EBUSY.result()) {
            completions.stash();
        }
        passDeadlines();
        return ready.count() + completions.available() + pool.results().size() + posts.size();
    }

    /** Looks for something for a while, if spinning is on; how long to wait then, 0 if there is something. */
    private long spin(long wait) {
        long budget = spin.budget();
        if (budget == 0) {
            return wait;
        }
        poll();
        if (hasDeliverable()) {
            return 0; // was there already: says nothing about whether spinning is worth it
        }
        long start = System.nanoTime();
        long spent;
        do {
            Thread.onSpinWait();
            poll();
            if (hasDeliverable()) {
                spin.spun(true);
                return 0;
            }
            spent = System.nanoTime() - start;
        } while (spent < budget && (wait < 0 || spent < wait));
        spin.spun(false);
        return wait < 0 ? wait : Math.max(0, wait - spent);
    }

    private void poll() {
        if (enterBackend(0, 0) == Errno.EBUSY.result()) {
            completions.stash();
        }
    }

    private void armWakeup() {
        int at = reserve();
        if (!backend.armWakeup(submissions.entries(), at)) {
            // no entry is needed, but one was taken: an internal NOP keeps the ring regular
            SubmissionQueue.write(
                    submissions.entries(), at, RingAbi.OP_NOP, -1, 0, 0, 0, 0, OpTable.USER_DATA_INTERNAL, 0);
            internalPending++;
        }
        wakeupUnarmed = false;
    }

    private long untilDeadline(long timeoutNanos) {
        if (deadlines.isEmpty() || timeoutNanos == 0) {
            return timeoutNanos;
        }
        long left = Math.max(0, deadlines.earliest() - System.nanoTime());
        return timeoutNanos < 0 || left < timeoutNanos ? left : timeoutNanos;
    }

    private void passDeadlines() {
        if (deadlines.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        while (!deadlines.isEmpty() && deadlines.earliest() - now <= 0) {
            int slot = deadlines.earliestSlot();
            deadlines.remove(slot);
            ops.mark(slot, OpTable.TIMED_OUT);
            askCancel(slot);
        }
    }

    // ---- cancelling
    // --------------------------------------------------------------------------------------------------

    /** Cancels by the program's wish; the cancel is an operation of its own with a result of its own. */
    long cancel(long operation, long token) {
        int slot = take(RingAbi.OP_ASYNC_CANCEL, token);
        int target = ops.find(operation);
        if (target == OpTable.NONE || target == slot || ops.state(target) == OpTable.READY) {
            return refuse(slot, Errno.ENOENT);
        }
        if (ops.opcode(target) == RingAbi.OP_CLOSE) {
            return refuse(slot, Errno.EALREADY);
        }
        if (ops.state(target) == OpTable.SUBMITTED) {
            ops.mark(target, OpTable.CANCEL_ASKED);
            return enqueue(
                    slot,
                    OpTable.NONE,
                    HandleTable.UNORDERED,
                    RingAbi.OP_ASYNC_CANCEL,
                    0,
                    ops.userData(target),
                    0,
                    0,
                    0);
        }
        long cancel = ops.operation(slot);
        toReady(slot, askCancel(target) ? 0 : Errno.EALREADY.result());
        return cancel;
    }

    /** Asks an operation to end, once; false if it runs in the pool and cannot be stopped. */
    private boolean askCancel(int slot) {
        if (ops.isMarked(slot, OpTable.CANCEL_ASKED)) {
            // still in the pool after the first time: it runs
            return ops.state(slot) != OpTable.POOLED;
        }
        ops.mark(slot, OpTable.CANCEL_ASKED);
        switch (ops.state(slot)) {
            case OpTable.HELD -> toReady(slot, Errno.ECANCELED.result());
            case OpTable.POOLED -> {
                if (!pool.cancel((WorkerPool.Task) ops.attachment[slot])) {
                    return false;
                }
                toReady(slot, Errno.ECANCELED.result());
            }
            case OpTable.SUBMITTED -> {
                int at = reserve();
                SubmissionQueue.write(
                        submissions.entries(),
                        at,
                        RingAbi.OP_ASYNC_CANCEL,
                        -1,
                        0,
                        ops.userData(slot),
                        0,
                        0,
                        OpTable.USER_DATA_INTERNAL,
                        0);
                internalPending++;
            }
            default -> {
                // ready already: its completion is on its way
            }
        }
        return true;
    }

    private void toReady(int slot, long result) {
        ops.state(slot, OpTable.READY);
        ready.add(slot, result);
    }

    // ---- closing
    // -----------------------------------------------------------------------------------------------------

    /** First phase: no new operation, every pending one is asked to end. The second follows when the last has ended. */
    long close(int index, int slot) {
        ops.bufferId[slot] = index;
        handles.state[index] = HandleTable.CLOSING;
        handles.closeSlot[index] = slot;
        for (byte side = HandleTable.READ_SIDE; side <= HandleTable.UNORDERED; side++) {
            int next;
            for (int pending = handles.head(index, side); pending != OpTable.NONE; pending = next) {
                next = ops.next[pending];
                if (isQueuedZeroCopy(pending)) {
                    detach(pending);
                } else {
                    askCancel(pending);
                }
            }
        }
        long operation = ops.operation(slot);
        if (!handles.hasOperations(index)) {
            submitClose(index);
        }
        return operation;
    }

    /** A close of what is closed already, or is being closed: it has no handle to free at its end. */
    long refuseClose(int slot) {
        ops.bufferId[slot] = OpTable.NONE;
        return refuse(slot, Errno.EBADF);
    }

    /** Closes a handle that nobody is left to close. */
    void closeIfOpen(long handle) {
        int index = handles.findOpen(handle);
        if (index != OpTable.NONE) {
            close(index, take(RingAbi.OP_CLOSE, 0));
        }
    }

    /** Asks every operation that belongs to no handle to end. */
    void cancelTasks() {
        for (int slot = 0; slot < ops.capacity(); slot++) {
            if (ops.state(slot) == OpTable.POOLED && ops.handle[slot] == OpTable.NONE) {
                askCancel(slot);
            }
        }
    }

    private void submitClose(int index) {
        int slot = handles.closeSlot[index];
        if (handles.kind[index] == HandleTable.FILE && !backend.supports(RingAbi.OP_READ)) {
            // files are no business of this ring; closing one may block (NFS writes back then)
            int fd = handles.fd[index];
            ops.attach(
                    slot,
                    new WorkerPool.Task(
                            () -> backend.files().close(fd), ops.operation(slot), WorkerLane.GENERAL, null));
            ops.state(slot, OpTable.POOLED);
            if (!pool.submit((WorkerPool.Task) ops.attachment[slot])) {
                toReady(slot, backend.files().close(fd));
            }
            return;
        }
        if (handles.listening[index]) {
            // io_uring lets go of the file a moment after its last operation has ended: no connection may come in until
            // then
            backend.sockets().shutdownNow(handles.fd[index], RingAbi.SHUT_RDWR);
        }
        int at = reserve();
        SubmissionQueue.write(
                submissions.entries(), at, RingAbi.OP_CLOSE, handles.fd[index], 0, 0, 0, 0, ops.userData(slot), 0);
        ops.state(slot, OpTable.SUBMITTED);
    }

    // ---- delivering
    // --------------------------------------------------------------------------------------------------

    /** Delivers what is there at the start, at most so much; the number of completions and tasks. */
    int drain(CompletionHandler handler, int limit) {
        // what a callback adds to these waits for the next drain
        int ended = ready.count();
        int finished = pool.results().isEmpty() ? 0 : pool.results().size();
        int posted = posts.isEmpty() ? 0 : Math.min(MAX_POSTS_PER_DRAIN, posts.size());
        int first = 0;
        if (limit != Integer.MAX_VALUE) {
            first = firstSource;
            firstSource = (first + 1) % SOURCES;
        }
        int count = 0;
        for (int i = 0; i < SOURCES && count < limit; i++) {
            int left = limit - count;
            long before = delivered;
            int tasks = 0;
            switch ((first + i) % SOURCES) {
                case 0 -> drainReady(handler, Math.min(left, ended));
                case 1 -> drainPool(handler, Math.min(left, finished));
                case 2 -> tasks = drainPosts(handler, Math.min(left, posted));
                default -> drainRing(handler, left);
            }
            count += (int) (delivered - before) + tasks;
        }
        return count;
    }

    private void drainReady(CompletionHandler handler, int count) {
        for (int left = count; left > 0; left--) {
            int slot = ready.slot();
            long result = ready.result();
            ready.advance();
            last(slot, result, 0, handler);
        }
    }

    private void drainRing(CompletionHandler handler, int limit) {
        int left = Math.min(limit, completions.available());
        try {
            for (; left > 0 && completions.hasStash(); left--) {
                long userData = completions.stashUserData();
                long resultAndFlags = completions.stashResultAndFlags();
                completions.stashAdvance();
                fromRing(userData, (int) resultAndFlags, (int) (resultAndFlags >>> 32), handler);
            }
            for (; left > 0 && !completions.hasStash(); left--) {
                int at = completions.peek();
                long userData = completions.userData(at);
                long resultAndFlags = completions.resultAndFlags(at);
                completions.advance();
                fromRing(userData, (int) resultAndFlags, (int) (resultAndFlags >>> 32), handler);
            }
        } finally {
            completions.publish();
        }
    }

    private void drainPool(CompletionHandler handler, int count) {
        for (int left = count; left > 0; left--) {
            WorkerPool.Task task = pool.results().poll();
            if (task == null) {
                break;
            }
            pool.taken();
            fromPool(task, handler);
        }
    }

    private int drainPosts(CompletionHandler handler, int count) {
        if (count == 0) {
            return 0;
        }
        postHandler = handler;
        try {
            return posts.drain(toPostHandler, count);
        } finally {
            postHandler = null;
        }
    }

    private void fromRing(long userData, int result, int flags, CompletionHandler handler) {
        if (userData == RingAbi.USER_DATA_WAKE) {
            wakeupUnarmed |= !Completions.more(flags);
            return;
        }
        if (userData == OpTable.USER_DATA_INTERNAL) {
            internalPending--;
            return;
        }
        int slot = ops.find(userData);
        if (slot == OpTable.NONE) {
            throw new IllegalStateException("backend " + backend.name() + " completed an operation twice: user_data 0x"
                    + Long.toHexString(userData) + ", result " + result);
        }
        if (Completions.more(flags)) {
            more(slot, result, flags, handler);
        } else if (observer == null && ops.isPlainGroupSend(slot)) {
            lastOfGroupSend(slot, result, flags, handler);
        } else if (observer == null && ops.isPlainNop(slot)) {
            lastOfNop(slot, result, flags, handler);
        } else {
            last(slot, result, flags, handler);
        }
    }

    /** A completion that is not the last of its operation. */
    private void more(int slot, int result, int flags, CompletionHandler handler) {
        if (ops.opcode(slot) == RingAbi.OP_SEND_ZC) {
            zeroCopyQueued(slot, result);
            return;
        }
        long value = result;
        if (ops.opcode(slot) == RingAbi.OP_ACCEPT && result >= 0) {
            if (ops.isMarked(slot, OpTable.CANCEL_ASKED)) {
                backend.sockets().close(result);
                return;
            }
            value = newHandle(result, HandleTable.SOCKET);
        } else if (Completions.hasBuffer(flags)) {
            ((BufferGroup) ops.attachment[slot]).delivered(Completions.bufferId(flags));
            bytesIn += Math.max(0, result);
        }
        delivered++;
        if (observer != null) {
            observer.delivering(ops.token[slot], OperationNames.of(ops.opcode(slot)), value, false);
        }
        handler.completed(ops.token[slot], value, flags);
    }

    /** The last completion of an operation: its slot is free when the handler runs. */
    private void last(int slot, long result, int flags, CompletionHandler handler) {
        if (ops.opcode(slot) == RingAbi.OP_SEND_ZC) {
            lastOfZeroCopy(slot, result, flags, handler);
        } else {
            deliverLast(slot, result, flags, handler);
        }
    }

    private void deliverLast(int slot, long result, int flags, CompletionHandler handler) {
        if (ops.heapIndex[slot] != OpTable.NONE) {
            deadlines.remove(slot);
        }
        long value = result;
        int outFlags = flags;
        switch (ops.opcode(slot)) {
            case RingAbi.OP_ACCEPT, RingAbi.OP_OPENAT -> value = descriptorArrived(slot, result);
            case RingAbi.OP_RECV, RingAbi.OP_READ -> bytesIn += Math.max(0, result);
            case RingAbi.OP_SEND, RingAbi.OP_SEND_ZC, RingAbi.OP_SENDMSG, RingAbi.OP_WRITE ->
                bytesOut += Math.max(0, result);
            case RingAbi.OP_RECVMSG -> {
                bytesIn += Math.max(0, result);
                keepDatagramSource(slot, result);
            }
            case RingAbi.OP_CLOSE -> {
                if (ops.bufferId[slot] != OpTable.NONE) {
                    handles.free(ops.bufferId[slot]);
                }
            }
            default -> {
                // the result is the backend's
            }
        }
        if (ops.isMarked(slot, OpTable.TIMED_OUT)) {
            if (ops.attachment[slot] instanceof WorkerPool.Task) {
                value = Errno.ECANCELED.result();
            }
            if (value == Errno.ECANCELED.result()) {
                outFlags |= RingAbi.CQE_F_TIMED_OUT;
            }
        }
        returnLoans(slot, flags);
        long token = ops.token[slot];
        int opcode = ops.opcode(slot);
        int index = ops.handle[slot];
        if (index == OpTable.NONE) {
            ops.release(slot);
        } else {
            leaveHandle(slot, index);
        }
        delivered++;
        if (observer != null) {
            observer.delivering(token, OperationNames.of(opcode), value, true);
        }
        handler.completed(token, value, outFlags);
    }

    /** It has no handle, nothing lent, no deadline. */
    private void lastOfNop(int slot, long result, int flags, CompletionHandler handler) {
        long token = ops.token[slot];
        ops.release(slot);
        delivered++;
        handler.completed(token, result, flags);
    }

    /** What {@link #deliverLast} does, as far as it concerns such a send: most of what a busy server ends are these. */
    private void lastOfGroupSend(int slot, int result, int flags, CompletionHandler handler) {
        bytesOut += Math.max(0, result);
        ((BufferGroup) ops.attachment[slot]).sent(ops.bufferId[slot]);
        long token = ops.token[slot];
        leaveHandle(slot, ops.handle[slot]);
        delivered++;
        handler.completed(token, result, flags);
    }

    private void leaveHandle(int slot, int index) {
        int next = handles.unlink(ops, slot);
        ops.release(slot);
        startNext(index, next);
    }

    /** An operation has left a side of a handle, of which {@code head} is the first now: it may begin, or the handle be closed. */
    private void startNext(int index, int head) {
        if (head != OpTable.NONE) {
            if (ops.state(head) == OpTable.HELD) {
                start(head);
            }
        } else if (handles.state[index] == HandleTable.CLOSING && !handles.hasOperations(index)) {
            submitClose(index);
        }
    }

    // ---- zero-copy sends
    // -------------------------------------------------------------------------------------------------

    // SEND_ZC completes twice: with MORE and the result when the bytes are queued, and as a notification when nobody
    // reads the
    // buffer any more. The program gets one completion, with the latter. What is held behind the send starts with the
    // former.

    /** What a socket or its system cannot send without copying. */
    private static boolean mustCopy(long result) {
        return result == Errno.EOPNOTSUPP.result()
                || result == Errno.ENOMEM.result()
                || result == Errno.ENOBUFS.result();
    }

    private boolean isQueuedZeroCopy(int slot) {
        return ops.opcode(slot) == RingAbi.OP_SEND_ZC
                && ops.isMarked(slot, OpTable.QUEUED)
                && !mustCopy(ops.bufferId[slot]);
    }

    private void zeroCopyQueued(int slot, int result) {
        ops.bufferId[slot] = result;
        ops.mark(slot, OpTable.QUEUED);
        if (mustCopy(result)) {
            return; // sent again once the notification has come, before what is held behind it
        }
        if (result >= 0) {
            zeroCopySends++;
        }
        if (ops.heapIndex[slot] != OpTable.NONE) {
            deadlines.remove(slot);
        }
        int index = ops.handle[slot];
        int next = handles.unlink(ops, slot);
        if (handles.state[index] == HandleTable.CLOSING) {
            leaveToNotification(slot);
        } else {
            handles.append(ops, slot, index, HandleTable.UNORDERED);
        }
        startNext(index, next);
    }

    /** The handle is being closed. A peer that takes nothing must not hold that up: only the buffer waits for the notification. */
    private void detach(int slot) {
        handles.unlink(ops, slot);
        leaveToNotification(slot);
    }

    private void leaveToNotification(int slot) {
        ops.handle[slot] = OpTable.NONE;
        ops.mark(slot, OpTable.DETACHED);
        toReady(slot, ops.bufferId[slot]);
    }

    private void lastOfZeroCopy(int slot, long result, int flags, CompletionHandler handler) {
        if (ops.isMarked(slot, OpTable.DETACHED)) {
            if ((flags & RingAbi.CQE_F_NOTIF) != 0) {
                notified(slot);
            } else {
                deliverDetached(slot, handler);
            }
            return;
        }
        long value = ops.isMarked(slot, OpTable.QUEUED) ? ops.bufferId[slot] : result;
        if (!mustCopy(value)) {
            deliverLast(slot, value, 0, handler);
        } else if (ops.isMarked(slot, OpTable.CANCEL_ASKED)) {
            deliverLast(slot, Errno.ECANCELED.result(), 0, handler);
        } else {
            sendByCopying(slot);
        }
    }

    /** Out of the ready list. */
    private void deliverDetached(int slot, CompletionHandler handler) {
        if (ops.isMarked(slot, OpTable.NOTIFIED)) {
            deliverLast(slot, ops.bufferId[slot], 0, handler);
            return;
        }
        ops.state(slot, OpTable.SUBMITTED);
        detached++;
        bytesOut += Math.max(0, ops.bufferId[slot]);
        delivered++;
        handler.completed(ops.token[slot], ops.bufferId[slot], 0);
    }

    /** The buffer of a detached send comes home, and its slot is free once its completion was delivered. */
    private void notified(int slot) {
        if (ops.state(slot) == OpTable.READY) {
            ops.mark(slot, OpTable.NOTIFIED);
            return;
        }
        detached--;
        returnLoans(slot, 0);
        ops.release(slot);
    }

    private void sendByCopying(int slot) {
        ops.unmark(slot, OpTable.QUEUED);
        ops.opcode(slot, RingAbi.OP_SEND);
        var memory = ops.scratch(slot);
        int at = OpTable.scratchOffset(slot) + OpTable.SCRATCH_ENTRY;
        memory.put(at + RingAbi.SQE_OPCODE, (byte) RingAbi.OP_SEND);
        memory.putLong(at + RingAbi.SQE_USER_DATA, ops.userData(slot));
        start(slot);
    }

    private void returnLoans(int slot, int flags) {
        int marks = ops.marks(slot);
        if ((marks & OpTable.GROUP_SEND) != 0) {
            ((BufferGroup) ops.attachment[slot]).sent(ops.bufferId[slot]);
            return;
        }
        Object attachment = ops.attachment[slot];
        if (attachment instanceof BufferGroup group) {
            group.unuse();
            if (Completions.hasBuffer(flags)) {
                group.delivered(Completions.bufferId(flags));
            }
            return;
        }
        IoBuffer buffer = attachment instanceof WorkerPool.Task task ? task.buffer : (IoBuffer) attachment;
        if ((marks & OpTable.LENT_SHARED) != 0) {
            buffer.returnShared();
            lentBuffers--;
        } else if ((marks & OpTable.LENT_EXCLUSIVE) != 0) {
            buffer.returnExclusive();
            lentBuffers--;
        }
    }

    /** A new descriptor becomes a handle, unless nobody waits for it any more: then it is closed at once. */
    private long descriptorArrived(int slot, long result) {
        if (result < 0) {
            return result;
        }
        boolean file = ops.opcode(slot) == RingAbi.OP_OPENAT;
        if (ops.isMarked(slot, OpTable.CANCEL_ASKED) || ops.isMarked(slot, OpTable.TIMED_OUT)) {
            closeDescriptor((int) result, file);
            return Errno.ECANCELED.result();
        }
        return newHandle((int) result, file ? HandleTable.FILE : HandleTable.SOCKET);
    }

    private void closeDescriptor(int fd, boolean file) {
        if (file) {
            backend.files().close(fd);
        } else {
            backend.sockets().close(fd);
        }
    }

    long newHandle(int fd, byte kind) {
        long handle = handles.allocate(fd, kind);
        if (handle < 0) {
            closeDescriptor(fd, kind == HandleTable.FILE);
            return Errno.EMFILE.result();
        }
        return handle;
    }

    private void fromPool(WorkerPool.Task task, CompletionHandler handler) {
        if (task.failure != null) {
            poolFailure = task.failure;
        }
        int slot = ops.find(task.operation);
        if (slot != OpTable.NONE) {
            if (observer != null && task.worker != null) {
                observer.worked(
                        ops.token[slot],
                        OperationNames.of(ops.opcode(slot)),
                        task.worker,
                        task.beganNanos,
                        task.endedNanos);
            }
            last(slot, task.result, 0, handler);
        }
    }

    // ---- datagrams
    // ---------------------------------------------------------------------------------------------------

    private void keepDatagramSource(int slot, long result) {
        datagramSourceLength = 0;
        datagramFlags = 0;
        if (result >= 0) {
            var memory = ops.scratch(slot);
            int at = OpTable.scratchOffset(slot);
            datagramSourceLength =
                    Math.min(RingAbi.SOCKADDR_BYTES, Math.max(0, memory.getInt(at + OpTable.SCRATCH_MSGHDR + 8)));
            datagramFlags = memory.getInt(at + OpTable.SCRATCH_MSGHDR + 48);
            memory.get(at + OpTable.SCRATCH_SOCKADDR, datagramSource, 0, datagramSourceLength);
        }
    }

    java.net.SocketAddress datagramSource() {
        return SocketAddresses.decode(datagramSource, datagramSourceLength);
    }

    boolean datagramTruncated() {
        return (datagramFlags & RingAbi.MSG_TRUNC) != 0;
    }

    // ---- watching
    // ----------------------------------------------------------------------------------------------------

    void observe(OperationObserver watching) {
        observer = watching;
        pool.measure(watching != null);
    }

    // ---- state
    // -------------------------------------------------------------------------------------------------------

    int pending() {
        return ops.used() - detached;
    }

    boolean isQuiet() {
        return ops.used() == detached && internalPending == 0;
    }

    /** Sends that were delivered and whose buffer the system still reads. */
    int detached() {
        return detached;
    }

    String failureDetail() {
        String detail = poolFailure != null ? poolFailure : backend.lastFailure();
        poolFailure = null;
        return detail;
    }

    KernelStats stats(int lentByGroups) {
        return new KernelStats(
                queued,
                delivered,
                pending(),
                handles.open(),
                lentBuffers + lentByGroups,
                enters,
                backend.counter(Backend.Counter.CROSSINGS),
                backend.counter(Backend.Counter.SYSCALLS),
                backend.counter(Backend.Counter.WOULD_BLOCK),
                backend.counter(Backend.Counter.WAKEUPS),
                bytesIn,
                bytesOut,
                zeroCopySends,
                spin.spins(),
                spin.hits());
    }
}
