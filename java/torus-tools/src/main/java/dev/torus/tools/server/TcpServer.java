package dev.torus.tools.server;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.ReceiveBuffers;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A TCP server straight on the kernel: one multishot accept, one multishot receive per connection into provided buffers,
 * one {@code enter} per turn. What is done with received bytes is the subclass's.
 *
 * <p>Nothing is allocated per message: the state of a connection lies in arrays, and its index comes back in the token.
 *
 * <p>There are two groups of buffers. Every connection begins with the small ones, of which there are many; one that fills
 * a whole small buffer is a stream and changes to the large ones, so that it needs fewer turns. It has one of them at a time and is
 * read again when its sends have gone; who finds no buffer waits in line for one ({@link BufferSupply}).
 *
 * <p>A connection whose sends pile up is not read until they have gone; one whose sends make no progress at all is closed
 * after a while, so that it cannot keep its buffers for ever. All methods: the thread that calls {@link #run}.
 */
public abstract class TcpServer implements CompletionHandler, Runnable, AutoCloseable {
    /** Sends in flight on one connection beyond which it is not read. */
    static final int MAX_SENDS = 16;

    /** How many sweeps without progress end a connection that should make some. */
    private static final int QUIET_SWEEPS = 3;

    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long ACCEPT_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int BACKLOG = 4096;

    // A token is the kind in the upper 4 bits, a detail of 28 bits, and the index of the connection in the lower 32.
    private static final int KIND_SHIFT = 60;
    private static final int DETAIL_SHIFT = 32;
    /** Largest detail of a send. */
    static final int MAX_DETAIL = (1 << 28) - 1;

    private static final int ACCEPT = 0;
    private static final int RECEIVE = 1;
    private static final int SEND = 2;
    private static final int CLOSE = 3;
    private static final int IGNORED = 4;

    // What is going on with a connection; bits of `states`.
    private static final byte RECEIVING = 1;
    private static final byte PAUSED = 2;
    private static final byte PEER_ENDED = 4;
    private static final byte CLOSING = 8;
    private static final byte ENDING_RECEIVE = 16;
    private static final byte STARVING = 32;

    private static final int SMALL = BufferSupply.SMALL;
    private static final int LARGE = BufferSupply.LARGE;

    protected final IoKernel kernel;
    private final BufferSupply supply;
    private final BufferSupply.Receiver onBuffer = this::bufferCame;
    private final ReceiveBuffers buffers;

    private long listener = -1;
    private boolean acceptPaused;
    private long nextSweep;

    private long[] handles = new long[64];
    private long[] receives = new long[64];
    private int[] sends = new int[64];
    private byte[] states = new byte[64];
    private byte[] quiet = new byte[64];
    /** See {@link ReceiveBuffers}; unused if there is one group only. */
    private byte[] fits = new byte[64];

    private int[] free = new int[64];
    private int freeCount;
    private int used;

    /** What the subclass counts, such as echoed receives. */
    protected long messages;

    private long connections;

    /**
     * On a kernel that the calling thread owns.
     *
     * @param groups the small buffers, then the large ones if there are any
     */
    protected TcpServer(IoKernel kernel, BufferGroup... groups) {
        this.kernel = kernel;
        this.supply = new BufferSupply(groups);
        this.buffers = supply.hasLarge() ? new ReceiveBuffers(groups[SMALL], groups[LARGE]) : null;
    }

    // ---- for subclasses
    // ----------------------------------------------------------------------------------------------

    /**
     * Bytes came in. The buffer is the subclass's until it recycles it.
     *
     * @param connection index of the connection
     * @param group index of the group that the buffer is of
     */
    protected abstract void received(int connection, int group, int bufferId, int length);

    /**
     * A send has ended.
     *
     * @param detail as given to {@link #sendToken}
     * @param result bytes or -errno
     * @return whether all of it went; otherwise the connection is closed
     */
    protected abstract boolean sent(int connection, int detail, long result);

    protected final BufferGroup group(int index) {
        return supply.group(index);
    }

    /** Gives a received buffer back. */
    protected final void recycle(int group, int bufferId) {
        supply.recycle(group, bufferId);
    }

    protected final long handle(int connection) {
        return handles[connection];
    }

    /** Announces a send that the caller queues now with the token returned. */
    protected final long sendToken(int connection, int detail) {
        if (++sends[connection] >= MAX_SENDS || ReceiveBuffers.isLarge(fits[connection])) {
            pause(connection);
        }
        return token(SEND, detail, connection);
    }

    protected final boolean isClosing(int connection) {
        return (states[connection] & CLOSING) != 0;
    }

    // ---- life
    // --------------------------------------------------------------------------------------------------------

    /**
     * Binds and listens.
     *
     * @param shared whether several loops bind the same port and the system spreads connections over them
     * @return the address with the port that was chosen
     */
    public InetSocketAddress listen(InetSocketAddress address, boolean shared) throws TorusIoException {
        AddressFamily family = address.getAddress() instanceof Inet6Address ? AddressFamily.INET6 : AddressFamily.INET;
        listener = kernel.socket(family, SocketType.STREAM);
        if (!System.getProperty("os.name").startsWith("Windows")) {
            // elsewhere it only skips TIME_WAIT; on Windows it would let others take the port
            kernel.setOption(listener, StandardSocketOptions.SO_REUSEADDR, true);
        }
        if (shared) {
            kernel.setOption(listener, StandardSocketOptions.SO_REUSEPORT, true);
        }
        kernel.bind(listener, address);
        kernel.listen(listener, BACKLOG);
        SocketAddress local = kernel.localAddress(listener);
        kernel.acceptMultishot(listener, token(ACCEPT, 0, 0));
        return (InetSocketAddress) local;
    }

    /** Turns until the kernel is shut down. */
    @Override
    public void run() {
        nextSweep = System.nanoTime() + SWEEP_NANOS;
        while (!kernel.isShutdown()) {
            kernel.enter(patience());
            kernel.drain(this);
            supply.serve(onBuffer);
            if (acceptPaused) {
                acceptPaused = false;
                kernel.acceptMultishot(listener, token(ACCEPT, 0, 0));
            }
            if (System.nanoTime() - nextSweep >= 0) {
                sweep();
            }
        }
    }

    /** How long a turn may sleep. */
    private long patience() {
        return Math.min(supply.patience(), acceptPaused ? ACCEPT_RETRY_NANOS : SWEEP_NANOS);
    }

    /** Ends everything that is open; the thread of {@link #run}, after it. */
    @Override
    public void close() {
        kernel.close();
    }

    public final long connections() {
        return connections;
    }

    /** Echoed receives, or requests. */
    public final long messages() {
        return messages;
    }

    // ---- completions
    // -------------------------------------------------------------------------------------------------

    @Override
    public final void completed(long token, long result, int flags) {
        int connection = (int) token;
        switch ((int) (token >>> KIND_SHIFT)) {
            case RECEIVE -> onReceive(connection, (int) (token >>> DETAIL_SHIFT) & MAX_DETAIL, (int) result, flags);
            case SEND -> onSent(connection, (int) (token >>> DETAIL_SHIFT) & MAX_DETAIL, result);
            case ACCEPT -> onAccept(result, flags);
            case CLOSE -> onClosed(connection);
            default -> {
                // the result of a cancellation tells nothing that the receive's own end does not
            }
        }
    }

    private void onAccept(long result, int flags) {
        if (result >= 0) {
            accepted(result);
        }
        if (!Completions.more(flags) && !kernel.isShutdown()) {
            if (result >= 0 || result == Errno.ECONNABORTED.result()) {
                kernel.acceptMultishot(listener, token(ACCEPT, 0, 0));
            } else {
                // out of descriptors or memory: accepting again at once would only spin
                acceptPaused = true;
            }
        }
    }

    private void accepted(long handle) {
        connections++;
        try {
            kernel.setOption(handle, StandardSocketOptions.TCP_NODELAY, true);
        } catch (TorusIoException e) {
            // the peer has gone already, which the first receive will tell
        }
        int connection = takeIndex();
        handles[connection] = handle;
        sends[connection] = 0;
        states[connection] = 0;
        quiet[connection] = 0;
        fits[connection] = ReceiveBuffers.SMALL;
        receive(connection);
    }

    private void onReceive(int connection, int group, int result, int flags) {
        if (!Completions.more(flags)) {
            states[connection] &= ~(RECEIVING | ENDING_RECEIVE);
        }
        if (Completions.hasBuffer(flags)) {
            int bufferId = Completions.bufferId(flags);
            if (result > 0 && !isClosing(connection)) {
                quiet[connection] = 0;
                if (buffers != null) {
                    suitBuffers(connection, group, result);
                }
                received(connection, group, bufferId, result);
            } else {
                recycle(group, bufferId);
            }
        }
        if ((states[connection] & (RECEIVING | CLOSING)) == 0) {
            receiveEnded(connection, group, result);
        }
    }

    /** Changes to large buffers when a small one was filled, and back when they have not been needed for a while. */
    private void suitBuffers(int connection, int group, int length) {
        byte before = fits[connection];
        byte after = buffers.after(before, group == LARGE, length);
        fits[connection] = after;
        if (ReceiveBuffers.isLarge(after) != ReceiveBuffers.isLarge(before)) {
            endReceive(connection);
        }
    }

    /** The multishot receive is over: the stream has ended, or it has to be queued again, now or later. */
    private void receiveEnded(int connection, int group, int result) {
        if (result == Errno.ENOBUFS.result()) {
            starve(connection, group);
        } else if (result == 0) {
            states[connection] |= PEER_ENDED;
            if (sends[connection] == 0) {
                close(connection);
            }
        } else if (result < 0 && result != Errno.ECANCELED.result()) {
            close(connection);
        } else {
            receiveUnlessPaused(connection);
        }
    }

    private void onSent(int connection, int detail, long result) {
        int left = --sends[connection];
        quiet[connection] = 0;
        boolean whole = sent(connection, detail, result);
        byte state = states[connection];
        if ((state & CLOSING) != 0) {
            return;
        }
        if (!whole || left == 0 && (state & PEER_ENDED) != 0) {
            close(connection);
        } else if (left == 0 && (state & PAUSED) != 0) {
            states[connection] &= ~PAUSED;
            receiveUnlessPaused(connection);
        }
    }

    private void onClosed(int connection) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = connection;
    }

    // ---- receiving
    // ---------------------------------------------------------------------------------------------------

    private void receive(int connection) {
        int group = ReceiveBuffers.isLarge(fits[connection]) ? LARGE : SMALL;
        if (supply.isAwaited(group)) {
            starve(connection, group);
        } else {
            receive(connection, group);
        }
    }

    private void receive(int connection, int group) {
        states[connection] |= RECEIVING;
        long token = token(RECEIVE, group, connection);
        // a stream is read one large buffer a turn: that is its budget, and it holds no more of them
        receives[connection] = group == LARGE
                ? kernel.recvSelect(handles[connection], supply.group(group), token)
                : kernel.recvMultishot(handles[connection], supply.group(group), token);
    }

    /** Asks the multishot receive to end; what follows is decided when it has. */
    private void endReceive(int connection) {
        if ((states[connection] & (RECEIVING | ENDING_RECEIVE)) == RECEIVING) {
            states[connection] |= ENDING_RECEIVE;
            kernel.cancel(receives[connection], token(IGNORED, 0, connection));
        }
    }

    private void receiveUnlessPaused(int connection) {
        if (mayReceive(connection)) {
            receive(connection);
        }
    }

    private boolean mayReceive(int connection) {
        return (states[connection] & (RECEIVING | PAUSED | PEER_ENDED | STARVING | CLOSING)) == 0;
    }

    private void pause(int connection) {
        if ((states[connection] & (PAUSED | CLOSING)) == 0) {
            states[connection] |= PAUSED;
            endReceive(connection);
        }
    }

    private void starve(int connection, int group) {
        if ((states[connection] & STARVING) == 0) {
            states[connection] |= STARVING;
            supply.await(connection, group);
        }
    }

    private void bufferCame(int connection, int group) {
        if ((states[connection] & STARVING) != 0) {
            states[connection] &= ~STARVING;
            if (group == SMALL) {
                fits[connection] = ReceiveBuffers.SMALL;
            }
            if (mayReceive(connection)) {
                receive(connection, group);
            }
        }
    }

    // ---- closing
    // -----------------------------------------------------------------------------------------------------

    protected final void close(int connection) {
        if ((states[connection] & CLOSING) == 0) {
            states[connection] = (byte) (states[connection] & ~STARVING | CLOSING);
            kernel.close(handles[connection], token(CLOSE, 0, connection));
        }
    }

    /** Closes connections that should have made progress since the sweeps before and did not. */
    private void sweep() {
        nextSweep = System.nanoTime() + SWEEP_NANOS;
        for (int connection = 0; connection < used; connection++) {
            if (sends[connection] > 0
                    && handles[connection] >= 0
                    && !isClosing(connection)
                    && ++quiet[connection] > QUIET_SWEEPS) {
                close(connection);
            }
        }
    }

    private int takeIndex() {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        if (used == handles.length) {
            int larger = 2 * used;
            handles = Arrays.copyOf(handles, larger);
            receives = Arrays.copyOf(receives, larger);
            sends = Arrays.copyOf(sends, larger);
            states = Arrays.copyOf(states, larger);
            quiet = Arrays.copyOf(quiet, larger);
            fits = Arrays.copyOf(fits, larger);
        }
        return used++;
    }

    private static long token(int kind, int detail, int connection) {
        return (long) kind << KIND_SHIFT | (long) detail << DETAIL_SHIFT | connection;
    }
}
