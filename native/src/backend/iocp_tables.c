/* The tables of the completion-port backend: handles by number, operations by index and by user_data. */
#include <stdlib.h>

#include "iocp.h"

#define TABLES_BUCKETS 1024u
/* Numbers of handles are multiples of this. */
#define TABLES_HANDLE_STEP 4u

/* --- handles ------------------------------------------------------------------------------------------------------ */

int iocp_handles_open(struct iocp_handles *handles) {
    handles->chunks = calloc(IOCP_HANDLE_CHUNKS, sizeof *handles->chunks);
    return handles->chunks == NULL ? -TORUS_ENOMEM : 0;
}

void iocp_handles_close(struct iocp_handles *handles) {
    for (uint32_t i = 0; i < IOCP_HANDLE_CHUNKS; i++) {
        free(atomic_load_explicit(&handles->chunks[i], memory_order_relaxed));
    }
    free(handles->chunks);
    handles->chunks = NULL;
}

static struct iocp_handle *tables__slot(struct iocp_handles *handles, int fd) {
    uint32_t at = (uint32_t)fd / TABLES_HANDLE_STEP;
    if (fd < 0 || (uint32_t)fd % TABLES_HANDLE_STEP != 0 || at / IOCP_HANDLE_CHUNK >= IOCP_HANDLE_CHUNKS) {
        return NULL;
    }
    struct iocp_handle *chunk = atomic_load_explicit(&handles->chunks[at / IOCP_HANDLE_CHUNK], memory_order_acquire);
    return chunk == NULL ? NULL : &chunk[at % IOCP_HANDLE_CHUNK];
}

struct iocp_handle *iocp_handles_make(struct iocp_handles *handles, int fd) {
    struct iocp_handle *handle = tables__slot(handles, fd);
    uint32_t chunk = (uint32_t)fd / TABLES_HANDLE_STEP / IOCP_HANDLE_CHUNK;
    if (handle != NULL || fd < 0 || (uint32_t)fd % TABLES_HANDLE_STEP != 0 || chunk >= IOCP_HANDLE_CHUNKS) {
        return handle;
    }
    struct iocp_handle *slots = calloc(IOCP_HANDLE_CHUNK, sizeof *slots);
    if (slots == NULL) {
        return NULL;
    }
    struct iocp_handle *expected = NULL;
    /* A worker that opens a file may race with the owner: one of the two chunks wins. */
    if (!atomic_compare_exchange_strong_explicit(&handles->chunks[chunk], &expected, slots, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        free(slots);
    }
    return tables__slot(handles, fd);
}

struct iocp_handle *iocp_handles_find(struct iocp_handles *handles, int fd, enum torus_kind kind) {
    struct iocp_handle *handle = tables__slot(handles, fd);
    return handle != NULL && atomic_load_explicit(&handle->kind, memory_order_acquire) == kind ? handle : NULL;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static uint32_t *tables__bucket(const struct iocp_ops *ops, uint64_t user_data) {
    return &ops->buckets[(uint32_t)((user_data * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & ops->bucket_mask];
}

/* A new chunk, its slots on the free list. Index 0 is nobody's. */
static int tables__grow(struct iocp_ops *ops) {
    if (ops->chunk_count == IOCP_OP_CHUNKS) {
        return -TORUS_ENOBUFS;
    }
    struct iocp_op *slots = calloc(IOCP_OP_CHUNK, sizeof *slots);
    if (slots == NULL) {
        return -TORUS_ENOMEM;
    }
    uint32_t first = ops->chunk_count * IOCP_OP_CHUNK;
    ops->chunks[ops->chunk_count++] = slots;
    for (uint32_t i = IOCP_OP_CHUNK; i-- > (first == 0 ? 1u : 0u);) {
        slots[i].entry.index = first + i;
        slots[i].entry.next = ops->free;
        ops->free = first + i;
    }
    return 0;
}

/* Doubles the buckets; with no memory the chains just get longer. */
static void tables__rehash(struct iocp_ops *ops) {
    uint32_t old_size = ops->bucket_mask + 1;
    uint32_t *old = ops->buckets;
    uint32_t *buckets = calloc((size_t)old_size * 2, sizeof *buckets);
    if (buckets == NULL) {
        return;
    }
    ops->buckets = buckets;
    ops->bucket_mask = old_size * 2 - 1;
    for (uint32_t i = 0; i < old_size; i++) {
        for (uint32_t index = old[i]; index != 0;) {
            struct torus_op *entry = &iocp_ops_at(ops, index)->entry;
            uint32_t *bucket = tables__bucket(ops, entry->user_data);
            uint32_t next = entry->hash_next;
            entry->hash_next = *bucket;
            *bucket = index;
            index = next;
        }
    }
    free(old);
}

int iocp_ops_open(struct iocp_ops *ops) {
    *ops = (struct iocp_ops){.bucket_mask = TABLES_BUCKETS - 1};
    ops->chunks = calloc(IOCP_OP_CHUNKS, sizeof *ops->chunks);
    ops->buckets = calloc(TABLES_BUCKETS, sizeof *ops->buckets);
    if (ops->chunks == NULL || ops->buckets == NULL || tables__grow(ops) < 0) {
        iocp_ops_close(ops);
        return -TORUS_ENOMEM;
    }
    return 0;
}

void iocp_ops_close(struct iocp_ops *ops) {
    for (uint32_t i = 0; i < ops->chunk_count; i++) {
        free(ops->chunks[i]);
    }
    free(ops->chunks);
    free(ops->buckets);
    *ops = (struct iocp_ops){0};
}

struct iocp_op *iocp_ops_at(const struct iocp_ops *ops, uint32_t index) {
    return &ops->chunks[index / IOCP_OP_CHUNK][index % IOCP_OP_CHUNK];
}

struct iocp_op *iocp_ops_add(struct iocp_ops *ops, struct iocp_handle *handle, const struct torus_op *entry,
                             struct iocp_op *parent) {
    if (ops->free == 0 && tables__grow(ops) < 0) {
        return NULL;
    }
    if (ops->count > ops->bucket_mask) {
        tables__rehash(ops);
    }
    uint32_t index = ops->free;
    struct iocp_op *op = iocp_ops_at(ops, index);
    ops->free = op->entry.next;
    ops->count++;
    *op = (struct iocp_op){.entry = *entry, .handle = handle, .parent = parent};
    op->entry.index = index;
    if (parent == NULL) {
        uint32_t *bucket = tables__bucket(ops, entry->user_data);
        op->entry.hash_next = *bucket;
        *bucket = index;
    }
    op->entry.next = 0;
    op->entry.previous = handle->ops.last;
    if (handle->ops.last == 0) {
        handle->ops.first = index;
    } else {
        iocp_ops_at(ops, handle->ops.last)->entry.next = index;
    }
    handle->ops.last = index;
    return op;
}

void iocp_ops_unlink(struct iocp_ops *ops, struct iocp_op *op) {
    if (op->handle == NULL) {
        return;
    }
    struct torus_list *list = &op->handle->ops;
    if (op->entry.previous == 0) {
        list->first = op->entry.next;
    } else {
        iocp_ops_at(ops, op->entry.previous)->entry.next = op->entry.next;
    }
    if (op->entry.next == 0) {
        list->last = op->entry.previous;
    } else {
        iocp_ops_at(ops, op->entry.next)->entry.previous = op->entry.previous;
    }
    op->handle = NULL;
}

void iocp_ops_remove(struct iocp_ops *ops, struct iocp_op *op) {
    if (op->parent == NULL) {
        uint32_t *link = tables__bucket(ops, op->entry.user_data);
        while (*link != op->entry.index) {
            link = &iocp_ops_at(ops, *link)->entry.hash_next;
        }
        *link = op->entry.hash_next;
    }
    iocp_ops_unlink(ops, op);
    op->stage = IOCP_LISTED;
    op->entry.next = ops->free;
    ops->free = op->entry.index;
    ops->count--;
}

struct iocp_op *iocp_ops_find(const struct iocp_ops *ops, uint64_t user_data) {
    uint32_t index = *tables__bucket(ops, user_data);
    while (index != 0) {
        struct iocp_op *op = iocp_ops_at(ops, index);
        if (op->entry.user_data == user_data) {
            return op;
        }
        index = op->entry.hash_next;
    }
    return NULL;
}
