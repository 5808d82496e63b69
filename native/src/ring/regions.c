#include "regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Index of the first region that begins above addr. */
static uint32_t regions__above(const struct regions *regions, uint64_t addr) {
    uint32_t low = 0;
    uint32_t high = regions->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (regions->sorted[middle].addr <= addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int regions_add(struct regions *regions, uint64_t addr, uint64_t bytes) {
    if (bytes == 0 || addr + bytes < addr) {
        return -EINVAL;
    }
    if (regions->count == regions->room) {
        uint32_t room = regions->room == 0 ? 16 : 2 * regions->room;
        struct region *larger = realloc(regions->sorted, room * sizeof *larger);
        if (larger == NULL) {
            return -ENOMEM;
        }
        regions->sorted = larger;
        regions->room = room;
    }
    uint32_t at = regions__above(regions, addr);
    memmove(regions->sorted + at + 1, regions->sorted + at, (regions->count - at) * sizeof *regions->sorted);
    regions->sorted[at] = (struct region){addr, bytes};
    regions->count++;
    return 0;
}

int regions_remove(struct regions *regions, uint64_t addr) {
    uint32_t at = regions__above(regions, addr);
    if (at == 0 || regions->sorted[at - 1].addr != addr) {
        return -ENOENT;
    }
    memmove(regions->sorted + at - 1, regions->sorted + at, (regions->count - at) * sizeof *regions->sorted);
    regions->count--;
    regions->last = 0;
    return 0;
}

static int region__holds(const struct region *region, uint64_t addr, uint64_t bytes) {
    return addr >= region->addr && bytes <= region->bytes && addr - region->addr <= region->bytes - bytes;
}

int regions_contain(struct regions *regions, uint64_t addr, uint64_t bytes) {
    if (regions->last < regions->count && region__holds(&regions->sorted[regions->last], addr, bytes)) {
        return 1;
    }
    /* regions may overlap when memory was registered twice: look at those that begin at or below the address */
    for (uint32_t at = regions__above(regions, addr); at-- > 0;) {
        if (region__holds(&regions->sorted[at], addr, bytes)) {
            regions->last = at;
            return 1;
        }
        if (at + 8 < regions__above(regions, addr)) {
            break;
        }
    }
    return 0;
}

void regions_free(struct regions *regions) {
    free(regions->sorted);
}
