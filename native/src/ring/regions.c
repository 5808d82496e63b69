#include "regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REGIONS_FIRST 16u
#define REGIONS_MAX (1u << 24)

/* Index of the first region whose base is above `address`. */
static uint32_t regions__above(const struct torus_regions *regions, uint64_t address) {
    uint32_t low = 0;
    uint32_t high = regions->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (regions->items[middle].base <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void regions__refresh(struct torus_regions *regions, uint32_t from) {
    uint64_t furthest = from == 0 ? 0 : regions->items[from - 1].furthest;
    for (uint32_t i = from; i < regions->count; i++) {
        if (regions->items[i].end > furthest) {
            furthest = regions->items[i].end;
        }
        regions->items[i].furthest = furthest;
    }
    regions->hit = (struct torus_region){0};
}

int torus_regions_add(struct torus_regions *regions, uint64_t base, uint64_t bytes) {
    uint64_t end = base + bytes;
    if (base == 0 || bytes == 0 || end < base) {
        return -EINVAL;
    }
    if (regions->count == regions->capacity) {
        uint32_t capacity = regions->capacity == 0 ? REGIONS_FIRST : regions->capacity * 2;
        if (capacity > REGIONS_MAX) {
            return -ENOSPC;
        }
        struct torus_region *items = realloc(regions->items, capacity * sizeof *items);
        if (items == NULL) {
            return -ENOMEM;
        }
        regions->items = items;
        regions->capacity = capacity;
    }
    uint32_t at = regions__above(regions, base);
    while (at > 0 && regions->items[at - 1].base == base && regions->items[at - 1].end > end) {
        at--;
    }
    memmove(regions->items + at + 1, regions->items + at, (regions->count - at) * sizeof *regions->items);
    regions->items[at] = (struct torus_region){.base = base, .end = end};
    regions->count++;
    regions__refresh(regions, at);
    return 0;
}

int64_t torus_regions_remove(struct torus_regions *regions, uint64_t base) {
    uint32_t at = regions__above(regions, base);
    if (at == 0 || regions->items[at - 1].base != base) {
        return -ENOENT;
    }
    while (at > 1 && regions->items[at - 2].base == base) {
        at--;
    }
    int64_t bytes = (int64_t)(regions->items[at - 1].end - base);
    memmove(regions->items + at - 1, regions->items + at, (regions->count - at) * sizeof *regions->items);
    regions->count--;
    regions__refresh(regions, at - 1);
    return bytes;
}

bool torus_regions_search(struct torus_regions *regions, uint64_t address, uint64_t bytes) {
    uint64_t end = address + bytes;
    if (bytes == 0) {
        return true;
    }
    uint32_t above = regions__above(regions, address);
    if (end < address || above == 0 || regions->items[above - 1].furthest < end) {
        return false;
    }
    regions->hit = regions->items[above - 1];
    return true;
}

void torus_regions_free(struct torus_regions *regions) {
    free(regions->items);
    *regions = (struct torus_regions){0};
}
