package dev.torus.http;

import java.nio.ByteBuffer;

/** Heads that came not long ago, each kept once however many connections send it. */
final class HeadMemory {
    private static final int PLACES = 64;
    /** Longer heads are not kept from the collector. */
    private static final int MAX_BYTES = 1024;

    private final RememberedHead[] places = new RememberedHead[PLACES];

    /** The head that was just read from a part of data; null if it is too long, or its first line is not the first. */
    RememberedHead remember(Head head, ByteBuffer data, int from, int to) {
        // empty lines may come before a head: they would be taken for the line before its fields
        if (to - from > MAX_BYTES || data.get(from) <= ' ') {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(to - from).put(0, data, from, to - from);
        int hash = bytes.hashCode();
        int place = (hash ^ hash >>> 16) & PLACES - 1;
        RememberedHead there = places[place];
        if (there == null || !there.bytes().equals(bytes)) {
            there = RememberedHead.of(head, bytes);
            places[place] = there;
        }
        return there;
    }
}
