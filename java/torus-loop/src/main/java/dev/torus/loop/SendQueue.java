package dev.torus.loop;

import dev.torus.kernel.Completions;
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

    /** Whether the piece that is with the kernel was stopped by the deadline. */
    boolean isLate(long result, int flags) {
        boolean cut = result >= 0 && result < inFlight.bytes().position();
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
        wasAbove |= queued > highWatermark;
        return first;
    }

    void afterThis(Consumer<TorusIoException> callback) {
        marks.add(new Mark(added, callback));
    }

    /** The next callback whose bytes have gone out, or null. */
    Runnable nextWritten() {
        Mark mark = marks.peek();
        if (mark == null || mark.position > gone) {
            return null;
        }
        Consumer<TorusIoException> callback = marks.poll().callback;
        return () -> callback.accept(null);
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

    boolean belowWatermark() {
        return queued <= highWatermark;
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
        net.kernel()
                .send(
                        handle,
                        inFlight,
                        0,
                        inFlight.bytes().position(),
                        net.poller().token(sink),
                        deadlineNanos);
        return true;
    }

    /** The buffer came home; whether the queue had been above the high watermark and is empty now. */
    boolean finished(long result) {
        IoBuffer buffer = inFlight;
        inFlight = null;
        if (result > 0) {
            queued -= buffer.bytes().position();
            gone += buffer.bytes().position();
        }
        net.giveSendBuffer(buffer);
        boolean drained = wasAbove && queued == 0;
        if (drained) {
            wasAbove = false;
        }
        return drained;
    }

    /** Drops what has not been given to the kernel. */
    void clear() {
        IoBuffer buffer;
        while ((buffer = filled.poll()) != null) {
            net.giveSendBuffer(buffer);
        }
    }
}
