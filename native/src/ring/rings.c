#include "rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../os/os.h"

#define RINGS_CACHE_LINE 64u
#define RINGS_HEADER (4 * RINGS_CACHE_LINE)
#define RINGS_ENTRIES_MAX 32768u
/* Held completions beyond which entries are no longer consumed: the caller has to read some first. */
#define RINGS_HELD_MAX (1u << 20)

static bool rings__power_of_two(uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

int torus_rings_open(struct torus_rings *rings, const struct torus_config *config) {
    if (!rings__power_of_two(config->sq_entries) || !rings__power_of_two(config->cq_entries) ||
        config->sq_entries < 2 || config->sq_entries > RINGS_ENTRIES_MAX ||
        config->cq_entries < 2 * config->sq_entries || config->cq_entries > 8 * RINGS_ENTRIES_MAX) {
        return -EINVAL;
    }
    memset(rings, 0, sizeof *rings);
    size_t entries = config->sq_entries * sizeof(struct torus_sqe);
    size_t completions = config->cq_entries * sizeof(struct torus_cqe);
    rings->bytes = RINGS_HEADER + entries + completions;
    rings->memory = os_map(rings->bytes);
    if (rings->memory == NULL) {
        return -ENOMEM;
    }
    unsigned char *base = rings->memory;
    rings->sq_head_shared = (_Atomic uint32_t *)base;
    rings->sq_tail_shared = (_Atomic uint32_t *)(base + RINGS_CACHE_LINE);
    rings->cq_head_shared = (_Atomic uint32_t *)(base + 2 * RINGS_CACHE_LINE);
    rings->cq_tail_shared = (_Atomic uint32_t *)(base + 3 * RINGS_CACHE_LINE);
    rings->entries = (struct torus_sqe *)(base + RINGS_HEADER);
    rings->completions = (struct torus_cqe *)(base + RINGS_HEADER + entries);
    rings->sq_entries = config->sq_entries;
    rings->cq_entries = config->cq_entries;
    return 0;
}

void torus_rings_close(struct torus_rings *rings) {
    os_unmap(rings->memory, rings->bytes);
    free(rings->held);
    memset(rings, 0, sizeof *rings);
}

void torus_rings_layout(const struct torus_rings *rings, struct torus_layout *out) {
    *out = (struct torus_layout){
        .sq_ring = rings->memory,
        .sq_ring_bytes = rings->bytes,
        .cq_ring = rings->memory,
        .cq_ring_bytes = rings->bytes,
        .entries = rings->entries,
        .sq_head = 0,
        .sq_tail = RINGS_CACHE_LINE,
        .sq_flags = -1,
        .sq_array = -1,
        .cq_head = 2 * RINGS_CACHE_LINE,
        .cq_tail = 3 * RINGS_CACHE_LINE,
        .cq_entries_offset = (int32_t)((unsigned char *)rings->completions - (unsigned char *)rings->memory),
        .sq_entries = rings->sq_entries,
        .cq_entries = rings->cq_entries,
    };
}

void torus_rings_begin(struct torus_rings *rings) {
    /* Pairs with Java's setRelease of the head: its reads of the entries came before. */
    rings->cq_head = atomic_load_explicit(rings->cq_head_shared, memory_order_acquire);
    while (rings->held_count > 0 && rings->cq_tail - rings->cq_head < rings->cq_entries) {
        rings->completions[rings->cq_tail++ & (rings->cq_entries - 1)] = rings->held[rings->held_first];
        rings->held_first = (rings->held_first + 1) & (rings->held_capacity - 1);
        rings->held_count--;
    }
}

void torus_rings_end(struct torus_rings *rings) {
    /* Pair with Java's getAcquire: entries may be overwritten, completions may be read. */
    atomic_store_explicit(rings->sq_head_shared, rings->sq_head, memory_order_release);
    atomic_store_explicit(rings->cq_tail_shared, rings->cq_tail, memory_order_release);
}

bool torus_rings_grow(struct torus_rings *rings, uint32_t count) {
    if (rings->held_capacity - rings->held_count >= count) {
        return true;
    }
    if (rings->held_count >= RINGS_HELD_MAX || count > RINGS_HELD_MAX) {
        return false;
    }
    uint32_t capacity = rings->held_capacity == 0 ? rings->cq_entries : rings->held_capacity;
    while (capacity - rings->held_count < count) {
        capacity *= 2;
    }
    struct torus_cqe *held = malloc(capacity * sizeof *held);
    if (held == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < rings->held_count; i++) {
        held[i] = rings->held[(rings->held_first + i) & (rings->held_capacity - 1)];
    }
    free(rings->held);
    rings->held = held;
    rings->held_first = 0;
    rings->held_capacity = capacity;
    return true;
}

void torus_rings_hold(struct torus_rings *rings, uint64_t user_data, int32_t res, uint32_t flags) {
    uint32_t at = (rings->held_first + rings->held_count) & (rings->held_capacity - 1);
    rings->held[at] = (struct torus_cqe){.user_data = user_data, .res = res, .flags = flags};
    rings->held_count++;
}
