package dev.torus.loop;

/**
 * The lists of timers by duration: an array for the usual durations, whose lists are kept while they are empty, and a hash table with
 * open addressing for longer ones, whose lists are not.
 */
final class TimerLists {
    /** Durations below have a place of their own: a list takes 40 bytes. */
    private static final int DIRECT = 1024;

    private final TimerList[] direct = new TimerList[DIRECT];
    /** A power of two, at most half full. */
    private TimerList[] table = new TimerList[16];

    private int tableCount;

    /** The list of a duration, or null. It may be one that is empty and not queued. */
    TimerList get(int duration) {
        return duration < DIRECT ? direct[duration] : table[find(duration)];
    }

    void add(TimerList list) {
        if (list.duration < DIRECT) {
            direct[list.duration] = list;
            return;
        }
        if (2 * (tableCount + 1) > table.length) {
            grow();
        }
        table[find(list.duration)] = list;
        tableCount++;
    }

    /** A list that is empty and not queued any more. */
    void emptied(TimerList list) {
        if (list.duration < DIRECT) {
            return;
        }
        int free = find(list.duration);
        table[free] = null;
        tableCount--;
        // what stands behind because this place was taken moves up
        int mask = table.length - 1;
        for (int at = (free + 1) & mask; table[at] != null; at = (at + 1) & mask) {
            int home = home(table[at].duration);
            if (((at - home) & mask) >= ((at - free) & mask)) {
                table[free] = table[at];
                table[at] = null;
                free = at;
            }
        }
    }

    private int home(int duration) {
        return (duration * 0x9E3779B9 >>> 16) & (table.length - 1);
    }

    /** Where a duration is, or the free place where it would be. */
    private int find(int duration) {
        int at = home(duration);
        while (table[at] != null && table[at].duration != duration) {
            at = (at + 1) & (table.length - 1);
        }
        return at;
    }

    private void grow() {
        TimerList[] before = table;
        table = new TimerList[2 * before.length];
        for (TimerList list : before) {
            if (list != null) {
                table[find(list.duration)] = list;
            }
        }
    }
}
