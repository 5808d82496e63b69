#include "buffers.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

int torus_groups_add(struct torus_groups *groups, struct torus_regions *regions, uint32_t group, uint64_t ring,
                     uint32_t entries) {
    if (group >= TORUS_BUFFER_GROUPS || entries == 0 || entries > TORUS_BUFFER_ENTRIES_MAX ||
        (entries & (entries - 1)) != 0 || ring % TORUS_BUFFER_RING_ALIGN != 0) {
        return -EINVAL;
    }
    if (!torus_regions_hold(regions, ring, entries * sizeof(struct torus_buf))) {
        return -EFAULT;
    }
    struct torus_group **page = &groups->pages[group >> 8];
    if (*page == NULL) {
        *page = calloc(256, sizeof **page);
        if (*page == NULL) {
            return -ENOMEM;
        }
    }
    struct torus_group *slot = &(*page)[group & 255];
    if (slot->ring != NULL) {
        return -EEXIST;
    }
    /* As in Linux, the head starts at 0 whatever the tail is. */
    *slot = (struct torus_group){.ring = (struct torus_buf *)(uintptr_t)ring, .mask = (uint16_t)(entries - 1)};
    return 0;
}

int torus_groups_remove(struct torus_groups *groups, uint32_t group) {
    struct torus_group *slot = group < TORUS_BUFFER_GROUPS ? torus_groups_get(groups, (uint16_t)group) : NULL;
    if (slot == NULL) {
        return -ENOENT;
    }
    slot->ring = NULL;
    return 0;
}

bool torus_groups_held(const struct torus_groups *groups, struct torus_regions *regions) {
    for (size_t i = 0; i < 256; i++) {
        for (size_t j = 0; groups->pages[i] != NULL && j < 256; j++) {
            const struct torus_group *group = &groups->pages[i][j];
            uint64_t bytes = (group->mask + UINT64_C(1)) * sizeof(struct torus_buf);
            if (group->ring != NULL && !torus_regions_hold(regions, (uint64_t)(uintptr_t)group->ring, bytes)) {
                return false;
            }
        }
    }
    return true;
}

void torus_groups_free(struct torus_groups *groups) {
    for (size_t i = 0; i < 256; i++) {
        free(groups->pages[i]);
        groups->pages[i] = NULL;
    }
}
