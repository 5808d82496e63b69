/* Provided buffers: rings that Java fills with free buffers and receives take them from. */
#ifndef TORUS_BUFFER_GROUPS_H
#define TORUS_BUFFER_GROUPS_H

#include "torus/ring.h"

struct buffer_group {
    struct torus_buf *ring; /* NULL where there is none */
    uint16_t mask, head;
};

struct buffer_groups {
    struct buffer_group *groups;
    uint32_t room;
};

int buffer_groups_add(struct buffer_groups *groups, uint16_t id, uint64_t ring, uint32_t entries);
int buffer_groups_remove(struct buffer_groups *groups, uint16_t id);
struct buffer_group *buffer_groups_find(struct buffer_groups *groups, uint16_t id);
/* The next free buffer, which stays in the ring until it is used; NULL if there is none. */
const struct torus_buf *buffer_group_peek(const struct buffer_group *group);
void buffer_groups_free(struct buffer_groups *groups);

#endif
