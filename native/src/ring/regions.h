/* Registered memory: every address of an entry must lie in one region. */
#ifndef TORUS_REGIONS_H
#define TORUS_REGIONS_H

#include <stddef.h>
#include <stdint.h>

struct region {
    uint64_t addr, bytes;
};

struct regions {
    struct region *sorted; /* by address */
    uint32_t count, room;
    uint32_t last; /* where the last check hit */
};

int regions_add(struct regions *regions, uint64_t addr, uint64_t bytes);
int regions_remove(struct regions *regions, uint64_t addr);
/* 1 if all of it is registered */
int regions_contain(struct regions *regions, uint64_t addr, uint64_t bytes);
void regions_free(struct regions *regions);

#endif
