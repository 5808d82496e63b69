package dev.torus.kernel.spi;

import java.nio.ByteBuffer;

/**
 * Where the two rings of a backend lie in memory: what {@code io_uring_setup(2)} returns in {@code sq_off} and
 * {@code cq_off}, for every backend.
 *
 * <p>Java produces submission entries into {@link #entries()} and publishes the tail at {@link #sqTail()} with release;
 * the backend publishes the head. Completions go the other way round. All offsets are bytes into {@link #sqRing()} or
 * {@link #cqRing()} and 4-aligned.
 *
 * @param sqRing memory that holds the submission head, tail, flags and index array
 * @param sqHead offset of the head (u32, written by the backend with release)
 * @param sqTail offset of the tail (u32, written by Java with release)
 * @param sqFlags offset of the flags word, or -1
 * @param sqArray offset of the index array (u32 each), or -1 where entries are taken in order
 * @param sqEntries number of submission entries, a power of two
 * @param entries the submission entries, 64 bytes each
 * @param cqRing memory that holds the completion head, tail and entries
 * @param cqHead offset of the head (u32, written by Java with release)
 * @param cqTail offset of the tail (u32, written by the backend with release)
 * @param cqEntriesOffset offset of the first completion entry in {@code cqRing}
 * @param cqEntries number of completion entries, a power of two
 */
public record Rings(
        ByteBuffer sqRing,
        int sqHead,
        int sqTail,
        int sqFlags,
        int sqArray,
        int sqEntries,
        ByteBuffer entries,
        ByteBuffer cqRing,
        int cqHead,
        int cqTail,
        int cqEntriesOffset,
        int cqEntries) {}
