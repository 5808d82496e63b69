package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A {@code struct msghdr} read out of registered memory, with all its ranges checked. One per backend, reused. */
final class Message {
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int VECTORS = 16;
    private static final int VECTOR_COUNT = 24;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int VECTOR_LENGTH = 8;
    /** Linux's UIO_MAXIOV. */
    private static final int VECTORS_MAX = 1024;

    private final Regions regions;
    private long[] addresses = new long[8];
    private int[] lengths = new int[8];
    private int count;
    private int total;
    private long header;
    private long name;
    private int nameLength;

    Message(Regions regions) {
        this.regions = regions;
    }

    /** 0 or -errno. */
    int load(long address) {
        Regions.Region region = regions.find(address, RingAbi.MSGHDR_BYTES);
        if (region == null) {
            return -LinuxErrno.EFAULT;
        }
        int at = Regions.offset(address);
        header = address;
        name = region.memory.getLong(at + NAME);
        nameLength = name == 0 ? 0 : region.memory.getInt(at + NAME_LENGTH);
        if (nameLength < 0) {
            return -LinuxErrno.EINVAL;
        }
        if (nameLength > 0 && regions.find(name, nameLength) == null) {
            return -LinuxErrno.EFAULT;
        }
        long vectors = region.memory.getLong(at + VECTOR_COUNT);
        if (vectors < 0 || vectors > VECTORS_MAX) {
            return -LinuxErrno.EMSGSIZE;
        }
        return loadVectors(region.memory.getLong(at + VECTORS), (int) vectors);
    }

    private int loadVectors(long address, int vectors) {
        Regions.Region region = regions.find(address, (long) vectors * RingAbi.IOVEC_BYTES);
        if (vectors > 0 && region == null) {
            return -LinuxErrno.EFAULT;
        }
        if (vectors > addresses.length) {
            addresses = Arrays.copyOf(addresses, vectors);
            lengths = Arrays.copyOf(lengths, vectors);
        }
        long sum = 0;
        for (int i = 0; i < vectors; i++) {
            int at = Regions.offset(address) + i * RingAbi.IOVEC_BYTES;
            long base = region.memory.getLong(at);
            long length = region.memory.getLong(at + VECTOR_LENGTH);
            if (length != 0 && regions.find(base, length) == null) {
                return -LinuxErrno.EFAULT;
            }
            sum += length;
            addresses[i] = base;
            lengths[i] = (int) length;
        }
        if (sum > Integer.MAX_VALUE) {
            return -LinuxErrno.EINVAL;
        }
        count = vectors;
        total = (int) sum;
        return 0;
    }

    int vectors() {
        return count;
    }

    int length(int vector) {
        return lengths[vector];
    }

    /** Bytes of all vectors. */
    int total() {
        return total;
    }

    /** Address of the socket address, 0 if there is none. */
    long name() {
        return name;
    }

    int nameLength() {
        return nameLength;
    }

    /** The owner's window over a vector without its first {@code skip} bytes; not for empty ones. */
    ByteBuffer window(int vector, int skip) {
        return regions.window(addresses[vector] + skip, lengths[vector] - skip);
    }

    /** Copies all vectors to the position of {@code to}. */
    void gather(ByteBuffer to) {
        for (int i = 0; i < count; i++) {
            if (lengths[i] > 0) {
                to.put(window(i, 0));
            }
        }
    }

    /** Copies what remains in {@code from} into the vectors as far as it fits; the bytes copied. */
    int scatter(ByteBuffer from) {
        int copied = 0;
        int end = from.limit();
        for (int i = 0; i < count && from.position() < end; i++) {
            int bytes = Math.min(lengths[i], end - from.position());
            if (bytes > 0) {
                from.limit(from.position() + bytes);
                window(i, 0).put(from);
                copied += bytes;
            }
        }
        from.limit(end);
        return copied;
    }

    /** Writes what the receiver learns besides the bytes: no control data, and the flags. */
    void storeOutcome(int flags) {
        ByteBuffer memory = regions.find(header, RingAbi.MSGHDR_BYTES).memory;
        int at = Regions.offset(header);
        memory.putLong(at + CONTROL_LENGTH, 0).putInt(at + FLAGS, flags);
    }

    /** Writes the source's address, cut to the room there is, and its whole length. */
    void storeName(ByteBuffer sockaddr, int length) {
        if (name != 0) {
            Regions.Region region = regions.find(name, nameLength);
            int bytes = Math.min(length, nameLength);
            if (bytes > 0) {
                region.memory.put(Regions.offset(name), sockaddr, 0, bytes);
            }
            regions.find(header, RingAbi.MSGHDR_BYTES).memory.putInt(Regions.offset(header) + NAME_LENGTH, length);
        }
    }
}
