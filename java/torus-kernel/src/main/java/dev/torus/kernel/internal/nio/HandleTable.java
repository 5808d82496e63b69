package dev.torus.kernel.internal.nio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Descriptors: indexes from 1 into a table of sockets and files. Adding and removing take a lock, since worker threads
 * open and close files; looking up takes none.
 */
final class HandleTable {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Handle[].class);
    private static final int FIRST_CAPACITY = 64;
    private static final int LIMIT = 1 << 24;

    private volatile Handle[] slots = new Handle[FIRST_CAPACITY];
    private int[] free = new int[FIRST_CAPACITY];
    private int freeCount;
    private int used = 1;

    /** The new descriptor, or -ENFILE. */
    synchronized int add(Handle handle) {
        int fd = freeCount > 0 ? free[--freeCount] : used;
        if (fd == LIMIT) {
            return -LinuxErrno.ENFILE;
        }
        if (fd == used) {
            used++;
        }
        Handle[] table = slots;
        if (fd == table.length) {
            table = Arrays.copyOf(table, 2 * table.length);
        }
        SLOT.setRelease(table, fd, handle);
        slots = table;
        return fd;
    }

    /** The handle, or null for an unknown descriptor. */
    Handle get(int fd) {
        Handle[] table = slots;
        return fd > 0 && fd < table.length ? (Handle) SLOT.getAcquire(table, fd) : null;
    }

    /** Forgets a descriptor; false if it no longer stands for {@code handle}, as after a close by another thread. */
    synchronized boolean remove(int fd, Handle handle) {
        Handle[] table = slots;
        if (handle == null || fd <= 0 || fd >= table.length || table[fd] != handle) {
            return false;
        }
        SLOT.setRelease(table, fd, null);
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * free.length);
        }
        free[freeCount++] = fd;
        return true;
    }

    /** Empties the table. */
    synchronized List<Handle> removeAll() {
        List<Handle> all = new ArrayList<>();
        for (int fd = 1; fd < used; fd++) {
            Handle handle = slots[fd];
            if (remove(fd, handle)) {
                all.add(handle);
            }
        }
        return all;
    }
}
