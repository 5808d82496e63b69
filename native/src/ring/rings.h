/* The two rings of an emulating backend, which plays the kernel's part in them. */
#ifndef TORUS_RINGS_H
#define TORUS_RINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "torus/backend.h"

struct torus_rings {
    void *memory;
    size_t bytes;
    _Atomic uint32_t *sq_head_shared;
    _Atomic uint32_t *sq_tail_shared;
    _Atomic uint32_t *cq_head_shared;
    _Atomic uint32_t *cq_tail_shared;
    struct torus_sqe *entries;
    struct torus_cqe *completions;
    uint32_t sq_entries;
    uint32_t cq_entries;

    /* Ours, published at the end of a turn. */
    uint32_t sq_head;
    uint32_t cq_tail;
    /* Java's, read at the start of a turn: the same thread, so it cannot move in between. */
    uint32_t cq_head;

    /* Completions that found the ring full, oldest first; a ring of their own. */
    struct torus_cqe *held;
    uint32_t held_first;
    uint32_t held_count;
    uint32_t held_capacity;
};

int torus_rings_open(struct torus_rings *rings, const struct torus_config *config);
void torus_rings_close(struct torus_rings *rings);
void torus_rings_layout(const struct torus_rings *rings, struct torus_layout *out);

/* Reads what Java consumed and moves held completions into the ring. */
void torus_rings_begin(struct torus_rings *rings);

/* Publishes both of our indexes. */
void torus_rings_end(struct torus_rings *rings);

/* Number of entries Java has published and we have not consumed. */
static inline uint32_t torus_rings_published(struct torus_rings *rings) {
    /* Pairs with Java's setRelease of the tail. */
    return atomic_load_explicit(rings->sq_tail_shared, memory_order_acquire) - rings->sq_head;
}

static inline bool torus_rings_empty(const struct torus_rings *rings) {
    return rings->cq_tail == rings->cq_head;
}

/* Room in the ring itself. */
static inline uint32_t torus_rings_room(const struct torus_rings *rings) {
    return rings->held_count > 0 ? 0 : rings->cq_entries - (rings->cq_tail - rings->cq_head);
}

/* Makes room among the held completions. */
bool torus_rings_grow(struct torus_rings *rings, uint32_t count);

/* Makes sure that `count` completions can be posted without loss, in the ring or held. */
static inline bool torus_rings_reserve(struct torus_rings *rings, uint32_t count) {
    return torus_rings_room(rings) >= count || torus_rings_grow(rings, count);
}

void torus_rings_hold(struct torus_rings *rings, uint64_t user_data, int32_t res, uint32_t flags);

/* The caller has seen room or reserved. */
static inline void torus_rings_post(struct torus_rings *rings, uint64_t user_data, int32_t res, uint32_t flags) {
    if (torus_rings_room(rings) == 0) {
        torus_rings_hold(rings, user_data, res, flags);
        return;
    }
    rings->completions[rings->cq_tail++ & (rings->cq_entries - 1)] =
        (struct torus_cqe){.user_data = user_data, .res = res, .flags = flags};
}

#endif
