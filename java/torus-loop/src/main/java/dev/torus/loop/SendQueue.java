package dev.torus.loop;

import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.TorusIoException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a socket has to send: filled into pooled buffers, one of which is with the kernel at a time. Small writes of one turn go out
 * together.
 */
final class SendQueue {
    /** Called back when so many bytes have gone out since the connection was made. */
    private record Mark(long position, Consumer<TorusIoException> callback) {}

    private final Net net;
    private final ArrayDeque<IoBuffer> filled = new ArrayDeque<>();
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    private IoBuffer inFlight;
    /** Where what is with the kernel begins in its buffer, and what has not gone in the first filled one. */
    private int inFlightFrom;

    private int unsentFrom;
    /** The system took less than there was: nothing is tried again before the kernel has sent the rest. */
    private boolean blocked;

    private long handle = -1;
    private CompletionSink sink;
    private int highWatermark;
    /** For each piece; 0 is none. */
    private long deadlineNanos;

    private int queued;
    private long added;
    private long gone;
    private boolean wasAbove;

    SendQueue(Net net, int highWatermark) {
        this.net = net;
        this.highWatermark = highWatermark;
    }

    void highWatermark(int bytes) {
        highWatermark = bytes;
    }

    void deadline(long nanos) {
        deadlineNanos = nanos;
    }

    private int inFlightBytes() {
        return inFlight.bytes().position() - inFlightFrom;
    }

    /** Whether the piece that is with the kernel was stopped by the deadline. */
    boolean isLate(long result, int flags) {
        boolean cut = result >= 0 && result < inFlightBytes();
        return Completions.timedOut(flags) || (cut && deadlineNanos != 0);
    }

    boolean isOpen() {
        return handle != -1;
    }

    void open(long connectedHandle, CompletionSink sentSink) {
        handle = connectedHandle;
        sink = sentSink;
    }

    /** Copies data behind what is there; true if nothing was queued before. */
    boolean add(ByteBuffer data) {
        boolean first = queued == 0;
        int bytes = data.remaining();
        while (data.hasRemaining()) {
            IoBuffer last = filled.peekLast();
            if (last == null || !last.bytes().hasRemaining()) {
                // small at first: most answers are; what fills a buffer gets a larger one next
                last = net.takeSendBuffer(data.remaining() + (last == null ? 0 : last.capacity()));
                filled.add(last);
            }
            ByteBuffer to = last.bytes();
            int piece = Math.min(to.remaining(), data.remaining());
            to.put(to.position(), data, data.position(), piece);
            to.position(to.position() + piece);
            data.position(data.position() + piece);
        }
        queued += bytes;
        added += bytes;
        return first;
    }

    void afterThis(Consumer<TorusIoException> callback) {
        marks.add(new Mark(added, callback));
    }

    /** The next callback whose bytes have gone out, or null. */
    Consumer<TorusIoException> nextWritten() {
        return hasWritten() ? marks.poll().callback : null;
    }

    boolean hasWritten() {
        return !marks.isEmpty() && marks.peek().position <= gone;
    }

    /** All callbacks whose bytes have gone out. */
    List<Consumer<TorusIoException>> takeWritten() {
        if (!hasWritten()) {
            return List.of();
        }
        List<Consumer<TorusIoException>> callbacks = new ArrayList<>();
        while (hasWritten()) {
            callbacks.add(marks.poll().callback);
        }
        return callbacks;
    }

    /** The callbacks of all writes that did not go out, for a reason. */
    List<Runnable> takeUnwritten(TorusIoException reason) {
        List<Runnable> callbacks = new ArrayList<>(marks.size());
        for (Mark mark : marks) {
            callbacks.add(() -> mark.callback.accept(reason));
        }
        marks.clear();
        return callbacks;
    }

    boolean hasMarks() {
        return !marks.isEmpty();
    }

    boolean isAbove() {
        return queued > highWatermark;
    }

    /** Whether more may be written; if not, {@link #takeDrained} tells when it may. */
    boolean takesMore() {
        wasAbove |= isAbove();
        return !isAbove();
    }

    /** Whether it was above the high watermark and is empty now; told once. */
    boolean takeDrained() {
        boolean drained = isDrained();
        wasAbove &= !drained;
        return drained;
    }

    boolean isDrained() {
        return wasAbove && queued == 0;
    }

    /**
     * Gives the system what it takes at once, beside the kernel's ring; not while the ring has something.
     *
     * @return 0, or -errno of a connection that is broken
     */
    int sendNow() {
        IoBuffer buffer;
        while (inFlight == null && handle != -1 && !blocked && (buffer = filled.peek()) != null) {
            int left = buffer.bytes().position() - unsentFrom;
            int sent = net.kernel().sendNow(handle, buffer, unsentFrom, left);
            if (sent < 0 && sent != Errno.EAGAIN.result() && sent != Errno.EOPNOTSUPP.result()) {
                return sent;
            }
            blocked = sent < left;
            hasGone(Math.max(sent, 0));
            unsentFrom += Math.max(sent, 0);
            if (!blocked) {
                unsentFrom = 0;
                net.giveSendBuffer(filled.poll());
            }
        }
        return 0;
    }

    private void hasGone(int bytes) {
        queued -= bytes;
        gone += bytes;
    }

    int queuedBytes() {
        return queued;
    }

    boolean hasUnsent() {
        return !filled.isEmpty();
    }

    /** The kernel has a buffer. */
    boolean isInFlight() {
        return inFlight != null;
    }

    boolean isBusy() {
        return inFlight != null || !filled.isEmpty();
    }

    /** Gives the next buffer to the kernel, unless one is there; true if it did. */
    boolean start() {
        if (inFlight != null || filled.isEmpty() || handle == -1) {
            return false;
        }
        inFlight = filled.poll();
        inFlightFrom = unsentFrom;
        unsentFrom = 0;
        net.kernel()
                .send(
                        handle,
                        inFlight,
                        inFlightFrom,
                        inFlightBytes(),
                        net.poller().token(sink),
                        deadlineNanos);
        return true;
    }

    /** The buffer came home. */
    void finished(long result) {
        blocked = false;
        if (result > 0) {
            hasGone(inFlightBytes());
        }
        net.giveSendBuffer(inFlight);
        inFlight = null;
    }

    /** Drops what has not been given to the kernel. */
    void clear() {
        IoBuffer buffer;
        while ((buffer = filled.poll()) != null) {
            net.giveSendBuffer(buffer);
        }
        unsentFrom = 0;
    }
}
