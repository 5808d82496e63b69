package dev.torus.loop;

import java.util.function.Consumer;

/** The timers of one duration, in order of arming (R20): a ring of links, so that arming and clearing cost O(1). */
final class TimerList {
    /** The index of a list that is in no queue. */
    static final int NOWHERE = -1;

    final int duration;
    /** Place in the queue of lists. */
    int index = NOWHERE;
    /** When the loop looks at it next; not later than its first timer is due. */
    long expiry;
    /** Age among lists of equal expiry; another one each time that the list is queued. */
    long age;

    private Timeout first;
    private Timeout last;

    TimerList(int duration) {
        this.duration = duration;
    }

    Timeout first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
    }

    boolean isQueued() {
        return index != NOWHERE;
    }

    void forEach(Consumer<Timeout> action) {
        for (Timeout timer = first; timer != null; timer = timer.next) {
            action.accept(timer);
        }
    }

    void append(Timeout timer) {
        if (timer.list != null) {
            timer.list.remove(timer);
        }
        timer.list = this;
        timer.previous = last;
        timer.next = null;
        if (last == null) {
            first = timer;
        } else {
            last.next = timer;
        }
        last = timer;
    }

    void remove(Timeout timer) {
        if (timer.previous == null) {
            first = timer.next;
        } else {
            timer.previous.next = timer.next;
        }
        if (timer.next == null) {
            last = timer.previous;
        } else {
            timer.next.previous = timer.previous;
        }
        timer.list = null;
        timer.next = null;
        timer.previous = null;
    }
}
