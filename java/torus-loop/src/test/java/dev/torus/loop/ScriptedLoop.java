package dev.torus.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** A loop in virtual time whose I/O events are a script: a poll that waits makes the clock jump. */
final class ScriptedLoop implements Poller {
    private record Event(long at, long order, Runnable callback) {}

    /** No program here has so many turns. */
    private static final int MANY_TURNS = 100_000;

    long now;
    final List<String> log = new ArrayList<>();
    final List<Long> polls = new ArrayList<>();
    final EventLoop loop = EventLoop.create(() -> now, this);
    private final PriorityQueue<Event> io =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private final ArrayDeque<Runnable> posted = new ArrayDeque<>();
    private long order;

    /** An I/O request whose completion is ready at a time; keeps the loop alive until then. */
    void ioAt(long at, Runnable callback) {
        loop.life().requestBegins();
        io.add(new Event(at, order++, callback));
    }

    /** The computation takes so long. */
    void spend(long millis) {
        now += millis;
    }

    Runnable say(String text) {
        return () -> log.add(text);
    }

    /** Runs a program; what is asserted in a callback of it fails the test. */
    List<String> run(Runnable main) {
        loop.run(main);
        if (loop.failure() instanceof AssertionError failed) {
            throw failed;
        }
        return log;
    }

    @Override
    public void poll(long timeoutMillis, MacrotaskSink sink) {
        polls.add(timeoutMillis);
        if (polls.size() > MANY_TURNS) {
            throw new AssertionError("the loop does not end: " + loop.activeHandles());
        }
        Event first = io.peek();
        if (timeoutMillis != 0 && posted.isEmpty()) {
            long until = timeoutMillis < 0 ? Long.MAX_VALUE : now + timeoutMillis;
            if (first != null) {
                until = Math.min(until, first.at);
            }
            if (until == Long.MAX_VALUE) {
                throw new AssertionError("the loop would sleep for ever");
            }
            now = Math.max(now, until);
        }
        List<Event> readyNow = new ArrayList<>();
        while (!io.isEmpty() && io.peek().at <= now) {
            readyNow.add(io.poll());
        }
        for (Event event : readyNow) {
            loop.life().requestEnds();
            sink.run(event.callback);
        }
        for (int left = posted.size(); left > 0; left--) {
            sink.run(posted.poll());
        }
    }

    @Override
    public boolean hasPosted() {
        return !posted.isEmpty();
    }

    @Override
    public boolean post(Runnable task) {
        return posted.add(task);
    }

    @Override
    public void close() {
        // nothing to free
    }
}
