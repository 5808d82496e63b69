package dev.torus.kernel;

/** Completions that did not come through the ring: refused, cancelled while held, done by the pool. First in, first out. */
final class ReadyList {
    private long[] entries = new long[128];
    private int head;
    private int count;

    int count() {
        return count;
    }

    void add(int slot, long result) {
        if (2 * count == entries.length) {
            long[] larger = new long[2 * entries.length];
            for (int i = 0; i < entries.length; i++) {
                larger[i] = entries[(head + i) & (entries.length - 1)];
            }
            entries = larger;
            head = 0;
        }
        int at = (head + 2 * count) & (entries.length - 1);
        entries[at] = slot;
        entries[at + 1] = result;
        count++;
    }

    int slot() {
        return (int) entries[head];
    }

    long result() {
        return entries[head + 1];
    }

    void advance() {
        head = (head + 2) & (entries.length - 1);
        count--;
    }
}
