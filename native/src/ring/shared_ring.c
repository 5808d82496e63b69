#include "shared_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
/* Below this much known room, look again how far Java has read. */
#define LOW 64u

int shared_ring_open(struct shared_ring *ring, uint32_t sq_entries, uint32_t cq_entries) {
    memset(ring, 0, sizeof *ring);
    size_t sqes_bytes = sq_entries * sizeof(struct torus_sqe);
    size_t bytes = PAGE + sqes_bytes + cq_entries * sizeof(struct torus_cqe);
    bytes = (bytes + PAGE - 1) / PAGE * PAGE;
#if defined(_WIN32)
    char *memory = _aligned_malloc(bytes, PAGE);
#else
    char *memory = aligned_alloc(PAGE, bytes);
#endif
    if (memory == NULL) {
        return -ENOMEM;
    }
    memset(memory, 0, bytes);
    ring->words = (struct shared_ring_words *)(void *)memory;
    ring->sqes = (struct torus_sqe *)(void *)(memory + PAGE);
    ring->cqes = (struct torus_cqe *)(void *)(memory + PAGE + sqes_bytes);
    ring->bytes = bytes;
    ring->sq_entries = sq_entries;
    ring->cq_entries = cq_entries;
    return 0;
}

void shared_ring_close(struct shared_ring *ring) {
    free(ring->overflow);
#if defined(_WIN32)
    _aligned_free(ring->words);
#else
    free(ring->words);
#endif
}

void shared_ring_layout(const struct shared_ring *ring, struct torus_layout *out) {
    *out = (struct torus_layout){
        .sq_ring = ring->words,
        .sq_ring_bytes = ring->bytes,
        .sqes = ring->sqes,
        .sqes_bytes = ring->sq_entries * sizeof(struct torus_sqe),
        .cq_ring = ring->words,
        .cq_ring_bytes = ring->bytes,
        .sq_head = offsetof(struct shared_ring_words, sq_head),
        .sq_tail = offsetof(struct shared_ring_words, sq_tail),
        .sq_flags = -1,
        .sq_array = -1,
        .sq_entries = (int32_t)ring->sq_entries,
        .cq_head = offsetof(struct shared_ring_words, cq_head),
        .cq_tail = offsetof(struct shared_ring_words, cq_tail),
        .cq_entries_at = (int32_t)((const char *)ring->cqes - (const char *)ring->words),
        .cq_entries = (int32_t)ring->cq_entries,
    };
}

int shared_ring_take(struct shared_ring *ring, struct torus_sqe *entry) {
    /* acquire: pairs with Java's release of the tail; the entry is complete */
    if (ring->sq_head == atomic_load_explicit(&ring->words->sq_tail, memory_order_acquire)) {
        return 0;
    }
    *entry = ring->sqes[ring->sq_head++ & (ring->sq_entries - 1)];
    return 1;
}

void shared_ring_taken(struct shared_ring *ring) {
    /* release: pairs with Java's acquire of the head; the entry was copied before Java may overwrite it */
    atomic_store_explicit(&ring->words->sq_head, ring->sq_head, memory_order_release);
}

static uint32_t shared_ring__free(struct shared_ring *ring) {
    uint32_t room = ring->cq_entries - (ring->cq_tail - ring->cq_head_seen);
    if (room <= LOW) {
        /* acquire: pairs with Java's release of the head; the entry was read before it is overwritten */
        ring->cq_head_seen = atomic_load_explicit(&ring->words->cq_head, memory_order_acquire);
        room = ring->cq_entries - (ring->cq_tail - ring->cq_head_seen);
    }
    /* Java alone writes the head; whatever stands there must not lead outside of the ring */
    return room > ring->cq_entries ? 0 : room;
}

static void shared_ring__put(struct shared_ring *ring, const struct torus_cqe *cqe) {
    ring->cqes[ring->cq_tail++ & (ring->cq_entries - 1)] = *cqe;
}

static int shared_ring__overflow(struct shared_ring *ring, const struct torus_cqe *cqe) {
    if (ring->overflow_head + ring->overflow_count == ring->overflow_room) {
        if (ring->overflow_head > 0) {
            memmove(ring->overflow, ring->overflow + ring->overflow_head, ring->overflow_count * sizeof *cqe);
        } else {
            uint32_t room = ring->overflow_room == 0 ? 64 : 2 * ring->overflow_room;
            struct torus_cqe *larger = realloc(ring->overflow, room * sizeof *cqe);
            if (larger == NULL) {
                return -ENOMEM;
            }
            ring->overflow = larger;
            ring->overflow_room = room;
        }
        ring->overflow_head = 0;
    }
    ring->overflow[ring->overflow_head + ring->overflow_count++] = *cqe;
    return 0;
}

int shared_ring_complete(struct shared_ring *ring, uint64_t user_data, int32_t res, uint32_t flags) {
    struct torus_cqe cqe = {.user_data = user_data, .res = res, .flags = flags};
    if (ring->overflow_count != 0 || shared_ring__free(ring) == 0) {
        return shared_ring__overflow(ring, &cqe);
    }
    shared_ring__put(ring, &cqe);
    return 0;
}

uint32_t shared_ring_space(struct shared_ring *ring) {
    return ring->overflow_count != 0 ? 0 : shared_ring__free(ring);
}

void shared_ring_flush(struct shared_ring *ring) {
    while (ring->overflow_count != 0 && shared_ring__free(ring) != 0) {
        shared_ring__put(ring, &ring->overflow[ring->overflow_head++]);
        ring->overflow_count--;
    }
    if (ring->overflow_count == 0) {
        ring->overflow_head = 0;
    }
}

int shared_ring_publish(struct shared_ring *ring) {
    /* release: pairs with Java's acquire of the tail; entries below it are complete */
    atomic_store_explicit(&ring->words->cq_tail, ring->cq_tail, memory_order_release);
    return ring->cq_tail != atomic_load_explicit(&ring->words->cq_head, memory_order_acquire);
}
