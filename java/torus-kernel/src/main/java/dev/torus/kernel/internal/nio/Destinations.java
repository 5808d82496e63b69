package dev.torus.kernel.internal.nio;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A small cache from sockaddr bytes to Java's address objects, so that sending to known peers makes no garbage. */
final class Destinations {
    /** A power of two: a few dozen peers at a time are what one turn sends to. */
    private static final int SLOTS = 64;

    private static final int BYTES = SocketAddresses.INET6_BYTES;
    private static final int GOLDEN_RATIO = 0x9e3779b9;

    private final ByteBuffer keys = ByteBuffer.allocate(SLOTS * BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final int[] lengths = new int[SLOTS];
    private final SocketAddress[] addresses = new SocketAddress[SLOTS];

    SocketAddress decode(ByteBuffer from, int at, int length) throws SocketAddresses.MalformedException {
        if (length < Long.BYTES || length > BYTES || length % Integer.BYTES != 0) {
            return SocketAddresses.decode(from, at, length);
        }
        int slot = slot(from, at, length);
        if (lengths[slot] != length || !isKey(slot, from, at, length)) {
            addresses[slot] = SocketAddresses.decode(from, at, length);
            keys.put(slot * BYTES, from, at, length);
            lengths[slot] = length;
        }
        return addresses[slot];
    }

    private static int slot(ByteBuffer from, int at, int length) {
        int hash = 0;
        for (int i = 0; i < length; i += Integer.BYTES) {
            hash = 31 * hash + from.getInt(at + i);
        }
        return hash * GOLDEN_RATIO >>> Integer.numberOfLeadingZeros(SLOTS - 1);
    }

    private boolean isKey(int slot, ByteBuffer from, int at, int length) {
        for (int i = 0; i < length; i += Integer.BYTES) {
            if (keys.getInt(slot * BYTES + i) != from.getInt(at + i)) {
                return false;
            }
        }
        return true;
    }
}
