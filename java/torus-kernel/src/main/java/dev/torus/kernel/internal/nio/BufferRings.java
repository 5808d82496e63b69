package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The provided-buffer rings by group number. */
final class BufferRings {
    private static final int GROUPS_MAX = 1 << 16;
    private static final int ENTRIES_MAX = 1 << 15;

    private BufferRing[] rings = new BufferRing[4];

    int register(int group, ByteBuffer ring, int entries) {
        if (group < 0 || group >= GROUPS_MAX || Integer.bitCount(entries) != 1 || entries > ENTRIES_MAX) {
            return -LinuxErrno.EINVAL;
        }
        if (!ring.isDirect() || ring.capacity() < entries * RingAbi.BUF_BYTES) {
            return -LinuxErrno.EFAULT;
        }
        if (find(group) != null) {
            return -LinuxErrno.EEXIST;
        }
        if (group >= rings.length) {
            rings = Arrays.copyOf(rings, Math.max(group + 1, Math.min(GROUPS_MAX, 2 * rings.length)));
        }
        rings[group] = new BufferRing(ring.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN), entries);
        return 0;
    }

    int unregister(int group) {
        if (find(group) == null) {
            return -LinuxErrno.ENOENT;
        }
        rings[group] = null;
        return 0;
    }

    /** The ring of a group, or null. */
    BufferRing find(int group) {
        return group >= 0 && group < rings.length ? rings[group] : null;
    }
}
