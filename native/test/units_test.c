/* The parts of the readiness engine by themselves. */
#include <errno.h>
#include <string.h>

#include "../src/ring/buffers.h"
#include "../src/ring/pending.h"
#include "../src/ring/regions.h"
#include "../src/ring/rings.h"
#include "check.h"

static void regions_hold_what_one_of_them_holds(void) {
    struct torus_regions r = {0};
    CHECK(!torus_regions_hold(&r, 0, 1));
    CHECK(torus_regions_hold(&r, 12345, 0));
    CHECK_EQUAL(0, torus_regions_add(&r, 1000, 100));
    CHECK_EQUAL(0, torus_regions_add(&r, 1100, 100));
    CHECK(torus_regions_hold(&r, 1000, 100));
    CHECK(torus_regions_hold(&r, 1199, 1));
    CHECK(!torus_regions_hold(&r, 999, 1));
    CHECK(!torus_regions_hold(&r, 1200, 1));
    CHECK(!torus_regions_hold(&r, 1050, 100)); /* begins in one, ends in the other */
    CHECK(!torus_regions_hold(&r, 1050, UINT64_MAX));
    CHECK(!torus_regions_hold(&r, UINT64_MAX, 2));
    CHECK(!torus_regions_hold(&r, UINT64_MAX - 50, 100));
    CHECK_EQUAL(-EINVAL, torus_regions_add(&r, 0, 1));
    CHECK_EQUAL(-EINVAL, torus_regions_add(&r, 1, 0));
    CHECK_EQUAL(-EINVAL, torus_regions_add(&r, UINT64_MAX - 5, 10));
    CHECK_EQUAL(100, torus_regions_remove(&r, 1000));
    CHECK(!torus_regions_hold(&r, 1000, 1));
    CHECK(torus_regions_hold(&r, 1100, 100));
    CHECK_EQUAL(-ENOENT, torus_regions_remove(&r, 1000));
    torus_regions_free(&r);
}

static void regions_may_overlap(void) {
    struct torus_regions r = {0};
    CHECK_EQUAL(0, torus_regions_add(&r, 1000, 1000));
    CHECK_EQUAL(0, torus_regions_add(&r, 1200, 10));
    CHECK_EQUAL(0, torus_regions_add(&r, 1000, 50));
    CHECK(torus_regions_hold(&r, 1300, 700));
    CHECK(torus_regions_hold(&r, 1200, 300));
    CHECK(!torus_regions_hold(&r, 1300, 701));
    CHECK_EQUAL(50, torus_regions_remove(&r, 1000)); /* the smaller one first */
    CHECK(torus_regions_hold(&r, 1000, 1000));
    CHECK_EQUAL(1000, torus_regions_remove(&r, 1000));
    CHECK(!torus_regions_hold(&r, 1000, 1));
    CHECK(!torus_regions_hold(&r, 1200, 11));
    CHECK(torus_regions_hold(&r, 1200, 10));
    torus_regions_free(&r);
}

/* Against a table that says it byte by byte. */
static void regions_agree_with_a_naive_table(void) {
    enum { SPACE = 256, LIVE = 12 };
    struct torus_regions r = {0};
    struct {
        uint64_t base, bytes;
    } live[LIVE] = {{0, 0}};
    uint32_t state = 12345;
    for (int round = 0; round < 20000; round++) {
        state = state * 1103515245u + 12345u;
        uint32_t slot = state >> 16 & 0xf;
        if (slot < LIVE && live[slot].bytes == 0) {
            state = state * 1103515245u + 12345u;
            live[slot].base = 1 + (state >> 16) % SPACE;
            live[slot].bytes = 1 + (state >> 24) % 40;
            for (int i = 0; i < LIVE; i++) { /* equal bases are another test's */
                if (i != (int)slot && live[i].bytes != 0 && live[i].base == live[slot].base) {
                    live[slot].bytes = 0;
                }
            }
            if (live[slot].bytes != 0) {
                CHECK_EQUAL(0, torus_regions_add(&r, live[slot].base, live[slot].bytes));
            }
        } else if (slot < LIVE) {
            CHECK_EQUAL(live[slot].bytes, torus_regions_remove(&r, live[slot].base));
            live[slot].bytes = 0;
        }
        state = state * 1103515245u + 12345u;
        uint64_t address = (state >> 16) % (SPACE + 50);
        uint64_t bytes = 1 + (state >> 26);
        bool held = false;
        for (int i = 0; i < LIVE; i++) {
            held |= live[i].bytes != 0 && live[i].base <= address && address + bytes <= live[i].base + live[i].bytes;
        }
        CHECK_EQUAL(held, torus_regions_hold(&r, address, bytes));
    }
    torus_regions_free(&r);
}

static void pending_operations_are_found_and_keep_their_order(void) {
    enum { MANY = 5000 };
    struct torus_pending p;
    struct torus_handle handle = {0};
    CHECK_EQUAL(0, torus_pending_open(&p));
    for (uint64_t i = 1; i <= MANY; i++) {
        struct torus_op op = {.user_data = i << 20, .side = TORUS_SIDE_READ};
        CHECK(torus_pending_add(&p, &handle, &op) != NULL);
    }
    CHECK_EQUAL(MANY, p.count);
    CHECK(torus_pending_find(&p, 7) == NULL);
    for (uint64_t i = 2; i <= MANY; i += 2) {
        struct torus_op *op = torus_pending_find(&p, i << 20);
        CHECK(op != NULL);
        torus_pending_remove(&p, &handle, op);
        CHECK(torus_pending_find(&p, i << 20) == NULL);
    }
    for (uint64_t i = 1; i <= MANY; i += 2) {
        struct torus_op *op = torus_pending_at(&p, handle.lists[TORUS_SIDE_READ].first);
        CHECK_EQUAL(i << 20, op->user_data);
        torus_pending_remove(&p, &handle, op);
    }
    CHECK_EQUAL(0, p.count);
    CHECK_EQUAL(0, handle.lists[TORUS_SIDE_READ].first);
    CHECK_EQUAL(0, handle.lists[TORUS_SIDE_READ].last);
    torus_pending_close(&p);
}

static void held_completions_come_first(void) {
    enum { CQ = 8, MANY = 100 };
    struct torus_rings rings;
    struct torus_config config = {4, CQ};
    CHECK_EQUAL(0, torus_rings_open(&rings, &config));
    torus_rings_begin(&rings);
    for (uint64_t i = 0; i < MANY; i++) {
        CHECK(torus_rings_reserve(&rings, 2));
        torus_rings_post(&rings, i, (int32_t)i, 0);
    }
    torus_rings_end(&rings);
    uint64_t next = 0;
    while (next < MANY) {
        uint32_t head = atomic_load(rings.cq_head_shared);
        uint32_t tail = atomic_load(rings.cq_tail_shared);
        CHECK(tail != head && tail - head <= CQ);
        for (; head != tail; head++) {
            CHECK_EQUAL(next++, rings.completions[head & (CQ - 1)].user_data);
        }
        atomic_store(rings.cq_head_shared, head);
        torus_rings_begin(&rings);
        torus_rings_end(&rings);
    }
    CHECK_EQUAL(0, rings.held_count);
    torus_rings_close(&rings);
}

static void ring_sizes_are_checked(void) {
    static const struct torus_config wrong[] = {{0, 4},  {1, 4},          {3, 8},       {4, 4},
                                                {4, 12}, {65536, 131072}, {4, 1u << 30}};
    struct torus_rings rings;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQUAL(-EINVAL, torus_rings_open(&rings, &wrong[i]));
    }
}

static void groups_are_checked(void) {
    struct torus_regions regions = {0};
    struct torus_groups groups = {{0}};
    void *memory = NULL;
    CHECK_EQUAL(0, posix_memalign(&memory, 4096, 8192));
    uint64_t ring = (uint64_t)(uintptr_t)memory;
    CHECK_EQUAL(-EFAULT, torus_groups_add(&groups, &regions, 1, ring, 4));
    CHECK_EQUAL(0, torus_regions_add(&regions, ring, 4096));
    CHECK_EQUAL(-EINVAL, torus_groups_add(&groups, &regions, 65536, ring, 4));
    CHECK_EQUAL(-EINVAL, torus_groups_add(&groups, &regions, 1, ring, 3));
    CHECK_EQUAL(-EINVAL, torus_groups_add(&groups, &regions, 1, ring, 0));
    CHECK_EQUAL(-EINVAL, torus_groups_add(&groups, &regions, 1, ring + 16, 4));
    CHECK_EQUAL(-EFAULT, torus_groups_add(&groups, &regions, 1, ring, 512));
    CHECK_EQUAL(0, torus_groups_add(&groups, &regions, 65535, ring, 256));
    CHECK_EQUAL(-EEXIST, torus_groups_add(&groups, &regions, 65535, ring, 256));
    CHECK(torus_groups_get(&groups, 65534) == NULL);
    CHECK(torus_groups_get(&groups, 65535) != NULL);
    CHECK(torus_groups_held(&groups, &regions));
    CHECK_EQUAL(4096, torus_regions_remove(&regions, ring));
    CHECK(!torus_groups_held(&groups, &regions));
    CHECK_EQUAL(0, torus_groups_remove(&groups, 65535));
    CHECK_EQUAL(-ENOENT, torus_groups_remove(&groups, 65535));
    torus_groups_free(&groups);
    torus_regions_free(&regions);
    free(memory);
}

int main(void) {
    regions_hold_what_one_of_them_holds();
    regions_may_overlap();
    regions_agree_with_a_naive_table();
    pending_operations_are_found_and_keep_their_order();
    held_completions_come_first();
    ring_sizes_are_checked();
    groups_are_checked();
    return 0;
}
