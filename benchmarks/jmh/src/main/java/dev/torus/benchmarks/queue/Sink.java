package dev.torus.benchmarks.queue;

import java.util.AbstractCollection;
import java.util.Collections;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jctools.queues.MessagePassingQueue;

/** Hands on what it is given, in the shapes that the libraries ask for; made once, so that a drain allocates nothing. */
final class Sink extends AbstractCollection<Object> implements MessagePassingQueue.Consumer<Object> {
    private final Consumer<Object> consumer;

    private Sink(Consumer<Object> consumer) {
        this.consumer = consumer;
    }

    /** The sink for a consumer: the known one if it is that. */
    static Sink of(Sink known, Consumer<Object> consumer) {
        return known != null && known.consumer == consumer ? known : new Sink(consumer);
    }

    @Override
    public boolean add(Object element) {
        consumer.accept(element);
        return true;
    }

    @Override
    public void accept(Object element) {
        consumer.accept(element);
    }

    @Override
    public Iterator<Object> iterator() {
        return Collections.emptyIterator();
    }

    @Override
    public int size() {
        return 0;
    }
}
