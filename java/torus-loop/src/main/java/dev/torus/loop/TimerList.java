package dev.torus.loop;

/** The timers of one duration, in order of arming (R20): a ring of links, so that arming and clearing cost O(1). */
final class TimerList {
    final long duration;
    /** When the loop looks at it next; not later than its first timer is due. */
    long expiry;
    /** Age among lists of equal expiry. */
    long age;
    /** Place in the queue of lists. */
    int index;

    private Timeout first;
    private Timeout last;

    TimerList(long duration) {
        this.duration = duration;
    }

    Timeout first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
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
