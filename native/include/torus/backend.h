/*
 * The contract between the glue above and a backend below. A backend is one of these tables and one struct whose first
 * member is a struct torus_backend.
 *
 * Every function answers a value >= 0 or -errno in Linux numbering. One thread, the owner, calls them all; the
 * exceptions are wakeup(), and attach() and detach() of file descriptors. The caller guarantees that no other thread is
 * inside one of those when close() is called.
 */
#ifndef TORUS_BACKEND_H
#define TORUS_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "torus/ring.h"

/* Where the rings lie; the fields are those of dev.torus.kernel.spi.Rings. Offsets are in bytes, -1 = not there. */
struct torus_layout {
    void *sq_ring;
    size_t sq_ring_bytes;
    void *cq_ring;
    size_t cq_ring_bytes;
    struct torus_sqe *entries;
    int32_t sq_head;
    int32_t sq_tail;
    int32_t sq_flags;
    int32_t sq_array;
    int32_t cq_head;
    int32_t cq_tail;
    int32_t cq_entries_offset;
    uint32_t sq_entries;
    uint32_t cq_entries;
};

/* Both powers of two, cq_entries >= 2 * sq_entries. */
struct torus_config {
    uint32_t sq_entries;
    uint32_t cq_entries;
};

/* In the order of dev.torus.kernel.spi.Backend.Counter. */
enum torus_counter {
    TORUS_COUNT_CROSSINGS,
    TORUS_COUNT_SYSCALLS,
    TORUS_COUNT_WOULD_BLOCK,
    TORUS_COUNT_WAKEUPS,
    TORUS_COUNT_BYTES_IN,
    TORUS_COUNT_BYTES_OUT,
    TORUS_COUNT_SYSTEM_WORKERS, /* threads there are now, not a sum */
    TORUS_COUNTERS
};

/* What a descriptor that becomes known is. */
enum torus_kind {
    TORUS_KIND_NONE,
    TORUS_KIND_SOCKET,
    TORUS_KIND_FILE,
    TORUS_KIND_PIPE, /* an end of a named pipe of Windows; from then on it is known as a socket */
};

struct torus_backend {
    const struct torus_backend_ops *ops;
};

struct torus_backend_ops {
    const char *name;

    /* Sockets are made non-blocking. io_uring wants them blocking: it waits by itself, and O_NONBLOCK forbids it to. */
    bool nonblocking;

    /* 0 if open() can work here; otherwise -errno and a sentence for people in `reason`. */
    int (*available)(char *reason, size_t size);

    /* On failure -errno and a sentence in `reason`. */
    int (*open)(const struct torus_config *config, struct torus_backend **out, char *reason, size_t size);

    void (*close)(struct torus_backend *backend);

    /* One line for people. */
    void (*describe)(struct torus_backend *backend, char *text, size_t size);

    /* Bit n: the ring performs opcode n. */
    uint64_t (*operations)(struct torus_backend *backend);

    void (*layout)(struct torus_backend *backend, struct torus_layout *out);

    /* Binds the ring to the calling thread. */
    int (*enable)(struct torus_backend *backend);

    /* Writes the entry that keeps the wake-up armed: 1; 0 if none is needed. */
    int (*arm_wakeup)(struct torus_backend *backend, struct torus_sqe *entry);

    /* Consumes entries, then waits; returns the number consumed. timeout_ns < 0 waits for ever. See Backend.enter. */
    int (*enter)(struct torus_backend *backend, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns);

    /* Any thread. */
    void (*wakeup)(struct torus_backend *backend);

    /* Makes [address, address + bytes) known; what entries add their offset to is the address itself. */
    int (*register_region)(struct torus_backend *backend, uint64_t address, uint64_t bytes);
    int (*unregister_region)(struct torus_backend *backend, uint64_t address);

    int (*register_buffers)(struct torus_backend *backend, uint32_t group, uint64_t ring, uint32_t entries);
    int (*unregister_buffers)(struct torus_backend *backend, uint32_t group);

    /* Makes a descriptor known; the descriptor to use from now on, or -errno. Files: any thread. */
    int (*attach)(struct torus_backend *backend, int fd, enum torus_kind kind);

    /* Forgets a descriptor just before it is closed; -EBADF if it is not known as one of that kind. Files: any thread.
     */
    int (*detach)(struct torus_backend *backend, int fd, enum torus_kind kind);

    uint64_t (*counter)(struct torus_backend *backend, enum torus_counter counter);
};

/* What a build for its platform has. */
extern const struct torus_backend_ops torus_uring;
extern const struct torus_backend_ops torus_epoll;
extern const struct torus_backend_ops torus_iocp;
extern const struct torus_backend_ops torus_kqueue;

/* The backend of that name, NULL if this build has none. */
const struct torus_backend_ops *torus_backend_named(const char *name);

/* Puts a formatted sentence into `reason` and returns -code. */
int torus_fail(char *reason, size_t size, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

#endif
