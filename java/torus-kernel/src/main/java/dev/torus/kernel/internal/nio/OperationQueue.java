package dev.torus.kernel.internal.nio;

/** The operations of one side of one socket, first in first out. */
final class OperationQueue {
    private Operation first;
    private Operation last;

    Operation first() {
        return first;
    }

    Operation last() {
        return last;
    }

    boolean isEmpty() {
        return first == null;
    }

    void add(Operation operation) {
        operation.next = null;
        if (last == null) {
            first = operation;
        } else {
            last.next = operation;
        }
        last = operation;
    }

    /** Takes an operation out; false if it is not here. Short lists: the kernel layer keeps one operation per side. */
    boolean remove(Operation operation) {
        Operation before = null;
        for (Operation at = first; at != null; before = at, at = at.next) {
            if (at == operation) {
                if (before == null) {
                    first = at.next;
                } else {
                    before.next = at.next;
                }
                if (last == at) {
                    last = before;
                }
                at.next = null;
                return true;
            }
        }
        return false;
    }
}
