/* The contract of a backend in C: a table of functions over one open ring. Results are values or -errno. */
#ifndef TORUS_BACKEND_H
#define TORUS_BACKEND_H

#include "torus/ring.h"

/* What Java needs to work on the rings: addresses, sizes, and offsets in bytes. Offsets are -1 where there is none. */
struct torus_layout {
    void *sq_ring;
    size_t sq_ring_bytes;
    void *sqes;
    size_t sqes_bytes;
    void *cq_ring;
    size_t cq_ring_bytes;
    int32_t sq_head, sq_tail, sq_flags, sq_array, sq_entries;
    int32_t cq_head, cq_tail, cq_entries_at, cq_entries;
};

enum torus_counter {
    TORUS_COUNT_CROSSINGS,
    TORUS_COUNT_SYSCALLS,
    TORUS_COUNT_WOULD_BLOCK,
    TORUS_COUNT_WAKEUPS,
    TORUS_COUNT_BYTES_IN,
    TORUS_COUNT_BYTES_OUT,
    TORUS_COUNTERS
};

struct torus_ring;

struct torus_backend {
    const char *name;
    /* 0, or -errno with the reason in why */
    int (*open)(uint32_t sq_entries, uint32_t cq_entries, struct torus_ring **ring, char *why, size_t why_bytes);
    void (*layout)(const struct torus_ring *ring, struct torus_layout *out);
    int (*supports)(const struct torus_ring *ring, int opcode);
    int (*enable)(struct torus_ring *ring);
    /* 1 if it wrote the entry that keeps the wake-up armed, 0 if it needs none */
    int (*arm_wakeup)(struct torus_ring *ring, struct torus_sqe *entry);
    int (*enter)(struct torus_ring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns);
    /* the only function that other threads may call */
    int (*wakeup)(struct torus_ring *ring);
    int (*register_region)(struct torus_ring *ring, uint64_t addr, uint64_t bytes);
    int (*unregister_region)(struct torus_ring *ring, uint64_t addr);
    int (*register_buffers)(struct torus_ring *ring, uint16_t group, uint64_t ring_addr, uint32_t entries);
    int (*unregister_buffers)(struct torus_ring *ring, uint16_t group);
    /* a descriptor that was made outside of the ring belongs to it from now on, or no longer */
    int (*own)(struct torus_ring *ring, int fd);
    int (*disown)(struct torus_ring *ring, int fd);
    uint64_t (*counter)(const struct torus_ring *ring, int counter);
    void (*close)(struct torus_ring *ring);
};

extern const struct torus_backend torus_uring;
extern const struct torus_backend torus_epoll;
extern const struct torus_backend torus_kqueue;
extern const struct torus_backend torus_iocp;

#endif
