package dev.torus.benchmarks.queue;

import com.lmax.disruptor.TimeoutBlockingWaitStrategy;
import com.lmax.disruptor.dsl.ProducerType;
import dev.torus.queue.EventQueue;
import dev.torus.queue.WakeSignal;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jctools.queues.MpscBlockingConsumerArrayQueue;

/** A queue whose consumer sleeps while there is nothing, and whose producers wake it. */
interface Parking {
    /** How long a consumer sleeps at most: so that a benchmark can end. */
    long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Producer: false when full. */
    boolean offer(Object element);

    /** Consumer: takes what is there, up to {@code limit}; sleeps first if there is nothing. 0 if nothing came in time. */
    int take(Consumer<Object> consumer, int limit) throws InterruptedException;

    /**
     * By name. Agrona has no queue whose consumer sleeps, ConcurrentLinkedQueue neither.
     */
    static Parking make(String name, int capacity) {
        return switch (name) {
            case "torus-event" -> new OfEventQueue(capacity);
            case "jctools-blocking" -> new OfJctools(capacity);
            case "disruptor-blocking" -> new OfBlockingDisruptor(capacity);
            case "linked-blocking" -> new OfBlocking(new LinkedBlockingQueue<>(capacity));
            case "array-blocking" -> new OfBlocking(new ArrayBlockingQueue<>(capacity));
            case "transfer" -> new OfBlocking(new LinkedTransferQueue<>());
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The event queue with its owner in {@link LockSupport#park()}; in the kernel it sleeps in a system call instead. */
    final class OfEventQueue implements Parking {
        private final WakeSignal signal = new WakeSignal();
        private final EventQueue<Object> queue;
        private volatile Thread owner;

        OfEventQueue(int capacity) {
            queue = new EventQueue<>(capacity, signal, () -> LockSupport.unpark(owner));
        }

        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public int take(Consumer<Object> consumer, int limit) {
            int taken = queue.drain(consumer, limit);
            if (taken > 0) {
                return taken;
            }
            if (owner == null) {
                owner = Thread.currentThread();
            }
            signal.park();
            if (queue.isEmpty()) {
                LockSupport.parkNanos(this, PATIENCE_NANOS);
            }
            signal.awake();
            return queue.drain(consumer, limit);
        }
    }

    /** JCTools. */
    final class OfJctools implements Parking {
        private final MpscBlockingConsumerArrayQueue<Object> queue;
        private Sink sink;

        OfJctools(int capacity) {
            queue = new MpscBlockingConsumerArrayQueue<>(capacity);
        }

        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public int take(Consumer<Object> consumer, int limit) throws InterruptedException {
            sink = Sink.of(sink, consumer);
            return queue.drain(sink, limit, PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    /** The queues of the JDK: waits for one, then takes the others. */
    final class OfBlocking implements Parking {
        private final BlockingQueue<Object> queue;
        private Sink sink;

        OfBlocking(BlockingQueue<Object> queue) {
            this.queue = queue;
        }

        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public int take(Consumer<Object> consumer, int limit) throws InterruptedException {
            Object first = queue.poll();
            if (first == null) {
                first = queue.poll(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            }
            if (first == null) {
                return 0;
            }
            consumer.accept(first);
            sink = Sink.of(sink, consumer);
            return 1 + queue.drainTo(sink, limit - 1);
        }
    }

    /** The Disruptor with the wait strategy that blocks. */
    final class OfBlockingDisruptor implements Parking {
        private final OfDisruptor ring;

        OfBlockingDisruptor(int capacity) {
            ring = new OfDisruptor(
                    capacity,
                    ProducerType.MULTI,
                    new TimeoutBlockingWaitStrategy(PATIENCE_NANOS, TimeUnit.NANOSECONDS));
        }

        @Override
        public boolean offer(Object element) {
            return ring.offer(element);
        }

        @Override
        public int take(Consumer<Object> consumer, int limit) {
            return ring.drain(consumer, limit);
        }
    }
}
