package dev.torus.benchmarks.queue;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import java.util.function.Consumer;

/** The Disruptor's ring with one poller, each event a holder for one reference. */
final class OfDisruptor implements Transfer {
    private static final class Holder {
        Object element;
    }

    private final RingBuffer<Holder> ring;
    private final EventPoller<Holder> poller;
    private Object last;
    private Consumer<Object> consumer;
    private int left;
    private int taken;
    private final EventPoller.Handler<Holder> one = (holder, sequence, endOfBatch) -> {
        last = holder.element;
        return false;
    };
    private final EventPoller.Handler<Holder> several = (holder, sequence, endOfBatch) -> {
        consumer.accept(holder.element);
        taken++;
        return --left > 0;
    };

    OfDisruptor(int capacity, boolean manyProducers) {
        ring = manyProducers
                ? RingBuffer.createMultiProducer(Holder::new, capacity, new YieldingWaitStrategy())
                : RingBuffer.createSingleProducer(Holder::new, capacity, new YieldingWaitStrategy());
        poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
    }

    @Override
    public boolean offer(Object element) {
        // asked first, because trying in vain throws an exception, which takes a microsecond
        return ring.hasAvailableCapacity(1)
                && ring.tryPublishEvent((holder, sequence, value) -> holder.element = value, element);
    }

    @Override
    public Object poll() {
        last = null;
        poll(one);
        return last;
    }

    @Override
    public int drain(Consumer<Object> to, int limit) {
        consumer = to;
        left = limit;
        taken = 0;
        poll(several);
        return taken;
    }

    private void poll(EventPoller.Handler<Holder> handler) {
        try {
            poller.poll(handler);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
