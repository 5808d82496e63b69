package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.Rings;
import dev.torus.kernel.spi.SocketControl;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Plays the operating system's part of the ring on a {@link java.nio.channels.Selector}: consumes submission entries
 * and produces completions, in plain direct memory.
 *
 * <p>One thread owns it, from {@link #enable} on; {@link #wakeup} and {@link #files} are for any thread.
 */
final class NioBackend implements Backend {
    static final String NAME = "nio";

    private final Rings rings;
    private final SubmissionRing submissionRing;
    private final CompletionRing completions;
    private final Submissions submissions;
    private final SocketEngine engine;
    private final Poller poller;
    private final Regions regions = new Regions();
    private final BufferRings bufferRings = new BufferRings();
    private final HandleTable handles = new HandleTable();
    private final Failures failures = new Failures();
    private final Counters counters = new Counters();
    private final NioSockets sockets;
    private final NioFiles files;

    private Thread owner;
    private boolean closed;
    private boolean skippedSelect;

    NioBackend(BackendConfig config) throws IOException {
        rings = RingMemory.allocate(config);
        submissionRing = new SubmissionRing(rings);
        completions = new CompletionRing(rings);
        poller = new Poller(counters);
        engine = new SocketEngine(regions, bufferRings, handles, poller, completions, failures, counters);
        submissions = new Submissions(submissionRing.entries(), handles, engine, completions, failures);
        sockets = new NioSockets(handles, engine, poller, failures);
        files = new NioFiles(handles, regions, failures, counters);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "pure Java on " + poller.selectorName() + ", Java " + Runtime.version()
                + "; no foreign descriptors, no datagrams of the Unix domain, no MSG_PEEK";
    }

    @Override
    public Rings rings() {
        return rings;
    }

    @Override
    public boolean supports(int opcode) {
        return Submissions.supports(opcode);
    }

    @Override
    public int enable() {
        if (owner != null) {
            return -LinuxErrno.EBADFD;
        }
        owner = Thread.currentThread();
        return 0;
    }

    @Override
    public int enter(int toSubmit, int minComplete, long timeoutNanos) {
        if (closed || owner == null) {
            return -LinuxErrno.EBADFD;
        }
        if (owner != Thread.currentThread()) {
            return -LinuxErrno.EEXIST;
        }
        completions.flush();
        if (toSubmit > 0 && isOverfull()) {
            completions.publish();
            return -LinuxErrno.EBUSY;
        }
        int consumed = consume(toSubmit);
        try {
            if (minComplete > 0 && timeoutNanos != 0) {
                await(consumed, timeoutNanos);
            } else {
                collect(consumed);
            }
        } catch (IOException failure) {
            failures.result(failure);
            return consumed > 0 ? consumed : -LinuxErrno.EIO;
        } finally {
            completions.publish();
        }
        return consumed;
    }

    /** Limits what waits outside the ring: as much again as fits into it. */
    private boolean isOverfull() {
        return completions.overflowed() >= rings.cqEntries();
    }

    private int consume(int toSubmit) {
        int count = Math.min(toSubmit, submissionRing.available());
        int consumed = 0;
        while (consumed < count && !isOverfull()) {
            submissions.perform(submissionRing.next());
            consumed++;
        }
        submissionRing.publish();
        return consumed;
    }

    /** Makes the progress that is possible now. */
    private void collect(int consumed) throws IOException {
        if (!maySkipSelect(consumed)) {
            poller.selectNow();
        }
        engine.runScheduled();
    }

    /**
     * Where submitting has already made completions, looking for more is put off, once: the caller comes again soon,
     * and a turn that sends what the one before received needs one select instead of two.
     */
    private boolean maySkipSelect(int consumed) {
        if (poller.watchesNothing()) {
            return true;
        }
        skippedSelect = !skippedSelect && consumed > 0 && !completions.isEmpty() && !poller.mustSelect();
        return skippedSelect;
    }

    /** Waits for a completion, a wake-up or the timeout. */
    private void await(int consumed, long timeoutNanos) throws IOException {
        // Also when a wake-up is the reason not to wait: many of them must not keep the sockets waiting.
        boolean woken = poller.takeWakeup();
        if (woken || !completions.isEmpty() || poller.scheduled() > 0) {
            collect(consumed);
            if (woken || !completions.isEmpty()) {
                return;
            }
        }
        skippedSelect = false;
        // NIO's waits end at once in an interrupted thread. An interrupt is no wake-up: it is put aside and restored.
        boolean interrupted = Thread.interrupted();
        try {
            long start = timeoutNanos < 0 ? 0 : System.nanoTime();
            long remaining = timeoutNanos;
            do {
                interrupted |= Thread.interrupted();
                poller.select(poller.scheduled() > 0 ? 0 : remaining);
                engine.runScheduled();
                if (poller.takeWakeup() || !completions.isEmpty()) {
                    return;
                }
                remaining = timeoutNanos < 0 ? timeoutNanos : timeoutNanos - (System.nanoTime() - start);
            } while (timeoutNanos < 0 || remaining > 0);
        } finally {
            if (interrupted) {
                owner.interrupt();
            }
        }
    }

    @Override
    public void wakeup() {
        poller.wakeup();
    }

    @Override
    public long register(ByteBuffer direct) {
        return regions.register(direct);
    }

    @Override
    public int unregister(long base) {
        return regions.unregister(base);
    }

    @Override
    public int registerBufferRing(int group, ByteBuffer ring, long ringBase, int entries) {
        return bufferRings.register(group, ring, entries);
    }

    @Override
    public int unregisterBufferRing(int group) {
        return bufferRings.unregister(group);
    }

    @Override
    public SocketControl sockets() {
        return sockets;
    }

    @Override
    public BlockingFiles files() {
        return files;
    }

    @Override
    public long counter(Counter counter) {
        switch (counter) {
            case SYSCALLS:
                return counters.systemCalls + counters.wakeups.get();
            case WOULD_BLOCK:
                return counters.wouldBlock;
            case WAKEUPS:
                return counters.wakeups.get();
            case BYTES_IN:
                return counters.bytesIn + counters.fileBytesIn.get();
            case BYTES_OUT:
                return counters.bytesOut + counters.fileBytesOut.get();
            default:
                return 0;
        }
    }

    @Override
    public String lastFailure() {
        return failures.lastMessage();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Handle handle : handles.removeAll()) {
            try {
                handle.close();
            } catch (IOException failure) {
                failures.result(failure);
            }
        }
        try {
            poller.close();
        } catch (IOException failure) {
            failures.result(failure);
        }
    }
}
