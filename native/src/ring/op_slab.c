#include "op_slab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256u

static uint32_t op_slab__bucket(const struct op_slab *slab, uint64_t user_data) {
    return (uint32_t)((user_data * 0x9E3779B97F4A7C15ULL) >> 32) & slab->bucket_mask;
}

static void op_slab__link(struct op_slab *slab, uint32_t slot) {
    uint32_t *bucket = &slab->buckets[op_slab__bucket(slab, slab->ops[slot].sqe.user_data)];
    slab->ops[slot].hash_next = *bucket;
    *bucket = slot;
}

/* Twice as many slots, and as many buckets as slots. */
static int op_slab__grow(struct op_slab *slab) {
    uint32_t room = slab->room == 0 ? FIRST_ROOM : 2 * slab->room;
    struct op *ops = realloc(slab->ops, room * sizeof *ops);
    if (ops == NULL) {
        return -ENOMEM;
    }
    slab->ops = ops;
    uint32_t *buckets = realloc(slab->buckets, room * sizeof *buckets);
    if (buckets == NULL) {
        return -ENOMEM;
    }
    slab->buckets = buckets;
    slab->bucket_mask = room - 1;
    for (uint32_t i = room; i-- > slab->room;) {
        ops[i].used = 0;
        ops[i].next = slab->free;
        slab->free = i;
    }
    memset(buckets, 0xFF, room * sizeof *buckets);
    for (uint32_t i = 0; i < slab->room; i++) {
        if (ops[i].used) {
            op_slab__link(slab, i);
        }
    }
    slab->room = room;
    return 0;
}

int op_slab_open(struct op_slab *slab) {
    memset(slab, 0, sizeof *slab);
    slab->free = OP_NONE;
    return op_slab__grow(slab);
}

void op_slab_close(struct op_slab *slab) {
    free(slab->ops);
    free(slab->buckets);
}

uint32_t op_slab_add(struct op_slab *slab, const struct torus_sqe *sqe) {
    if (slab->free == OP_NONE && op_slab__grow(slab) < 0) {
        return OP_NONE;
    }
    uint32_t slot = slab->free;
    struct op *op = &slab->ops[slot];
    slab->free = op->next;
    *op = (struct op){.sqe = *sqe, .next = OP_NONE, .previous = OP_NONE, .used = 1};
    op_slab__link(slab, slot);
    slab->used++;
    return slot;
}

void op_slab_remove(struct op_slab *slab, uint32_t slot) {
    uint32_t *at = &slab->buckets[op_slab__bucket(slab, slab->ops[slot].sqe.user_data)];
    while (*at != slot) {
        at = &slab->ops[*at].hash_next;
    }
    *at = slab->ops[slot].hash_next;
    slab->ops[slot].used = 0;
    slab->ops[slot].next = slab->free;
    slab->free = slot;
    slab->used--;
}

uint32_t op_slab_find(const struct op_slab *slab, uint64_t user_data) {
    uint32_t slot = slab->buckets[op_slab__bucket(slab, user_data)];
    while (slot != OP_NONE && slab->ops[slot].sqe.user_data != user_data) {
        slot = slab->ops[slot].hash_next;
    }
    return slot;
}
