/* The two rings of an emulating backend in one piece of memory that Java maps: the backend plays the kernel's part. */
#ifndef TORUS_SHARED_RING_H
#define TORUS_SHARED_RING_H

#include <stdatomic.h>

#include "torus/backend.h"

struct shared_ring {
    /* written by one side each, so each on a cache line of its own */
    struct shared_ring_words {
        _Alignas(64) _Atomic uint32_t sq_head; /* backend */
        _Alignas(64) _Atomic uint32_t sq_tail; /* Java */
        _Alignas(64) _Atomic uint32_t cq_head; /* Java */
        _Alignas(64) _Atomic uint32_t cq_tail; /* backend */
    } * words;
    struct torus_sqe *sqes;
    struct torus_cqe *cqes;
    size_t bytes;
    uint32_t sq_entries, cq_entries;
    uint32_t sq_head;
    uint32_t cq_tail;
    uint32_t cq_head_seen;
    /* completions that found the ring full, oldest first; delivered by a later enter */
    struct torus_cqe *overflow;
    uint32_t overflow_head, overflow_count, overflow_room;
};

int shared_ring_open(struct shared_ring *ring, uint32_t sq_entries, uint32_t cq_entries);
void shared_ring_close(struct shared_ring *ring);
void shared_ring_layout(const struct shared_ring *ring, struct torus_layout *out);

/* Copies the next published entry; 0 if there is none. */
int shared_ring_take(struct shared_ring *ring, struct torus_sqe *entry);
/* Tells Java that the entries taken so far are free. */
void shared_ring_taken(struct shared_ring *ring);

/* -ENOMEM only if the ring is full and the overflow cannot grow. */
int shared_ring_complete(struct shared_ring *ring, uint64_t user_data, int32_t res, uint32_t flags);
/* Room for completions of operations that go on and can wait. */
uint32_t shared_ring_space(struct shared_ring *ring);
/* Moves what overflowed into the ring, as far as it fits. */
void shared_ring_flush(struct shared_ring *ring);
/* Publishes completions; 1 if Java has any to read. */
int shared_ring_publish(struct shared_ring *ring);

#endif
