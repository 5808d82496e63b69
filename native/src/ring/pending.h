/* The operations that wait: slots found by index, and by user_data for cancelling. */
#ifndef TORUS_PENDING_H
#define TORUS_PENDING_H

#include <stdint.h>

#include "handles.h"

/* op.mode */
#define TORUS_OP_SELECT 1u
#define TORUS_OP_MULTI 2u
#define TORUS_OP_POLL_FIRST 4u

struct torus_op {
    uint64_t user_data;
    uint64_t addr;
    uint64_t addr2;
    uint32_t len;
    uint32_t done; /* bytes that went already; CONNECT: 1 = under way */
    uint32_t op_flags;
    int32_t fd;
    uint16_t buf_group;
    uint16_t addr_len;
    uint8_t opcode;
    uint8_t mode;
    uint8_t side;
    uint8_t unused;
    uint32_t next; /* in the handle's list; of a free slot: the next free one */
    uint32_t previous;
    uint32_t hash_next;
    uint32_t index;
};

_Static_assert(sizeof(struct torus_op) == 64, "one cache line");

#define TORUS_OP_CHUNK 1024u
#define TORUS_OP_CHUNKS 4096u

struct torus_pending {
    struct torus_op **chunks;
    uint32_t chunk_count;
    uint32_t free;  /* first free slot, 0 = none */
    uint32_t count; /* slots in use */
    uint32_t *buckets;
    uint32_t bucket_mask;
};

int torus_pending_open(struct torus_pending *pending);
void torus_pending_close(struct torus_pending *pending);

static inline struct torus_op *torus_pending_at(const struct torus_pending *pending, uint32_t index) {
    return &pending->chunks[index / TORUS_OP_CHUNK][index % TORUS_OP_CHUNK];
}

/* Copies `op` to the end of the handle's list; NULL: no memory or too many. */
struct torus_op *torus_pending_add(struct torus_pending *pending, struct torus_handle *handle,
                                   const struct torus_op *op);

void torus_pending_remove(struct torus_pending *pending, struct torus_handle *handle, struct torus_op *op);

/* One that has this user_data, or NULL. */
struct torus_op *torus_pending_find(const struct torus_pending *pending, uint64_t user_data);

#endif
