#include "buffer_groups.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

int buffer_groups_add(struct buffer_groups *groups, uint16_t id, uint64_t ring, uint32_t entries) {
    if (entries == 0 || entries > 32768 || (entries & (entries - 1)) != 0 || ring % 8 != 0) {
        return -EINVAL;
    }
    if (id >= groups->room) {
        uint32_t room = id + 16u;
        struct buffer_group *larger = realloc(groups->groups, room * sizeof *larger);
        if (larger == NULL) {
            return -ENOMEM;
        }
        memset(larger + groups->room, 0, (room - groups->room) * sizeof *larger);
        groups->groups = larger;
        groups->room = room;
    }
    struct buffer_group *group = &groups->groups[id];
    if (group->ring != NULL) {
        return -EEXIST;
    }
    *group = (struct buffer_group){(struct torus_buf *)(uintptr_t)ring, (uint16_t)(entries - 1), 0};
    return 0;
}

struct buffer_group *buffer_groups_find(struct buffer_groups *groups, uint16_t id) {
    return id < groups->room && groups->groups[id].ring != NULL ? &groups->groups[id] : NULL;
}

int buffer_groups_remove(struct buffer_groups *groups, uint16_t id) {
    struct buffer_group *group = buffer_groups_find(groups, id);
    if (group == NULL) {
        return -ENOENT;
    }
    group->ring = NULL;
    return 0;
}

const struct torus_buf *buffer_group_peek(const struct buffer_group *group) {
    /* acquire: pairs with Java's release of the tail at byte 14; buffers below it are written */
    const _Atomic uint16_t *tail = (const _Atomic uint16_t *)(const void *)&group->ring[0].resv;
    if (group->head == atomic_load_explicit(tail, memory_order_acquire)) {
        return NULL;
    }
    return &group->ring[group->head & group->mask];
}

void buffer_groups_free(struct buffer_groups *groups) {
    free(groups->groups);
}
