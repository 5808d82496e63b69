package dev.torus.kernel.internal.nio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Registered memory. An address is the region's index, from 1, in the upper 32 bits and an offset in the lower ones:
 * pure Java can neither learn nor follow a real address. Every range is checked before it becomes a buffer.
 *
 * <p>The owner registers; any thread may look up.
 */
final class Regions {
    /** One registered buffer. */
    static final class Region {
        /** The whole memory, for absolute access; its limit never moves. */
        final ByteBuffer memory;
        /** The owner's window for channels, moved for each transfer, so that none needs an object of its own. */
        final ByteBuffer window;

        final int bytes;

        Region(ByteBuffer direct) {
            memory = direct.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
            window = direct.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
            bytes = direct.capacity();
        }
    }

    private static final int OFFSET_BITS = 32;
    private static final int FIRST_CAPACITY = 16;
    private static final int LIMIT = 1 << 24;

    private volatile Region[] regions = new Region[FIRST_CAPACITY];
    private int[] free = new int[FIRST_CAPACITY];
    private int freeCount;
    private int used = 1;

    /** The base address, or -errno. */
    long register(ByteBuffer direct) {
        if (!direct.isDirect() || direct.isReadOnly()) {
            return -LinuxErrno.EINVAL;
        }
        int index = freeCount > 0 ? free[--freeCount] : used;
        if (index == LIMIT) {
            return -LinuxErrno.ENOMEM;
        }
        if (index == used) {
            used++;
        }
        Region[] table = regions;
        if (index == table.length) {
            table = Arrays.copyOf(table, 2 * table.length);
        }
        table[index] = new Region(direct);
        regions = table;
        return (long) index << OFFSET_BITS;
    }

    int unregister(long base) {
        int index = (int) (base >>> OFFSET_BITS);
        Region[] table = regions;
        if ((int) base != 0 || index <= 0 || index >= table.length || table[index] == null) {
            return -LinuxErrno.EFAULT;
        }
        table[index] = null;
        regions = table;
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * free.length);
        }
        free[freeCount++] = index;
        return 0;
    }

    /** The region in which all of {@code address .. address + length} lies, or null. */
    Region find(long address, long length) {
        Region[] table = regions;
        long index = address >>> OFFSET_BITS;
        if (index >= table.length) {
            return null;
        }
        Region region = table[(int) index];
        if (region == null || length < 0 || (address & 0xffffffffL) > region.bytes - length) {
            return null;
        }
        return region;
    }

    static int offset(long address) {
        return (int) address;
    }

    /**
     * The region's window moved to a range, or null if the range is not registered. The owner's; valid until
     * the next call.
     */
    ByteBuffer window(long address, int length) {
        Region region = find(address, length);
        if (region == null) {
            return null;
        }
        int start = offset(address);
        return region.window.limit(start + length).position(start);
    }

    /** A buffer of its own over a range, for worker threads, or null if the range is not registered. */
    ByteBuffer slice(long address, int length) {
        Region region = find(address, length);
        return region == null ? null : region.memory.slice(offset(address), length);
    }
}
