package dev.torus.benchmarks.queue;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.dsl.ProducerType;
import java.util.function.Consumer;

/**
 * The Disruptor's ring with one consumer, each event a holder for one reference. The consumer does as the library's
 * BatchEventProcessor: it asks once how far events are published, takes those, and then gives their room back. (Its EventPoller
 * looks at every published event with each call: with a full ring and one event a call, at thousands of them.)
 */
final class OfDisruptor implements Transfer {
    /** After so many at the latest room is given back: not after all of a full ring, for which producers would wait. */
    private static final int ROOM_MASK = 63;

    private static final class Holder {
        Object element;
    }

    /** The benchmark's loop is who waits, in the same way with every queue. */
    private static final class NoWait implements WaitStrategy {
        @Override
        public long waitFor(long sequence, Sequence cursor, Sequence dependent, SequenceBarrier barrier) {
            return dependent.get();
        }

        @Override
        public void signalAllWhenBlocking() {}
    }

    private final RingBuffer<Holder> ring;
    private final SequenceBarrier barrier;
    private final Sequence consumed = new Sequence();
    private long next;
    private long published = -1;

    /** With a consumer that does not wait. */
    OfDisruptor(int capacity, ProducerType producers) {
        this(capacity, producers, new NoWait());
    }

    OfDisruptor(int capacity, ProducerType producers, WaitStrategy strategy) {
        ring = RingBuffer.create(producers, Holder::new, capacity, strategy);
        barrier = ring.newBarrier();
        ring.addGatingSequences(consumed);
    }

    @Override
    public boolean offer(Object element) {
        // asked first, because trying in vain throws an exception, which takes a microsecond
        return ring.hasAvailableCapacity(1)
                && ring.tryPublishEvent((holder, sequence, value) -> holder.element = value, element);
    }

    @Override
    public Object poll() {
        return next <= published || look() ? take() : null;
    }

    @Override
    public int drain(Consumer<Object> consumer, int limit) {
        if (next > published && !look()) {
            return 0;
        }
        int count = (int) Math.min(limit, published - next + 1);
        for (int i = 0; i < count; i++) {
            consumer.accept(take());
        }
        return count;
    }

    private Object take() {
        Object element = ring.get(next).element;
        if (next == published || (next & ROOM_MASK) == ROOM_MASK) {
            consumed.set(next);
        }
        next++;
        return element;
    }

    /** Whether there is something; waits for it as the strategy does. */
    private boolean look() {
        try {
            published = barrier.waitFor(next);
            return next <= published;
        } catch (TimeoutException nothing) {
            return false;
        } catch (AlertException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
