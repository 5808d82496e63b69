#include "pending.h"

#include <stddef.h>
#include <stdlib.h>

#include "../os/os.h"
#include "torus/errno.h"

#define PENDING_BUCKETS 1024u

static uint32_t pending__bucket(const struct torus_pending *pending, uint64_t user_data) {
    return (uint32_t)((user_data * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & pending->bucket_mask;
}

/* A new chunk, its slots on the free list. Index 0 is nobody's. */
static int pending__grow(struct torus_pending *pending) {
    if (pending->chunk_count == TORUS_OP_CHUNKS) {
        return -TORUS_ENOBUFS;
    }
    struct torus_op *slots = os_lines(TORUS_OP_CHUNK * sizeof *slots);
    if (slots == NULL) {
        return -TORUS_ENOMEM;
    }
    uint32_t first = pending->chunk_count * TORUS_OP_CHUNK;
    pending->chunks[pending->chunk_count++] = slots;
    for (uint32_t i = TORUS_OP_CHUNK; i-- > (first == 0 ? 1u : 0u);) {
        slots[i].index = first + i;
        slots[i].next = pending->free;
        pending->free = first + i;
    }
    return 0;
}

/* Doubles the buckets; with no memory the chains just get longer. */
static void pending__rehash(struct torus_pending *pending) {
    uint32_t size = (pending->bucket_mask + 1) * 2;
    uint32_t *buckets = calloc(size, sizeof *buckets);
    if (buckets == NULL) {
        return;
    }
    uint32_t *old = pending->buckets;
    uint32_t old_size = pending->bucket_mask + 1;
    pending->buckets = buckets;
    pending->bucket_mask = size - 1;
    for (uint32_t i = 0; i < old_size; i++) {
        for (uint32_t index = old[i]; index != 0;) {
            struct torus_op *op = torus_pending_at(pending, index);
            uint32_t *bucket = &buckets[pending__bucket(pending, op->user_data)];
            uint32_t next = op->hash_next;
            op->hash_next = *bucket;
            *bucket = index;
            index = next;
        }
    }
    free(old);
}

int torus_pending_open(struct torus_pending *pending) {
    *pending = (struct torus_pending){.bucket_mask = PENDING_BUCKETS - 1};
    pending->chunks = calloc(TORUS_OP_CHUNKS, sizeof *pending->chunks);
    pending->buckets = calloc(PENDING_BUCKETS, sizeof *pending->buckets);
    if (pending->chunks == NULL || pending->buckets == NULL || pending__grow(pending) < 0) {
        torus_pending_close(pending);
        return -TORUS_ENOMEM;
    }
    return 0;
}

void torus_pending_close(struct torus_pending *pending) {
    for (uint32_t i = 0; i < pending->chunk_count; i++) {
        free(pending->chunks[i]);
    }
    free(pending->chunks);
    free(pending->buckets);
    *pending = (struct torus_pending){0};
}

struct torus_op *torus_pending_add(struct torus_pending *pending, struct torus_handle *handle,
                                   const struct torus_op *op) {
    if (pending->free == 0 && pending__grow(pending) < 0) {
        return NULL;
    }
    if (pending->count > pending->bucket_mask) {
        pending__rehash(pending);
    }
    uint32_t index = pending->free;
    struct torus_op *slot = torus_pending_at(pending, index);
    pending->free = slot->next;
    pending->count++;
    *slot = *op;
    slot->index = index;
    uint32_t *bucket = &pending->buckets[pending__bucket(pending, op->user_data)];
    slot->hash_next = *bucket;
    *bucket = index;
    struct torus_list *list = &handle->lists[op->side];
    slot->next = 0;
    slot->previous = list->last;
    if (list->last == 0) {
        list->first = index;
    } else {
        torus_pending_at(pending, list->last)->next = index;
    }
    list->last = index;
    return slot;
}

void torus_pending_remove(struct torus_pending *pending, struct torus_handle *handle, struct torus_op *op) {
    uint32_t *link = &pending->buckets[pending__bucket(pending, op->user_data)];
    while (*link != op->index) {
        link = &torus_pending_at(pending, *link)->hash_next;
    }
    *link = op->hash_next;
    struct torus_list *list = &handle->lists[op->side];
    if (op->previous == 0) {
        list->first = op->next;
    } else {
        torus_pending_at(pending, op->previous)->next = op->next;
    }
    if (op->next == 0) {
        list->last = op->previous;
    } else {
        torus_pending_at(pending, op->next)->previous = op->previous;
    }
    op->next = pending->free;
    pending->free = op->index;
    pending->count--;
}

struct torus_op *torus_pending_find(const struct torus_pending *pending, uint64_t user_data) {
    uint32_t index = pending->buckets[pending__bucket(pending, user_data)];
    while (index != 0) {
        struct torus_op *op = torus_pending_at(pending, index);
        if (op->user_data == user_data) {
            return op;
        }
        index = op->hash_next;
    }
    return NULL;
}
