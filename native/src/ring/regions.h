/* The memory that entries may name. */
#ifndef TORUS_REGIONS_H
#define TORUS_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

struct torus_region {
    uint64_t base;
    uint64_t end;
    uint64_t furthest; /* largest end of this region and all before it */
};

/* Sorted by base, then end. Regions may overlap. */
struct torus_regions {
    struct torus_region *items;
    uint32_t count;
    uint32_t capacity;
    struct torus_region hit; /* a copy of the one found last */
};

int torus_regions_add(struct torus_regions *regions, uint64_t base, uint64_t bytes);

/* Of several regions with the same base the smallest goes first. Its size, or -ENOENT if there is none. */
int64_t torus_regions_remove(struct torus_regions *regions, uint64_t base);

bool torus_regions_search(struct torus_regions *regions, uint64_t address, uint64_t bytes);

/* Whether one region holds the whole range. An empty range is held anywhere. */
static inline bool torus_regions_hold(struct torus_regions *regions, uint64_t address, uint64_t bytes) {
    const struct torus_region *hit = &regions->hit;
    if (address - hit->base < hit->end - hit->base && bytes <= hit->end - address) {
        return true;
    }
    return torus_regions_search(regions, address, bytes);
}

void torus_regions_free(struct torus_regions *regions);

#endif
