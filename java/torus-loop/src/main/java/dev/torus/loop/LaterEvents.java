package dev.torus.loop;

import dev.torus.kernel.CompletionHandler;
import java.net.SocketAddress;
import java.util.ArrayDeque;

/** Events that the kernel had for another phase than the poll: all but closes wait here for the next poll. */
final class LaterEvents implements CompletionHandler {
    /** A completion with what can be asked about it only while it is delivered; or another delivery. The label is for tracers. */
    private record Event(
            long token,
            long result,
            int flags,
            String failureDetail,
            SocketAddress source,
            boolean truncated,
            Runnable delivery,
            String label) {}

    private final KernelPoller poller;
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private Event delivering;

    LaterEvents(KernelPoller poller) {
        this.poller = poller;
    }

    @Override
    public void completed(long token, long result, int flags) {
        if (poller.isClose(token)) {
            poller.completed(token, result, flags);
            return;
        }
        events.add(new Event(
                token,
                result,
                flags,
                result < 0 ? poller.kernel().failureDetail() : null,
                poller.kernel().datagramSource(),
                poller.kernel().datagramTruncated(),
                null,
                poller.label()));
    }

    @Override
    public void posted(Runnable task) {
        add(() -> poller.posted(task));
    }

    /** A delivery that is not the kernel's; it makes its macrotasks itself. */
    void add(Runnable delivery) {
        events.add(new Event(0, 0, 0, null, null, false, delivery, poller.label()));
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    /** Delivers what is there, at most so much; how much that was. */
    int deliver(int limit) {
        int count = Math.min(limit, events.size());
        for (int left = count; left > 0; left--) {
            delivering = events.poll();
            try {
                deliver(delivering);
            } finally {
                delivering = null;
            }
        }
        return count;
    }

    private void deliver(Event event) {
        poller.label(event.label);
        if (event.delivery == null) {
            poller.completed(event.token, event.result, event.flags);
        } else {
            event.delivery.run();
        }
    }

    boolean isDelivering() {
        return delivering != null;
    }

    String failureDetail() {
        return delivering.failureDetail;
    }

    SocketAddress datagramSource() {
        return delivering.source;
    }

    boolean datagramTruncated() {
        return delivering.truncated;
    }
}
