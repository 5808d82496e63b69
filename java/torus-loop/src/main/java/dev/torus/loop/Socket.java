package dev.torus.loop;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.ReceiveBuffers;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A connection. Its callbacks come in this order: connected, data as it was sent, end, close; close is always the last and comes
 * once (R50). Reading begins when {@link #onData} or {@link #onEnd} is set. Loop thread only.
 */
public final class Socket extends LoopHandle implements Duplex {
    private static final int DEFAULT_HIGH_WATERMARK = 64 * 1024;
    /** A pipe has no halves: what ended its side closes it once nothing has come for so long, as libuv does (pipe.c, eof_timer). */
    private static final int PIPE_REST_MILLIS = 50;
    /** Between two tries while all ends of a pipe's server are taken, and how many there are: 30 s, as in libuv. */
    private static final int PIPE_BUSY_MILLIS = 10;

    private static final int PIPE_BUSY_TRIES = 3000;
    private static final Runnable NOTHING = () -> {};

    private final Net net;
    private final SendQueue sending;
    private final CompletionSink receiveSink = this::received;
    private final Runnable deliverData = this::deliverData;
    private final Runnable deliverEnd = this::deliverEnd;
    private final IdleTimer idle;

    private long handle = -1;
    private boolean pipe;
    private Timeout pipeRest;
    private boolean connecting;
    /** Its connect handler was set before something was written, and so is called first, as in Node. */
    private boolean connectHandlerFirst;
    /** What is written now waits for what was written before it was connected. */
    private boolean behindOthers;
    /** While the host's addresses are looked up. */
    private LoopPromise<List<InetAddress>> lookup;
    /** Further addresses of the host, to be tried when one fails. */
    private Iterator<InetSocketAddress> alternatives = Collections.emptyIterator();

    private Timeout connectDeadline;
    private Runnable afterClose = NOTHING;
    private boolean allowHalfOpen;
    private boolean paused;
    /** A multishot receive is with the kernel. */
    private boolean receiving;

    private long receiveOperation;
    /** It is a single one into a large buffer, not a multishot. */
    private boolean receivingLarge;
    /** Which buffers the traffic needs, see {@link ReceiveBuffers}. */
    private byte fit = ReceiveBuffers.SMALL;

    private boolean wantsData;
    private boolean peerEnded;
    private boolean endDelivered;
    private boolean ending;
    private boolean sentEnd;
    private boolean destroyed;
    /** What ended it, or null. */
    private TorusIoException failure;

    /** Data that arrived while paused, copied so that it holds no shared buffer. */
    private final ArrayDeque<ByteBuffer> held = new ArrayDeque<>();

    private ByteBuffer arrived;
    /** The poll in which data came last. */
    private long dataPoll = -1;
    /** It waits for the flush before the next poll. */
    private boolean dirty;

    private WrittenTick writtenTick;
    private long bytesRead;
    private long bytesWritten;

    private Runnable onConnect = NOTHING;
    private Consumer<ByteBuffer> onData;
    private Runnable onEnd = NOTHING;
    private Runnable onDrain = NOTHING;
    private Runnable onClose = NOTHING;
    private Consumer<TorusIoException> onError;

    Socket(EventLoop loop, Net net) {
        super(loop);
        this.net = net;
        this.sending = new SendQueue(net, DEFAULT_HIGH_WATERMARK);
        this.idle = new IdleTimer(loop);
    }

    /** Called before the close callback. */
    void afterClose(Runnable action) {
        afterClose = action;
    }

    static Socket accepted(EventLoop loop, Net net, long handle, boolean allowHalfOpen) {
        Socket socket = new Socket(loop, net);
        socket.handle = handle;
        socket.allowHalfOpen = allowHalfOpen;
        return socket;
    }

    /** It is an end of a named pipe. */
    Socket overPipe() {
        pipe = true;
        return this;
    }

    private IoKernel kernel() {
        return net.kernel();
    }

    // ---- connecting
    // --------------------------------------------------------------------------------------------------

    /** From now on; the whole attempt, lookup and all addresses included. */
    void connectWithin(Duration deadline, Object subject) {
        connectDeadline = loop.setTimeout(
                        Deadlines.check(deadline), () -> fail(Deadlines.passed("connect", subject.toString())))
                .unref();
    }

    void lookUpAndConnect(String host, int port) {
        connecting = true;
        lookup = loop.dns().lookup(host);
        lookup.onSettled((addresses, failure) -> {
            if (destroyed) {
                return;
            }
            if (failure != null) {
                fail(TorusIoException.of(
                        "lookup", host + " (" + failure.getMessage() + ")", Errno.EHOSTUNREACH.result()));
            } else {
                connectToOneOf(addresses.stream()
                        .map(address -> new InetSocketAddress(address, port))
                        .toList());
            }
        });
    }

    /** Tries one after the other. */
    void connectToOneOf(List<InetSocketAddress> addresses) {
        alternatives = addresses.iterator();
        connect(alternatives.next());
    }

    void connect(SocketAddress address) {
        connecting = true;
        String pipeName = PipeListener.nameOf(address);
        if (pipeName != null) {
            overPipe().connectPipe(pipeName, address, PIPE_BUSY_TRIES);
            return;
        }
        if (net.connectsLater(() -> connectUnlessDestroyed(address))) {
            return;
        }
        try {
            handle = kernel().socket(Net.familyOf(address), SocketType.STREAM);
            loop.life().requestBegins();
            kernel().connect(handle, address, net.poller().token((result, flags) -> connected(address, result, flags)));
        } catch (TorusIoException e) {
            if (alternatives.hasNext()) {
                connect(alternatives.next());
            } else {
                loop.nextTick(() -> fail(e));
            }
        }
    }

    private void connectUnlessDestroyed(SocketAddress address) {
        if (!destroyed) {
            connect(address);
        }
    }

    /** The next address of the host, if there is one. */
    private boolean connectElsewhere() {
        if (!alternatives.hasNext()) {
            return false;
        }
        net.closeUnheard(handle);
        handle = -1;
        connect(alternatives.next());
        return true;
    }

    private void connectPipe(String name, SocketAddress address, int tries) {
        if (destroyed) {
            return;
        }
        try {
            handle = kernel().openPipe(name);
            loop.life().requestBegins();
            // it is connected: what is left is to say so in a callback of its own
            kernel().nop(net.poller().token((result, flags) -> connected(address, result, flags)));
        } catch (TorusIoException e) {
            if (e.errno() == Errno.EBUSY && tries > 1) {
                loop.setTimeout(PIPE_BUSY_MILLIS, () -> connectPipe(name, address, tries - 1));
            } else {
                loop.nextTick(() -> fail(e));
            }
        }
    }

    private void connected(SocketAddress address, long result, int flags) {
        loop.life().requestEnds();
        if (destroyed || (result < 0 && connectElsewhere())) {
            return;
        }
        connecting = false;
        if (result < 0) {
            TorusIoException failure = TorusIoException.of(
                    "connect",
                    String.valueOf(address),
                    result,
                    flags,
                    net.poller().failureDetail());
            loop.macrotask(() -> fail(failure));
            return;
        }
        sending.open(handle, this::sent);
        loop.clearTimeout(connectDeadline);
        idle.activity();
        loop.macrotask(this::tellConnected);
        sendLater();
    }

    private void tellConnected() {
        if (connectHandlerFirst) {
            behindOthers = sending.hasMarks();
            onConnect.run();
            behindOthers = false;
        }
        if (sending.hasMarks() && !destroyed) {
            // the first write's callback is called here, the others' by a tick, as in Node
            failSoon(sending.sendNow());
            tellWritten();
        }
        if (!connectHandlerFirst) {
            onConnect.run();
        }
        updateReading();
        if (ending) {
            loop.pending().add(this::finishSending);
        }
    }

    // ---- handlers
    // ----------------------------------------------------------------------------------------------------

    /** Called once the connection is established. */
    public Socket onConnect(Runnable handler) {
        onConnect = handler;
        return this;
    }

    /** Called with data as it arrives. The buffer is the handler's only until it returns. */
    @Override
    public Socket onData(Consumer<ByteBuffer> handler) {
        onData = handler;
        wantsData = true;
        updateReading();
        return this;
    }

    /** Called when the peer has ended its side, after all data. Unless half-open is allowed, this side ends then too. */
    @Override
    public Socket onEnd(Runnable handler) {
        onEnd = handler;
        wantsData = true;
        updateReading();
        return this;
    }

    /** Called when everything queued has been sent, after {@link #write} answered false. */
    @Override
    public Socket onDrain(Runnable handler) {
        onDrain = handler;
        return this;
    }

    /** Called last of all. */
    @Override
    public Socket onClose(Runnable handler) {
        onClose = handler;
        return this;
    }

    /** Called with what went wrong; close follows. Without a handler that is an uncaught exception. */
    public Socket onError(Consumer<TorusIoException> handler) {
        onError = handler;
        return this;
    }

    @Override
    public Socket onFailure(Consumer<IOException> handler) {
        return onError(handler::accept);
    }

    /** Leaves it to the program to end this side when the peer has ended. */
    public Socket allowHalfOpen(boolean allow) {
        allowHalfOpen = allow;
        return this;
    }

    // ---- reading
    // -----------------------------------------------------------------------------------------------------

    /**
     * No data callbacks until {@link #resume()}; nothing is lost (R54). Nothing is read either, so that the peer's end is told after that as
     * well; Node, which reads ahead, tells an end before which there is no data to a paused socket, too.
     */
    @Override
    public void pause() {
        loop.checkThread();
        paused = true;
        updateReading();
    }

    /** Goes on reading, or begins to: also without a data handler, and then what arrives is dropped. */
    @Override
    public void resume() {
        loop.checkThread();
        if (!paused && wantsData) {
            return;
        }
        paused = false;
        wantsData = true;
        for (int pieces = held.size(); pieces > 0; pieces--) {
            loop.pending().add(this::deliverHeld);
        }
        if (peerEnded) {
            loop.pending().add(this::deliverHeldEnd);
        }
        updateReading();
    }

    /** Whether reading is paused. */
    @Override
    public boolean isPaused() {
        return paused;
    }

    private void updateReading() {
        boolean want = wantsData && !paused && !destroyed && !peerEnded && handle != -1 && !connecting;
        if (want) {
            loop.life().activated(this);
            if (!receiving) {
                receive();
            }
        } else {
            loop.life().deactivated(this);
            if (receiving && paused) {
                kernel().cancel(receiveOperation, net.poller().silentToken());
            }
        }
        if (!sending.isOpen() && handle != -1 && !connecting && !destroyed) {
            sending.open(handle, this::sent);
        }
    }

    private void receive() {
        receiving = true;
        receivingLarge = ReceiveBuffers.isLarge(fit);
        BufferGroup group = net.receiveBuffers().group(receivingLarge);
        long token = net.poller().token(receiveSink);
        // a stream is read one large buffer a turn: that is its budget, and it holds no more of them
        receiveOperation = receivingLarge
                ? kernel().recvSelect(handle, group, token)
                : kernel().recvMultishot(handle, group, token);
    }

    private void received(long result, int flags) {
        ReceiveBuffers buffers = net.receiveBuffers();
        BufferGroup group = buffers.group(receivingLarge);
        receiving = Completions.more(flags);
        if (result > 0) {
            int id = Completions.bufferId(flags);
            if (pipeRest != null) {
                pipeRest.refresh();
            }
            if (!destroyed) {
                dataPoll = net.poller().pollNumber();
                bytesRead += result;
                idle.activity();
                suitBuffers(buffers.after(fit, receivingLarge, (int) result));
                take(group.buffer(id).clear().limit((int) result));
            }
            group.recycle(id);
        } else if (!destroyed) {
            receiveEnded(result, flags);
        }
        if (!receiving && !destroyed) {
            updateReading();
        }
    }

    /** When other buffers fit better, the multishot into the small ones is to end; what follows it receives into those. */
    private void suitBuffers(byte better) {
        boolean change = ReceiveBuffers.isLarge(better) != receivingLarge && better != fit;
        fit = better;
        if (change && receiving) {
            kernel().cancel(receiveOperation, net.poller().silentToken());
        }
    }

    private void take(ByteBuffer data) {
        if (paused || !held.isEmpty()) {
            held.add(ByteBuffer.allocate(data.remaining()).put(data).flip());
            if (!paused) {
                loop.pending().add(this::deliverHeld);
            }
            return;
        }
        arrived = data;
        loop.macrotask(deliverData);
        arrived = null;
    }

    private void deliverData() {
        ByteBuffer data = arrived;
        if (onData != null) {
            onData.accept(data);
        }
    }

    private void receiveEnded(long result, int flags) {
        if (result == 0) {
            peerEnded = true;
            loop.life().deactivated(this);
            if (dataPoll == net.poller().pollNumber() && !sentEnd) {
                // libuv stops after a read that was short, and sees the end in the next poll
                loop.life().requestBegins();
                net.poller().inNextPoll(this::deliverEndOfNextPoll);
            } else {
                tellEnd();
            }
        } else if (result == Errno.ENOBUFS.result()) {
            // what has come is still there: received again, into small buffers, which come home within the turn
            if (receivingLarge) {
                fit = ReceiveBuffers.SMALL;
            }
            net.poller().silent();
        } else if (result == Errno.ECANCELED.result()) {
            net.poller().silent();
        } else {
            TorusIoException failure = TorusIoException.of(
                    "recv", null, result, flags, net.poller().failureDetail());
            loop.macrotask(() -> fail(failure));
        }
    }

    private void deliverEndOfNextPoll() {
        loop.life().requestEnds();
        tellEnd();
    }

    private void tellEnd() {
        if (held.isEmpty() && !paused) {
            loop.macrotask(deliverEnd);
        } else if (!paused) {
            loop.pending().add(this::deliverHeldEnd);
        }
    }

    /** A macrotask for each piece (R13); after another pause the rest waits for another resume. */
    private void deliverHeld() {
        if (paused || destroyed || held.isEmpty()) {
            return;
        }
        ByteBuffer data = held.poll();
        if (onData != null) {
            onData.accept(data);
        }
    }

    private void deliverHeldEnd() {
        if (held.isEmpty() && !paused && !destroyed) {
            deliverEnd();
        }
    }

    private void deliverEnd() {
        if (endDelivered || destroyed) {
            return;
        }
        endDelivered = true;
        onEnd.run();
        if (!allowHalfOpen && !ending && !destroyed) {
            loop.nextTick(this::end);
        }
        closeIfBothEnded();
    }

    // ---- writing
    // -----------------------------------------------------------------------------------------------------

    /** Queues a text in UTF-8; see {@link #write(ByteBuffer)}. */
    public boolean write(String text) {
        return write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Queues what remains in a buffer, which is copied; its position moves to its limit.
     *
     * @return false when more than the high watermark is queued: wait for {@link #onDrain} before writing more
     * @throws IllegalStateException after {@link #end} or {@link #destroy}
     */
    @Override
    public boolean write(ByteBuffer data) {
        checkWrite(data);
        queue(data);
        if (sending.isAbove()) {
            sendNow();
        }
        sendLater();
        return sending.takesMore();
    }

    private void queue(ByteBuffer data) {
        bytesWritten += data.remaining();
        idle.activity();
        boolean first = sending.add(data);
        if (first && connecting) {
            connectHandlerFirst = onConnect != NOTHING;
        } else if (first) {
            updateReading();
        }
    }

    /** The rest goes out before the next poll. */
    private void sendLater() {
        if (!dirty && !connecting && !destroyed && sending.hasUnsent() && !sending.isInFlight()) {
            dirty = true;
            net.sendLater(this);
        }
    }

    /**
     * As {@link #write(ByteBuffer)}, and calls back once the system has taken all of it, with null; or, if the socket ends before
     * that, with the reason, ECANCELED when it was destroyed, just before the close callback (R57). What the system takes at once it is
     * given at once, and the callback is a tick then, as in Node; otherwise it is a callback of a poll.
     */
    public boolean write(ByteBuffer data, Consumer<TorusIoException> onWritten) {
        Objects.requireNonNull(onWritten, "onWritten");
        checkWrite(data);
        queue(data);
        sending.afterThis(onWritten);
        sendNow();
        sendLater();
        return sending.takesMore();
    }

    private void checkWrite(ByteBuffer data) {
        loop.checkThread();
        if (ending || destroyed) {
            throw new IllegalStateException(destroyed ? "write after destroy" : "write after end");
        }
        QueuedBytesLimitException.check(
                this, sending.queuedBytes(), data.remaining(), loop.options().maxQueuedBytes());
    }

    /** What the system takes now; the callbacks of what it has taken are ticks. */
    private void sendNow() {
        if (!connecting && !pipe && !behindOthers) {
            failSoon(sending.sendNow());
            writtenByTick();
        }
    }

    private void failSoon(int error) {
        if (error < 0) {
            TorusIoException failure = TorusIoException.of("send", null, error);
            loop.nextTick(() -> fail(failure));
        }
    }

    /** One tick for callbacks one after the other that are the same, as in Node. */
    private void writtenByTick() {
        Consumer<TorusIoException> written;
        while ((written = sending.nextWritten()) != null) {
            if (writtenTick == null || writtenTick.callback != written) {
                writtenTick = new WrittenTick(written);
                loop.nextTick(writtenTick);
            }
            writtenTick.calls++;
        }
    }

    /** Tells of writes that are over. */
    private final class WrittenTick implements Runnable {
        private final Consumer<TorusIoException> callback;
        private int calls;

        WrittenTick(Consumer<TorusIoException> callback) {
            this.callback = callback;
        }

        @Override
        public void run() {
            if (writtenTick == this) {
                writtenTick = null;
            }
            while (calls-- > 0) {
                callback.accept(null);
            }
        }
    }

    /** What is queued at the end of the run. */
    void sendBeforeExit() {
        if (!destroyed && !pipe) {
            sending.sendNow();
        }
    }

    /** Starts a send if there is something and none is under way; called once a turn. */
    void flush() {
        dirty = false;
        if (!destroyed && sending.start()) {
            loop.life().requestBegins();
        }
    }

    private void sent(long result, int flags) {
        loop.life().requestEnds();
        boolean late = sending.isLate(result, flags);
        sending.finished(result);
        if (destroyed) {
            sending.clear();
            return;
        }
        idle.activity();
        if (result < 0 || late) {
            TorusIoException failure = late
                    ? Deadlines.passed("send", String.valueOf(remoteAddress()))
                    : TorusIoException.of(
                            "send", null, result, flags, net.poller().failureDetail());
            loop.macrotask(() -> fail(failure));
            return;
        }
        if (sending.hasUnsent() && (sending.hasMarks() || sending.isAbove())) {
            sendBehind();
        }
        if (sending.hasWritten() || sending.isDrained()) {
            loop.macrotask(this::tellWritten);
        } else {
            net.poller().silent();
        }
        sendLater();
        if (ending && !destroyed) {
            shutDownIfSent();
        }
    }

    /** What was written while the system took no more. */
    private void sendBehind() {
        int error = sending.sendNow();
        if (error < 0) {
            loop.macrotask(() -> fail(TorusIoException.of("send", null, error)));
        }
    }

    /** As in Node: the drain first, then the callback of the write that is over; those of others are left to a tick. */
    private void tellWritten() {
        Consumer<TorusIoException> first = sending.nextWritten();
        List<Consumer<TorusIoException>> others = sending.takeWritten();
        if (!others.isEmpty()) {
            loop.nextTick(() -> others.forEach(written -> written.accept(null)));
        }
        if (sending.takeDrained() && !ending && !destroyed) {
            onDrain.run();
        }
        if (first != null) {
            first.accept(null);
        }
    }

    /** Sends what is queued and then ends this side; the other stays usable (R53). */
    @Override
    public void end() {
        loop.checkThread();
        if (ending || destroyed) {
            return;
        }
        ending = true;
        if (!connecting && handle != -1) {
            loop.pending().add(this::finishSending);
        }
    }

    /** In the pending phase: what is left is sent, and if the system takes it at once this side ends there too (R4). */
    private void finishSending() {
        if (!destroyed) {
            updateReading();
            sendNow();
            sendLater();
            shutDownIfSent();
        }
    }

    /** Sends a last text and ends this side. */
    public void end(String text) {
        write(text);
        end();
    }

    private void shutDownIfSent() {
        if (sentEnd || destroyed || connecting || handle == -1 || sending.isBusy()) {
            return;
        }
        sentEnd = true;
        if (pipe) {
            pipeRest = loop.setTimeout(PIPE_REST_MILLIS, this::pipeRested);
            closeIfBothEnded();
            return;
        }
        if (kernel().shutdownNow(handle) != Errno.EOPNOTSUPP.result()) {
            closeIfBothEnded(); // it was told, or the peer is gone: what is left is to close
            return;
        }
        loop.life().requestBegins();
        kernel().shutdown(handle, Shutdown.WRITE, net.poller().token((result, flags) -> {
            loop.life().requestEnds();
            closeIfBothEnded();
        }));
    }

    private void pipeRested() {
        if (paused) {
            pipeRest.refresh();
        } else if (!destroyed && !peerEnded) {
            peerEnded = true;
            loop.life().deactivated(this);
            deliverEnd();
        }
    }

    private void closeIfBothEnded() {
        if (sentEnd && endDelivered && !destroyed) {
            destroy();
        }
    }

    // ---- end
    // ---------------------------------------------------------------------------------------------------------

    private void fail(TorusIoException failure) {
        if (destroyed) {
            return;
        }
        this.failure = failure;
        destroy();
        if (onError == null) {
            throw new UncheckedLoopException(failure);
        }
        onError.accept(failure);
    }

    /**
     * Closes at once, and only the close callback follows (R50, R51). What was written goes out as far as the system takes it at once,
     * the rest is dropped.
     */
    @Override
    public void destroy() {
        loop.checkThread();
        if (destroyed) {
            return;
        }
        destroyed = true;
        loop.life().deactivated(this);
        loop.closing().begin();
        loop.clearTimeout(connectDeadline);
        idle.stop();
        if (lookup != null) {
            lookup.cancel(false);
        }
        held.clear();
        if (failure == null && !connecting && !pipe) {
            sending.sendNow(); // what was written before goes out, as far as the system takes it at once
            writtenByTick();
        }
        if (pipeRest != null) {
            pipeRest.clear();
        }
        sending.clear();
        if (sending.isInFlight()) {
            // the outcome of that write comes before the close callback (R57)
            kernel().close(
                            handle,
                            net.poller()
                                    .closeToken(
                                            (result, flags) -> loop.closing().ready(this::closed)));
            return;
        }
        loop.closing().ready(this::closed);
        if (handle != -1) {
            // the kernel has nothing of the program's any more
            loop.life().requestBegins();
            kernel().close(handle, net.poller().token((result, flags) -> {
                loop.life().requestEnds();
                net.poller().silent();
            }));
        }
    }

    private void closed() {
        TorusIoException reason = failure != null
                ? failure
                : TorusIoException.of("send", "the socket was closed", Errno.ECANCELED.result());
        afterClose.run();
        sending.takeUnwritten(reason).forEach(loop::guarded);
        onClose.run();
    }

    /** Whether it was destroyed, by the program, an error, or because both sides have ended. */
    @Override
    public boolean isDestroyed() {
        return destroyed;
    }

    @Override
    public boolean isEnded() {
        return ending || destroyed;
    }

    // ---- options
    // -----------------------------------------------------------------------------------------------------

    /** Bytes that may be queued before {@link #write} answers false. */
    public Socket highWatermark(int bytes) {
        sending.highWatermark(bytes);
        return this;
    }

    /**
     * Calls back when nothing was received or sent for a while; what to do then, such as {@link #destroy}, is the program's choice. Called
     * again after the next activity only. As Node's {@code socket.setTimeout}, it does not keep the loop alive.
     *
     * @param inactivity to the millisecond; zero is off, as at first
     */
    public Socket setTimeout(Duration inactivity, Runnable handler) {
        if (destroyed) {
            return this;
        }
        idle.set(inactivity, handler);
        return this;
    }

    /**
     * How long the system may take to accept a piece of up to 64 KiB of what is queued; a peer that does not read ends the socket with
     * {@link dev.torus.kernel.OperationTimedOutException} then.
     *
     * @param deadline zero is none, as at first
     */
    public Socket setWriteDeadline(Duration deadline) {
        loop.checkThread();
        sending.deadline(deadline.isZero() ? 0 : Deadlines.check(deadline).toNanos());
        return this;
    }

    /** Bytes queued and not yet taken by the system. */
    @Override
    public int queuedBytes() {
        return sending.queuedBytes();
    }

    /** Sends small pieces at once (TCP_NODELAY). */
    public Socket setNoDelay(boolean on) {
        return option(StandardSocketOptions.TCP_NODELAY, on);
    }

    /** Asks the peer now and then whether it is still there (SO_KEEPALIVE). */
    public Socket setKeepAlive(boolean on) {
        return option(StandardSocketOptions.SO_KEEPALIVE, on);
    }

    private Socket option(java.net.SocketOption<Boolean> option, boolean on) {
        loop.checkThread();
        if (handle != -1 && !destroyed) {
            try {
                kernel().setOption(handle, option, on);
            } catch (TorusIoException e) {
                throw new UncheckedLoopException(e);
            }
        }
        return this;
    }

    /** Address of the peer, or null when it is gone or not connected yet. */
    @Override
    public SocketAddress remoteAddress() {
        try {
            return handle == -1 || destroyed ? null : kernel().remoteAddress(handle);
        } catch (TorusIoException e) {
            return null;
        }
    }

    /** Address of this side, or null. */
    @Override
    public SocketAddress localAddress() {
        try {
            return handle == -1 || destroyed ? null : kernel().localAddress(handle);
        } catch (TorusIoException e) {
            return null;
        }
    }

    /** Bytes received so far. */
    public long bytesRead() {
        return bytesRead;
    }

    /** Bytes given to {@link #write} so far. */
    public long bytesWritten() {
        return bytesWritten;
    }

    @Override
    void abandon() {
        destroy();
    }

    @Override
    public String toString() {
        return (connecting ? "connecting socket " : "socket ") + localAddress() + " to " + remoteAddress();
    }
}
