/* Operations that wait: slots in one growing array, found by user_data in constant time for cancelling. */
#ifndef TORUS_OP_SLAB_H
#define TORUS_OP_SLAB_H

#include "torus/ring.h"

#define OP_NONE UINT32_MAX

struct op {
    struct torus_sqe sqe;
    uint32_t next, previous; /* in the list of its handle */
    uint32_t hash_next;
    uint32_t done; /* bytes sent so far */
    uint8_t list;  /* which list of the handle */
    uint8_t used;
};

struct op_slab {
    struct op *ops;
    uint32_t room, used, free;
    uint32_t *buckets;
    uint32_t bucket_mask;
};

int op_slab_open(struct op_slab *slab);
void op_slab_close(struct op_slab *slab);
/* A slot, or OP_NONE without memory. Pointers into the slab are void after this. */
uint32_t op_slab_add(struct op_slab *slab, const struct torus_sqe *sqe);
void op_slab_remove(struct op_slab *slab, uint32_t slot);
/* Any operation with this user_data, or OP_NONE. */
uint32_t op_slab_find(const struct op_slab *slab, uint64_t user_data);

#endif
