package dev.torus.kernel.internal.nio;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The selector, the queue of sockets that have something to do, and the wake-up.
 *
 * <p>A socket is registered when it first has to wait. Its interest stays on after an operation ended, because the next
 * one usually follows; it is taken back when readiness comes that nothing waits for, so that no socket keeps the
 * selector busy.
 */
final class Poller implements Consumer<SelectionKey> {
    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Selector selector;
    private final Counters counters;
    private final AtomicBoolean wakeupPending = new AtomicBoolean();
    private volatile boolean closed;

    private SocketHandle firstReady;
    private SocketHandle lastReady;
    private int readyCount;
    private boolean deregistrations;

    Poller(Counters counters) throws IOException {
        this.selector = Selector.open();
        this.counters = counters;
    }

    String selectorName() {
        return selector.getClass().getName();
    }

    /** Makes the selector watch {@code socket} for {@code operations} (OP_ bits of {@link SelectionKey}) as well. */
    void watch(SocketHandle socket, int operations) throws ClosedChannelException {
        int interest = socket.interest | operations;
        if (interest != socket.interest) {
            socket.interest = interest;
            if (socket.key == null) {
                socket.key = socket.channel().register(selector, interest, socket);
            } else {
                socket.key.interestOps(interest);
            }
        }
    }

    void unwatch(SocketHandle socket, int operations) {
        int interest = socket.interest & ~operations;
        if (interest != socket.interest && socket.key != null && socket.key.isValid()) {
            socket.interest = interest;
            socket.key.interestOps(interest);
        }
    }

    /** To be called when a channel was closed: the system's descriptor is only released by the next select. */
    void forget(SocketHandle socket) {
        if (socket.key != null) {
            socket.key.cancel();
            socket.key = null;
            deregistrations = true;
        }
        socket.interest = 0;
        socket.events = 0;
    }

    /** Whether a closed channel still holds its descriptor until the next select. */
    boolean mustSelect() {
        return deregistrations;
    }

    /** Whether no socket is registered, so that a select would find nothing. */
    boolean watchesNothing() {
        return selector.keys().isEmpty();
    }

    /** Puts a socket at the end of the queue of those that have something to do. */
    void schedule(SocketHandle socket) {
        if (socket.scheduled) {
            return;
        }
        socket.scheduled = true;
        socket.nextReady = null;
        if (lastReady == null) {
            firstReady = socket;
        } else {
            lastReady.nextReady = socket;
        }
        lastReady = socket;
        readyCount++;
    }

    /** How many sockets are scheduled. */
    int scheduled() {
        return readyCount;
    }

    SocketHandle nextScheduled() {
        SocketHandle socket = firstReady;
        firstReady = socket.nextReady;
        if (firstReady == null) {
            lastReady = null;
        }
        socket.nextReady = null;
        socket.scheduled = false;
        readyCount--;
        return socket;
    }

    /** Collects readiness without waiting. */
    void selectNow() throws IOException {
        deregistrations = false;
        counters.systemCalls++;
        selector.selectNow(this);
    }

    /**
     * Waits for readiness, a wake-up or the timeout. A wake-up that came before makes it return at once.
     *
     * @param timeoutNanos 0 does not wait, negative waits for ever; rounded up to milliseconds, since rounding down
     *     would spin
     */
    void select(long timeoutNanos) throws IOException {
        deregistrations = false;
        counters.systemCalls++;
        if (timeoutNanos == 0 || wakeupPending.get()) {
            selector.selectNow(this);
        } else if (timeoutNanos < 0) {
            selector.select(this);
        } else {
            selector.select(this, (timeoutNanos - 1) / NANOS_PER_MILLI + 1);
        }
    }

    /** A selected key: notes what it is ready for. I/O is done after the select, outside the selector's locks. */
    @Override
    public void accept(SelectionKey key) {
        SocketHandle socket = (SocketHandle) key.attachment();
        socket.events |= key.readyOps();
        schedule(socket);
    }

    /**
     * Any thread. Only the first of several wake-ups calls the selector. The flag, not the selector, carries the
     * wake-up, because any select in between would swallow the selector's.
     */
    void wakeup() {
        if (!closed && wakeupPending.compareAndSet(false, true)) {
            counters.wakeups.incrementAndGet();
            selector.wakeup();
        }
    }

    /** Consumes the wake-up, if one came. Those that come later are for the next wait. */
    boolean takeWakeup() {
        return wakeupPending.get() && wakeupPending.getAndSet(false);
    }

    void close() throws IOException {
        closed = true;
        selector.close();
    }
}
