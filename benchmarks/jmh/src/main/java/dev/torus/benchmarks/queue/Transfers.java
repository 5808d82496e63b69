package dev.torus.benchmarks.queue;

import com.lmax.disruptor.dsl.ProducerType;
import dev.torus.queue.EventQueue;
import dev.torus.queue.MpscRingQueue;
import dev.torus.queue.RingQueue;
import dev.torus.queue.SpscRingQueue;
import dev.torus.queue.WakeSignal;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.function.Consumer;
import org.agrona.concurrent.AbstractConcurrentArrayQueue;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.SpscArrayQueue;

/** The queues by name. */
final class Transfers {
    private Transfers() {}

    /** A new queue; the unbounded ones ignore the capacity. */
    static Transfer make(String name, int capacity) {
        return switch (name) {
            case "torus-event" -> new OfRingQueue(new EventQueue<>(capacity, new WakeSignal(), () -> {}));
            case "torus-mpsc" -> new OfRingQueue(new MpscRingQueue<>(capacity));
            case "torus-spsc" -> new OfRingQueue(new SpscRingQueue<>(capacity));
            case "jctools-mpsc" -> new OfJctools(new MpscArrayQueue<>(capacity));
            case "jctools-spsc" -> new OfJctools(new SpscArrayQueue<>(capacity));
            case "agrona-mpsc" -> new OfAgrona(new ManyToOneConcurrentArrayQueue<>(capacity));
            case "agrona-spsc" -> new OfAgrona(new OneToOneConcurrentArrayQueue<>(capacity));
            case "disruptor-mpsc" -> new OfDisruptor(capacity, ProducerType.MULTI);
            case "disruptor-spsc" -> new OfDisruptor(capacity, ProducerType.SINGLE);
            case "linked" -> new OfQueue(new ConcurrentLinkedQueue<>());
            case "transfer" -> new OfQueue(new LinkedTransferQueue<>());
            case "array-blocking" -> new OfArrayBlocking(capacity);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The event queue adds the wake-up protocol, here with an owner that never sleeps. */
    private record OfRingQueue(RingQueue<Object> queue) implements Transfer {
        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public Object poll() {
            return queue.poll();
        }

        @Override
        public int drain(Consumer<Object> consumer, int limit) {
            return queue.drain(consumer, limit);
        }
    }

    private static final class OfJctools implements Transfer {
        private final MessagePassingQueue<Object> queue;
        private Sink sink;

        OfJctools(MessagePassingQueue<Object> queue) {
            this.queue = queue;
        }

        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public Object poll() {
            return queue.poll();
        }

        @Override
        public int drain(Consumer<Object> consumer, int limit) {
            sink = Sink.of(sink, consumer);
            return queue.drain(sink, limit);
        }
    }

    private record OfAgrona(AbstractConcurrentArrayQueue<Object> queue) implements Transfer {
        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public Object poll() {
            return queue.poll();
        }

        @Override
        public int drain(Consumer<Object> consumer, int limit) {
            return queue.drain(consumer, limit);
        }
    }

    private record OfQueue(Queue<Object> queue) implements Transfer {
        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public Object poll() {
            return queue.poll();
        }

        @Override
        public int drain(Consumer<Object> consumer, int limit) {
            int count = 0;
            for (Object element; count < limit && (element = queue.poll()) != null; count++) {
                consumer.accept(element);
            }
            return count;
        }
    }

    private static final class OfArrayBlocking implements Transfer {
        private final ArrayBlockingQueue<Object> queue;
        private Sink sink;

        OfArrayBlocking(int capacity) {
            queue = new ArrayBlockingQueue<>(capacity);
        }

        @Override
        public boolean offer(Object element) {
            return queue.offer(element);
        }

        @Override
        public Object poll() {
            return queue.poll();
        }

        @Override
        public int drain(Consumer<Object> consumer, int limit) {
            sink = Sink.of(sink, consumer);
            return queue.drainTo(sink, limit);
        }
    }
}
