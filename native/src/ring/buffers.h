/* Provided-buffer rings: memory that Java lends to whichever receive finds data first. */
#ifndef TORUS_BUFFERS_H
#define TORUS_BUFFERS_H

#include <stdint.h>

#include "regions.h"
#include "torus/ring.h"

#define TORUS_BUFFER_GROUPS 65536u
#define TORUS_BUFFER_ENTRIES_MAX 32768u
#define TORUS_BUFFER_RING_ALIGN 4096u

struct torus_group {
    struct torus_buf *ring; /* NULL: not registered */
    uint16_t head;
    uint16_t mask;
    uint16_t tail; /* the ring's when it was last read: read again only when all before it are taken */
};

/* Groups by number, in pages of 256 that are made when first needed. */
struct torus_groups {
    struct torus_group *pages[256];
};

int torus_groups_add(struct torus_groups *groups, struct torus_regions *regions, uint32_t group, uint64_t ring,
                     uint32_t entries);
int torus_groups_remove(struct torus_groups *groups, uint32_t group);

/* Whether all rings lie in known memory. */
bool torus_groups_held(const struct torus_groups *groups, struct torus_regions *regions);

void torus_groups_free(struct torus_groups *groups);

/* The group, or NULL. */
static inline struct torus_group *torus_groups_get(struct torus_groups *groups, uint16_t group) {
    struct torus_group *page = groups->pages[group >> 8];
    return page == NULL || page[group & 255].ring == NULL ? NULL : &page[group & 255];
}

/* The next buffer, which stays in the ring until torus_group_take(); NULL if there is none. */
static inline const struct torus_buf *torus_group_peek(struct torus_group *group) {
    if (group->tail == group->head) {
        /* Pairs with the release by which BufferGroup.recycle publishes the tail. */
        group->tail = __atomic_load_n(&group->ring[0].tail, __ATOMIC_ACQUIRE);
        if (group->tail == group->head) {
            return NULL;
        }
    }
    return &group->ring[group->head & group->mask];
}

static inline void torus_group_take(struct torus_group *group) {
    group->head++;
}

#endif
