package dev.torus.loop;

import java.util.Arrays;
import java.util.function.Consumer;

/** Lists by expiry, older first at equal expiry (R21): a binary heap that knows the place of each list. */
final class TimerListQueue {
    private TimerList[] heap = new TimerList[16];
    private int size;

    TimerList peek() {
        return size == 0 ? null : heap[0];
    }

    void add(TimerList list) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        put(size, list);
        up(size++);
    }

    void remove(TimerList list) {
        int at = list.index;
        list.index = TimerList.NOWHERE;
        TimerList moved = heap[--size];
        heap[size] = null;
        if (at != size) {
            put(at, moved);
            up(at);
            down(moved.index);
        }
    }

    void forEach(Consumer<TimerList> action) {
        for (int i = 0; i < size; i++) {
            action.accept(heap[i]);
        }
    }

    /** The first list's expiry has become later. */
    void firstChanged() {
        down(0);
    }

    private void put(int at, TimerList list) {
        heap[at] = list;
        list.index = at;
    }

    private static boolean before(TimerList a, TimerList b) {
        return a.expiry < b.expiry || (a.expiry == b.expiry && a.age < b.age);
    }

    private void up(int start) {
        int at = start;
        TimerList list = heap[at];
        while (at > 0 && before(list, heap[(at - 1) / 2])) {
            put(at, heap[(at - 1) / 2]);
            at = (at - 1) / 2;
        }
        put(at, list);
    }

    private void down(int start) {
        int at = start;
        TimerList list = heap[at];
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], list)) {
                break;
            }
            put(at, heap[child]);
            at = child;
        }
        put(at, list);
    }
}
