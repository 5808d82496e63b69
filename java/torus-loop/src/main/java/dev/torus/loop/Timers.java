package dev.torus.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Timeouts and intervals as Node keeps them (rules R18 to R33): a list per duration, the lists in a queue by expiry; a timers
 * phase runs all due timers of a list before it looks at another.
 */
final class Timers {
    private static final double MAX_DURATION = 2147483647;

    private final LoopClock clock;
    private final Map<Long, TimerList> lists = new HashMap<>();
    private final Map<Long, Timeout> byId = new HashMap<>();
    private final TimerListQueue queue = new TimerListQueue();
    private long nextAge;
    private long nextId = 1;
    private int refed;

    Timers(LoopClock clock) {
        this.clock = clock;
    }

    /** R18: what is not within 1 … 2147483647 becomes 1, then whole milliseconds. */
    static long duration(double millis) {
        return millis >= 1 && millis <= MAX_DURATION ? (long) millis : 1;
    }

    Timeout arm(Runnable callback, double millis, boolean repeats) {
        Timeout timer = new Timeout(this, nextId++, callback, duration(millis), repeats);
        byId.put(timer.id, timer);
        refed++;
        insert(timer, clock.millis());
        return timer;
    }

    private void insert(Timeout timer, long start) {
        timer.start = start;
        TimerList list = lists.get(timer.duration);
        if (list == null) {
            list = new TimerList(timer.duration);
            list.expiry = start + timer.duration;
            list.age = nextAge++;
            lists.put(timer.duration, list);
            queue.add(list);
        }
        list.append(timer);
    }

    void clear(Timeout timer) {
        timer.duration = -1;
        TimerList list = timer.list;
        if (list != null) {
            list.remove(timer);
            if (list.isEmpty()) {
                forget(list);
            }
        }
        end(timer);
    }

    void clear(long id) {
        Timeout timer = byId.get(id);
        if (timer != null) {
            clear(timer);
        }
    }

    /** R27: a list that is empty is forgotten, unless another has taken its place. */
    private void forget(TimerList list) {
        if (lists.get(list.duration) == list) {
            lists.remove(list.duration);
            queue.remove(list);
        }
    }

    private void end(Timeout timer) {
        if (!timer.ended) {
            timer.ended = true;
            byId.remove(timer.id);
            if (timer.refed) {
                refed--;
            }
        }
    }

    void refresh(Timeout timer) {
        if (timer.duration < 0) {
            return;
        }
        TimerList before = timer.list;
        insert(timer, clock.millis());
        if (before != null && before.isEmpty()) {
            forget(before);
        }
        if (timer.ended) {
            timer.ended = false;
            byId.put(timer.id, timer);
            if (timer.refed) {
                refed++;
            }
        }
    }

    void setRef(Timeout timer, boolean ref) {
        if (timer.refed != ref) {
            timer.refed = ref;
            if (!timer.ended) {
                refed += ref ? 1 : -1;
            }
        }
    }

    /** Whether a ref'd timer is armed. */
    boolean keepAlive() {
        return refed != 0;
    }

    int refed() {
        return refed;
    }

    void clearAll() {
        List.copyOf(byId.values()).forEach(this::clear);
    }

    int armed() {
        return byId.size();
    }

    /** Milliseconds until the earliest list, 0 if that is past, -1 without any. */
    long untilNext(long now) {
        TimerList first = queue.peek();
        return first == null ? -1 : Math.max(0, first.expiry - now);
    }

    /** R21 to R25: runs what is due at {@code now}, each as a macrotask; whether there was a list to look at. */
    boolean runDue(long now, Poller.MacrotaskSink sink) {
        TimerList list;
        boolean any = false;
        while ((list = queue.peek()) != null && list.expiry <= now) {
            any = true;
            runList(list, now, sink);
        }
        return any;
    }

    private void runList(TimerList list, long now, Poller.MacrotaskSink sink) {
        Timeout timer;
        while ((timer = list.first()) != null) {
            if (now - timer.start < list.duration) {
                // R22: not due yet; the list is queued again as the youngest
                list.expiry = Math.max(timer.start + list.duration, now + 1);
                list.age = nextAge++;
                queue.firstChanged();
                return;
            }
            list.remove(timer);
            fire(timer, sink);
        }
        forget(list);
    }

    private void fire(Timeout timer, Poller.MacrotaskSink sink) {
        sink.run(() -> {
            // R28: the period counts from just before the callback
            long start = timer.period != 0 ? clock.millis() : 0;
            try {
                timer.callback.run();
            } finally {
                if (timer.period != 0 && timer.duration != -1) {
                    timer.duration = timer.period;
                    insert(timer, start);
                } else if (timer.list == null) {
                    end(timer);
                }
            }
        });
    }
}
