/*
 * io_uring: the ring ABI is the kernel's own, so this file only sets up, registers and enters.
 *
 *   open     io_uring_setup, mmap of both rings and the entries, an eventfd to be woken by
 *   enable   IORING_REGISTER_ENABLE_RINGS and RING_FDS on the owner's thread
 *   enter    io_uring_enter, with EXT_ARG if there is a timeout: one system call, inline as those in linux_hot.h
 *   wakeup   a write to the eventfd, which a multishot POLL_ADD in the ring watches
 *   close    munmap, close
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../os/os.h"
#include "torus/backend.h"
#include "uring_setup.h"

#define NANOS_PER_SECOND INT64_C(1000000000)

struct uring {
    struct torus_backend backend;
    struct uring_setup setup;
    int enter_fd; /* the ring's descriptor, or its index once registered */
    uint32_t enter_flags;
    int wake_fd;
    int owner_thread; /* 0 until enabled */

    unsigned char *ring;
    size_t ring_bytes;
    struct torus_sqe *entries;
    size_t entries_bytes;

    _Atomic uint32_t *sq_flags;
    _Atomic uint32_t *cq_head;
    _Atomic uint32_t *cq_tail;

    uint64_t crossings;
    uint64_t syscalls;
    atomic_uint_fast64_t wakeups;
};

/* --- opening ------------------------------------------------------------------------------------------------------ */

static int uring__map(struct uring *ring) {
    const struct uring_params *p = &ring->setup.params;
    size_t sq_bytes = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
    size_t cq_bytes = p->cq_off.cqes + p->cq_entries * sizeof(struct torus_cqe);
    ring->ring_bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
    ring->entries_bytes = p->sq_entries * sizeof(struct torus_sqe);
    int protection = PROT_READ | PROT_WRITE;
    int flags = MAP_SHARED | MAP_POPULATE;
    void *rings = mmap(NULL, ring->ring_bytes, protection, flags, ring->setup.fd, (off_t)URING_OFF_SQ_RING);
    if (rings == MAP_FAILED) {
        return -errno;
    }
    void *entries = mmap(NULL, ring->entries_bytes, protection, flags, ring->setup.fd, (off_t)URING_OFF_SQES);
    if (entries == MAP_FAILED) {
        int error = -errno;
        munmap(rings, ring->ring_bytes);
        return error;
    }
    /* A forked child must not share the rings: its copy-on-write would tear them from the kernel's. */
    madvise(rings, ring->ring_bytes, MADV_DONTFORK);
    madvise(entries, ring->entries_bytes, MADV_DONTFORK);
    ring->ring = rings;
    ring->entries = entries;
    ring->sq_flags = (_Atomic uint32_t *)(ring->ring + p->sq_off.flags);
    ring->cq_head = (_Atomic uint32_t *)(ring->ring + p->cq_off.head);
    ring->cq_tail = (_Atomic uint32_t *)(ring->ring + p->cq_off.tail);
    if ((ring->setup.params.flags & URING_SETUP_NO_SQARRAY) == 0) {
        /* Filled once with 0, 1, 2 …, so that entries are taken in order everywhere. */
        uint32_t *array = (uint32_t *)(ring->ring + p->sq_off.array);
        for (uint32_t i = 0; i < p->sq_entries; i++) {
            array[i] = i;
        }
    }
    return 0;
}

static int uring__open(const struct torus_config *config, struct torus_backend **out, char *reason, size_t size) {
    struct uring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) {
        return torus_fail(reason, size, ENOMEM, "out of memory");
    }
    ring->backend.ops = &torus_uring;
    int result = uring_set_up(config, &ring->setup, reason, size);
    if (result < 0) {
        goto free_ring;
    }
    ring->enter_fd = ring->setup.fd;
    if ((ring->setup.params.features & URING_FEAT_NO_IOWAIT) != 0) {
        ring->enter_flags |= URING_ENTER_NO_IOWAIT; /* waiting for a socket is idling, not waiting for a disk */
    }
    ring->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ring->wake_fd < 0) {
        result = torus_fail(reason, size, errno, "eventfd: %s", strerror(errno));
        goto close_ring;
    }
    result = uring__map(ring);
    if (result < 0) {
        torus_fail(reason, size, -result, "the rings cannot be mapped: %s", strerror(-result));
        goto close_wake;
    }
    *out = &ring->backend;
    return 0;

close_wake:
    close(ring->wake_fd);
close_ring:
    close(ring->setup.fd);
free_ring:
    free(ring);
    return result;
}

static void uring__close(struct torus_backend *backend) {
    struct uring *ring = (struct uring *)backend;
    if ((ring->enter_flags & URING_ENTER_REGISTERED_RING) != 0) {
        struct uring_rsrc_update update = {.offset = (uint32_t)ring->enter_fd};
        uring_register(ring->setup.fd, URING_UNREGISTER_RING_FDS, &update, 1);
    }
    munmap(ring->entries, ring->entries_bytes);
    munmap(ring->ring, ring->ring_bytes);
    close(ring->setup.fd);
    close(ring->wake_fd);
    free(ring);
}

static void uring__describe(struct torus_backend *backend, char *text, size_t size) {
    struct uring *ring = (struct uring *)backend;
    struct utsname name;
    snprintf(text, size, "io_uring, Linux %s, sq %u, cq %u", uname(&name) == 0 ? name.release : "?",
             ring->setup.params.sq_entries, ring->setup.params.cq_entries);
    uring_describe_setup(&ring->setup, text, size);
}

static uint64_t uring__operations(struct torus_backend *backend) {
    return ((struct uring *)backend)->setup.operations;
}

static void uring__layout(struct torus_backend *backend, struct torus_layout *out) {
    struct uring *ring = (struct uring *)backend;
    const struct uring_params *p = &ring->setup.params;
    out->sq_ring = ring->ring;
    out->sq_ring_bytes = ring->ring_bytes;
    out->cq_ring = ring->ring;
    out->cq_ring_bytes = ring->ring_bytes;
    out->entries = ring->entries;
    out->sq_head = (int32_t)p->sq_off.head;
    out->sq_tail = (int32_t)p->sq_off.tail;
    out->sq_flags = (int32_t)p->sq_off.flags;
    out->sq_array = -1;
    out->cq_head = (int32_t)p->cq_off.head;
    out->cq_tail = (int32_t)p->cq_off.tail;
    out->cq_entries_offset = (int32_t)p->cq_off.cqes;
    out->sq_entries = p->sq_entries;
    out->cq_entries = p->cq_entries;
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static int uring__enable(struct torus_backend *backend) {
    struct uring *ring = (struct uring *)backend;
    int result = uring_register(ring->setup.fd, URING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (result < 0) {
        return result;
    }
    /* Saves the kernel looking the descriptor up at each enter; belongs to this thread. Going without is no failure. */
    ring->owner_thread = (int)syscall(SYS_gettid); /* gettid() is no function of older C libraries */
    struct uring_rsrc_update update = {.offset = UINT32_MAX, .data = (uint64_t)ring->setup.fd};
    if (uring_register(ring->setup.fd, URING_REGISTER_RING_FDS, &update, 1) == 1) {
        ring->enter_fd = (int)update.offset;
        ring->enter_flags |= URING_ENTER_REGISTERED_RING;
    }
    return 0;
}

static int uring__arm_wakeup(struct torus_backend *backend, struct torus_sqe *entry) {
    struct uring *ring = (struct uring *)backend;
    memset(entry, 0, sizeof *entry);
    entry->opcode = TORUS_OP_POLL_ADD;
    entry->fd = ring->wake_fd;
    entry->len = TORUS_POLL_ADD_MULTI;
    entry->op_flags = TORUS_POLLIN;
    entry->user_data = TORUS_USER_DATA_WAKE;
    return 1;
}

static bool uring__cq_empty(struct uring *ring) {
    /* The head is the owner's own; the tail pairs with the kernel's release. */
    return atomic_load_explicit(ring->cq_tail, memory_order_acquire) ==
           atomic_load_explicit(ring->cq_head, memory_order_relaxed);
}

static int64_t uring__now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

static inline int uring__syscall(struct uring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    uint32_t flags = ring->enter_flags | URING_ENTER_GETEVENTS;
    ring->syscalls++;
    if (timeout_ns <= 0) { /* nothing for the kernel to fetch and check */
        return (int)os_system_call(URING_SYS_ENTER, ring->enter_fd, to_submit, min_complete, flags, 0, 0);
    }
    struct uring_timespec timespec = {timeout_ns / NANOS_PER_SECOND, timeout_ns % NANOS_PER_SECOND};
    struct uring_getevents_arg argument = {.timespec = (uint64_t)(uintptr_t)&timespec};
    return (int)os_system_call(URING_SYS_ENTER, ring->enter_fd, to_submit, min_complete, flags | URING_ENTER_EXT_ARG,
                               (long)&argument, sizeof argument);
}

/* With nothing to submit and nothing announced by the kernel a poll needs no system call. */
static bool uring__nothing_to_poll(struct uring *ring) {
    return (ring->setup.params.flags & URING_SETUP_TASKRUN_FLAG) != 0 &&
           (atomic_load_explicit(ring->sq_flags, memory_order_acquire) & (URING_SQ_CQ_OVERFLOW | URING_SQ_TASKRUN)) ==
               0;
}

static int uring__enter(struct torus_backend *backend, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    struct uring *ring = (struct uring *)backend;
    ring->crossings++;
    if (min_complete == 0 || timeout_ns == 0) {
        if (to_submit == 0 && uring__nothing_to_poll(ring)) {
            return 0;
        }
        int result;
        do {
            result = uring__syscall(ring, to_submit, 0, 0);
        } while (result == -EINTR);
        return result;
    }
    int64_t deadline = timeout_ns > 0 ? uring__now() + timeout_ns : 0;
    uint32_t consumed = 0;
    for (;;) {
        int result = uring__syscall(ring, to_submit - consumed, 1, timeout_ns);
        if (result < 0 && result != -EINTR && result != -ETIME) {
            return consumed > 0 ? (int)consumed : result;
        }
        consumed += result > 0 ? (uint32_t)result : 0;
        /* The count of what was consumed hides how the wait ended, so look; a refused rest is the caller's to see. */
        if (result == -ETIME || !uring__cq_empty(ring) || (result >= 0 && consumed < to_submit)) {
            return (int)consumed;
        }
        if (timeout_ns > 0) {
            timeout_ns = deadline - uring__now();
            if (timeout_ns <= 0) {
                return (int)consumed;
            }
        }
    }
}

static void uring__wakeup(struct torus_backend *backend) {
    struct uring *ring = (struct uring *)backend;
    uint64_t one = 1;
    atomic_fetch_add_explicit(&ring->wakeups, 1, memory_order_relaxed);
    while (write(ring->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

/* --- memory and descriptors: the kernel checks them itself ---------------------------------------------------------
 */

static int uring__register_region(struct torus_backend *backend, uint64_t address, uint64_t bytes) {
    (void)backend;
    return address == 0 || bytes == 0 ? -EINVAL : 0;
}

static int uring__unregister_region(struct torus_backend *backend, uint64_t address) {
    (void)backend;
    return address == 0 ? -EINVAL : 0;
}

static int uring__register_buffers(struct torus_backend *backend, uint32_t group, uint64_t address, uint32_t entries) {
    if (group > UINT16_MAX) {
        return -EINVAL;
    }
    struct uring_buf_reg reg = {.ring_addr = address, .ring_entries = entries, .group = (uint16_t)group};
    return uring_register(((struct uring *)backend)->setup.fd, URING_REGISTER_PBUF_RING, &reg, 1);
}

static int uring__unregister_buffers(struct torus_backend *backend, uint32_t group) {
    if (group > UINT16_MAX) {
        return -EINVAL;
    }
    struct uring_buf_reg reg = {.group = (uint16_t)group};
    return uring_register(((struct uring *)backend)->setup.fd, URING_UNREGISTER_PBUF_RING, &reg, 1);
}

static int uring__attach(struct torus_backend *backend, int fd, enum torus_kind kind) {
    (void)backend;
    (void)kind;
    return fd;
}

static int uring__detach(struct torus_backend *backend, int fd, enum torus_kind kind) {
    (void)backend;
    (void)kind;
    return fd < 0 ? -EBADF : 0;
}

static uint64_t uring__counter(struct torus_backend *backend, enum torus_counter counter) {
    struct uring *ring = (struct uring *)backend;
    uint64_t wakeups = atomic_load_explicit(&ring->wakeups, memory_order_relaxed);
    switch (counter) {
        case TORUS_COUNT_CROSSINGS:
            return ring->crossings;
        case TORUS_COUNT_SYSCALLS:
            return ring->syscalls + wakeups;
        case TORUS_COUNT_WAKEUPS:
            return wakeups;
        case TORUS_COUNT_SYSTEM_WORKERS:
            return uring_workers(ring->owner_thread);
        default:
            return 0; /* what the kernel transfers by itself is seen by the reader of the completions only */
    }
}

const struct torus_backend_ops torus_uring = {
    .name = "io_uring",
    .nonblocking = false,
    .available = uring_try,
    .open = uring__open,
    .close = uring__close,
    .describe = uring__describe,
    .operations = uring__operations,
    .layout = uring__layout,
    .enable = uring__enable,
    .arm_wakeup = uring__arm_wakeup,
    .enter = uring__enter,
    .wakeup = uring__wakeup,
    .register_region = uring__register_region,
    .unregister_region = uring__unregister_region,
    .register_buffers = uring__register_buffers,
    .unregister_buffers = uring__unregister_buffers,
    .attach = uring__attach,
    .detach = uring__detach,
    .counter = uring__counter,
};
