package dev.torus.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Timeouts and intervals as Node keeps them (rules R18 to R33): a list per duration, the lists in a queue by expiry; a timers
 * phase runs all due timers of a list before it looks at another. Arming and clearing cost O(1), but for the first and the last timer
 * of a duration: O(log of the number of durations in use).
 */
final class Timers {
    private static final double MAX_DURATION = 2147483647;

    private final LoopClock clock;
    private final TimerLists lists = new TimerLists();
    private final TimerListQueue queue = new TimerListQueue();
    /** Only timers whose number was asked for. */
    private final Map<Long, Timeout> byId = new HashMap<>();

    private final Runnable callCurrent = this::callCurrent;
    private long nextAge = 1;
    private long nextId = 1;
    private int armed;
    private int refed;
    /** The timer whose callback runs. */
    private Timeout current;

    Timers(LoopClock clock) {
        this.clock = clock;
    }

    /** R18: what is not within 1 … 2147483647 becomes 1, then whole milliseconds. */
    static int duration(double millis) {
        return millis >= 1 && millis <= MAX_DURATION ? (int) millis : 1;
    }

    Timeout arm(Runnable callback, double millis, boolean repeats) {
        Timeout timer = new Timeout(this, callback, duration(millis), repeats);
        armed++;
        refed++;
        insert(timer, clock.millis());
        return timer;
    }

    private void insert(Timeout timer, long start) {
        timer.start = start;
        TimerList list = lists.get(timer.duration);
        if (list == null) {
            list = new TimerList(timer.duration);
            lists.add(list);
        }
        if (!list.isQueued()) {
            list.expiry = start + timer.duration;
            list.age = nextAge++;
            queue.add(list);
        }
        list.append(timer);
    }

    void clear(Timeout timer) {
        if (timer.duration != Timeout.CLEARED) {
            TimerList list = lists.get(timer.duration);
            if (timer.list != null) {
                timer.list.remove(timer);
            }
            // also while the last of its list runs: one that is armed then begins a new list
            if (!timer.ended && list != null && list.isEmpty()) {
                forget(list);
            }
            timer.duration = Timeout.CLEARED;
        }
        end(timer);
    }

    void clear(long id) {
        Timeout timer = byId.get(id);
        if (timer != null) {
            clear(timer);
        }
    }

    long idOf(Timeout timer) {
        if (timer.id == 0) {
            timer.id = nextId++;
            if (!timer.ended) {
                byId.put(timer.id, timer);
            }
        }
        return timer.id;
    }

    /** R27: a list that is empty is forgotten. */
    private void forget(TimerList list) {
        if (list.isQueued()) {
            queue.remove(list);
            lists.emptied(list);
        }
    }

    private void end(Timeout timer) {
        if (!timer.ended) {
            timer.ended = true;
            armed--;
            if (timer.id != 0) {
                byId.remove(timer.id);
            }
            if (timer.refed) {
                refed--;
            }
        }
    }

    void refresh(Timeout timer) {
        if (timer.duration == Timeout.CLEARED) {
            return;
        }
        insert(timer, clock.millis());
        if (timer.ended) {
            timer.ended = false;
            armed++;
            if (timer.id != 0) {
                byId.put(timer.id, timer);
            }
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
        List<Timeout> all = new ArrayList<>(armed);
        queue.forEach(list -> list.forEach(all::add));
        if (current != null) {
            all.add(current);
        }
        all.forEach(this::clear);
    }

    int armed() {
        return armed;
    }

    /** Milliseconds until the earliest list, 0 if that is past, -1 without any. */
    long untilNext(long now) {
        TimerList first = queue.peek();
        return first == null ? -1 : Math.max(0, first.expiry - now);
    }

    /**
     * R21 to R25: runs what is due at {@code now}. As in Node, the drain that R13 asks for after a timer is made before the next one,
     * when the list has already been put in its new place; and before another list, even if no timer has returned (R43).
     *
     * @param calls calls a callback and says whether it returned normally
     * @param drain runs ticks and microtasks
     * @return whether there was a list to look at; if so, a drain is owed
     */
    boolean runDue(long now, Poller.MacrotaskSink calls, Runnable drain) {
        TimerList list;
        boolean any = false;
        boolean drains = false;
        while ((list = queue.peek()) != null && list.expiry <= now) {
            any = true;
            if (drains) {
                drain.run();
            }
            drains = runList(list, now, calls, drain);
        }
        return any;
    }

    /** False when a callback threw: the phase begins anew then. */
    private boolean runList(TimerList list, long now, Poller.MacrotaskSink calls, Runnable drain) {
        long age = list.age;
        boolean drains = false;
        Timeout timer;
        // one whose age is another has been forgotten and made anew
        while (list.age == age && (timer = list.first()) != null) {
            if (now - timer.start < list.duration) {
                // R22: not due yet; the list is queued again as the youngest
                list.expiry = Math.max(timer.start + list.duration, now + 1);
                list.age = nextAge++;
                queue.firstChanged();
                return true;
            }
            if (drains) {
                drain.run();
                if (timer.duration == Timeout.CLEARED) {
                    continue;
                }
            }
            // one that was refreshed by the drain runs all the same, as in Node
            timer.list.remove(timer);
            if (!call(timer, calls)) {
                return false;
            }
            drains = true;
        }
        if (list.age == age) {
            forget(list);
        }
        return true;
    }

    private boolean call(Timeout timer, Poller.MacrotaskSink calls) {
        current = timer;
        try {
            return calls.run(callCurrent);
        } finally {
            current = null;
        }
    }

    private void callCurrent() {
        Timeout timer = current;
        // R28: the period counts from just before the callback
        long start = timer.repeats ? clock.millis() : 0;
        try {
            timer.callback.run();
        } finally {
            if (timer.repeats && timer.duration != Timeout.CLEARED) {
                insert(timer, start);
            } else if (timer.list == null) {
                end(timer);
            }
        }
    }
}
