/*
 * io_uring: the ring ABI is the kernel's own, so this file only sets up, registers and enters.
 *
 *   open     io_uring_setup, mmap of both rings and the entries, an eventfd to be woken by
 *   enable   IORING_REGISTER_ENABLE_RINGS and RING_FDS on the owner's thread
 *   enter    io_uring_enter with EXT_ARG for the timeout: one system call
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
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "torus/backend.h"
#include "uring_abi.h"

/* The oldest Linux with everything that is used here (DEFER_TASKRUN); older ones also have bugs we do not work around.
 */
#define URING_FLOOR_MAJOR 6
#define URING_FLOOR_MINOR 1

#define NANOS_PER_SECOND INT64_C(1000000000)

struct uring {
    struct torus_backend backend;
    int ring_fd;
    int enter_fd; /* ring_fd, or its index once registered */
    uint32_t enter_flags;
    uint32_t setup_flags;
    int wake_fd;
    uint64_t operations;

    unsigned char *ring;
    size_t ring_bytes;
    struct torus_sqe *entries;
    size_t entries_bytes;
    struct uring_params params;

    _Atomic uint32_t *sq_flags;
    _Atomic uint32_t *cq_head;
    _Atomic uint32_t *cq_tail;

    uint64_t crossings;
    uint64_t syscalls;
    atomic_uint_fast64_t wakeups;
};

static int uring__register(int fd, unsigned opcode, void *argument, unsigned count) {
    long result = syscall(URING_SYS_REGISTER, fd, opcode, argument, count);
    return result < 0 ? -errno : (int)result;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* Least important first: what an older kernel refuses is left out from the front. */
static const struct {
    uint32_t flags;
    const char *name;
} uring__optional[] = {
    {URING_SETUP_NO_SQARRAY, "NO_SQARRAY"},
    {URING_SETUP_DEFER_TASKRUN | URING_SETUP_TASKRUN_FLAG, "DEFER_TASKRUN"},
    {URING_SETUP_SINGLE_ISSUER, "SINGLE_ISSUER"},
    {URING_SETUP_SUBMIT_ALL, "SUBMIT_ALL"},
};
#define URING_OPTIONAL (sizeof uring__optional / sizeof uring__optional[0])

/* Returns the descriptor and leaves what was accepted in `params`, or -errno. */
static int uring__setup(const struct torus_config *config, struct uring_params *params) {
    uint32_t flags = URING_SETUP_CQSIZE | URING_SETUP_CLAMP | URING_SETUP_R_DISABLED;
    for (size_t i = 0; i < URING_OPTIONAL; i++) {
        flags |= uring__optional[i].flags;
    }
    for (size_t given_up = 0;; given_up++) {
        memset(params, 0, sizeof *params);
        params->flags = flags;
        params->cq_entries = config->cq_entries;
        long fd = syscall(URING_SYS_SETUP, config->sq_entries, params);
        if (fd >= 0) {
            return (int)fd;
        }
        if (errno != EINVAL || given_up == URING_OPTIONAL) {
            return -errno;
        }
        flags &= ~uring__optional[given_up].flags;
    }
}

static bool uring__disabled_by_sysctl(void) {
    FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (file == NULL) {
        return false;
    }
    int level = 0;
    int fields = fscanf(file, "%d", &level);
    fclose(file);
    return fields == 1 && level > 0;
}

static int uring__explain(int error, char *reason, size_t size) {
    switch (error) {
        case ENOSYS:
            return torus_fail(reason, size, error, "this kernel has no io_uring (io_uring_setup: ENOSYS)");
        case EPERM:
            if (uring__disabled_by_sysctl()) {
                return torus_fail(reason, size, error,
                                  "io_uring is switched off by the sysctl kernel.io_uring_disabled");
            }
            return torus_fail(reason, size, error,
                              "io_uring_setup is not permitted: a seccomp filter, as containers have");
        case EACCES:
            return torus_fail(reason, size, error, "io_uring_setup is not permitted by a security module");
        case ENOMEM:
            return torus_fail(reason, size, error, "not enough lockable memory for the rings (ulimit -l)");
        case EMFILE:
        case ENFILE:
            return torus_fail(reason, size, error, "no descriptor left for io_uring (ulimit -n)");
        default:
            return torus_fail(reason, size, error, "io_uring_setup: %s", strerror(error));
    }
}

static int uring__check_kernel(char *reason, size_t size) {
    struct utsname name;
    int major = 0;
    int minor = 0;
    if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
        return torus_fail(reason, size, ENOSYS, "the version of the kernel cannot be found out");
    }
    if (major < URING_FLOOR_MAJOR || (major == URING_FLOOR_MAJOR && minor < URING_FLOOR_MINOR)) {
        return torus_fail(reason, size, ENOSYS, "kernel %d.%d is older than %d.%d", major, minor, URING_FLOOR_MAJOR,
                          URING_FLOOR_MINOR);
    }
    return 0;
}

static int uring__available(char *reason, size_t size) {
    int result = uring__check_kernel(reason, size);
    if (result < 0) {
        return result;
    }
    struct torus_config smallest = {2, 4};
    struct uring_params params;
    int fd = uring__setup(&smallest, &params);
    if (fd < 0) {
        return uring__explain(-fd, reason, size);
    }
    close(fd);
    uint32_t needed = URING_FEAT_SINGLE_MMAP | URING_FEAT_NODROP | URING_FEAT_EXT_ARG;
    if ((params.features & needed) != needed) {
        return torus_fail(reason, size, ENOSYS, "this io_uring lacks SINGLE_MMAP, NODROP or EXT_ARG");
    }
    return 0;
}

static int uring__map(struct uring *ring) {
    const struct uring_params *p = &ring->params;
    size_t sq_bytes = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
    size_t cq_bytes = p->cq_off.cqes + p->cq_entries * sizeof(struct torus_cqe);
    ring->ring_bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
    ring->entries_bytes = p->sq_entries * sizeof(struct torus_sqe);
    int protection = PROT_READ | PROT_WRITE;
    int flags = MAP_SHARED | MAP_POPULATE;
    void *rings = mmap(NULL, ring->ring_bytes, protection, flags, ring->ring_fd, (off_t)URING_OFF_SQ_RING);
    if (rings == MAP_FAILED) {
        return -errno;
    }
    void *entries = mmap(NULL, ring->entries_bytes, protection, flags, ring->ring_fd, (off_t)URING_OFF_SQES);
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
    if ((ring->setup_flags & URING_SETUP_NO_SQARRAY) == 0) {
        /* Filled once with 0, 1, 2 …, so that entries are taken in order everywhere. */
        uint32_t *array = (uint32_t *)(ring->ring + p->sq_off.array);
        for (uint32_t i = 0; i < p->sq_entries; i++) {
            array[i] = i;
        }
    }
    return 0;
}

static void uring__probe(struct uring *ring) {
    struct uring_probe probe;
    memset(&probe, 0, sizeof probe);
    if (uring__register(ring->ring_fd, URING_REGISTER_PROBE, &probe, URING_PROBE_OPS) < 0) {
        return;
    }
    for (unsigned i = 0; i < probe.ops_length && i < URING_PROBE_OPS; i++) {
        if ((probe.ops[i].flags & URING_OP_SUPPORTED) != 0 && probe.ops[i].op < 64) {
            ring->operations |= UINT64_C(1) << probe.ops[i].op;
        }
    }
    ring->operations &= TORUS_ALL_OPERATIONS;
}

static int uring__open(const struct torus_config *config, struct torus_backend **out, char *reason, size_t size) {
    int result = uring__check_kernel(reason, size);
    if (result < 0) {
        return result;
    }
    struct uring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) {
        return torus_fail(reason, size, ENOMEM, "out of memory");
    }
    ring->backend.ops = &torus_uring;
    ring->ring_fd = uring__setup(config, &ring->params);
    if (ring->ring_fd < 0) {
        result = uring__explain(-ring->ring_fd, reason, size);
        goto free_ring;
    }
    ring->enter_fd = ring->ring_fd;
    ring->setup_flags = ring->params.flags;
    if ((ring->params.features & URING_FEAT_NO_IOWAIT) != 0) {
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
    uring__probe(ring);
    *out = &ring->backend;
    return 0;

close_wake:
    close(ring->wake_fd);
close_ring:
    close(ring->ring_fd);
free_ring:
    free(ring);
    return result;
}

static void uring__close(struct torus_backend *backend) {
    struct uring *ring = (struct uring *)backend;
    if ((ring->enter_flags & URING_ENTER_REGISTERED_RING) != 0) {
        struct uring_rsrc_update update = {.offset = (uint32_t)ring->enter_fd};
        uring__register(ring->ring_fd, URING_UNREGISTER_RING_FDS, &update, 1);
    }
    munmap(ring->entries, ring->entries_bytes);
    munmap(ring->ring, ring->ring_bytes);
    close(ring->ring_fd);
    close(ring->wake_fd);
    free(ring);
}

static void uring__describe(struct torus_backend *backend, char *text, size_t size) {
    struct uring *ring = (struct uring *)backend;
    struct utsname name;
    int used = snprintf(text, size, "io_uring, Linux %s, sq %u, cq %u", uname(&name) == 0 ? name.release : "?",
                        ring->params.sq_entries, ring->params.cq_entries);
    for (size_t i = 0; i < URING_OPTIONAL && used > 0 && (size_t)used < size; i++) {
        bool on = (ring->setup_flags & uring__optional[i].flags) == uring__optional[i].flags;
        used += snprintf(text + used, size - (size_t)used, ", %s%s", on ? "" : "no ", uring__optional[i].name);
    }
}

static uint64_t uring__operations(struct torus_backend *backend) {
    return ((struct uring *)backend)->operations;
}

static void uring__layout(struct torus_backend *backend, struct torus_layout *out) {
    struct uring *ring = (struct uring *)backend;
    const struct uring_params *p = &ring->params;
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
    int result = uring__register(ring->ring_fd, URING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (result < 0) {
        return result;
    }
    /* Saves the kernel looking the descriptor up at each enter; belongs to this thread. Going without is no failure. */
    struct uring_rsrc_update update = {.offset = UINT32_MAX, .data = (uint64_t)ring->ring_fd};
    if (uring__register(ring->ring_fd, URING_REGISTER_RING_FDS, &update, 1) == 1) {
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

static int uring__syscall(struct uring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    struct uring_timespec timespec = {timeout_ns / NANOS_PER_SECOND, timeout_ns % NANOS_PER_SECOND};
    struct uring_getevents_arg argument = {.timespec = timeout_ns > 0 ? (uint64_t)(uintptr_t)&timespec : 0};
    uint32_t flags = ring->enter_flags | URING_ENTER_GETEVENTS | URING_ENTER_EXT_ARG;
    ring->syscalls++;
    long result = syscall(URING_SYS_ENTER, ring->enter_fd, to_submit, min_complete, flags, &argument, sizeof argument);
    return result < 0 ? -errno : (int)result;
}

/* With nothing to submit and nothing announced by the kernel a poll needs no system call. */
static bool uring__nothing_to_poll(struct uring *ring) {
    return (ring->setup_flags & URING_SETUP_TASKRUN_FLAG) != 0 &&
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
    return uring__register(((struct uring *)backend)->ring_fd, URING_REGISTER_PBUF_RING, &reg, 1);
}

static int uring__unregister_buffers(struct torus_backend *backend, uint32_t group) {
    if (group > UINT16_MAX) {
        return -EINVAL;
    }
    struct uring_buf_reg reg = {.group = (uint16_t)group};
    return uring__register(((struct uring *)backend)->ring_fd, URING_UNREGISTER_PBUF_RING, &reg, 1);
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
        default:
            return 0; /* what the kernel transfers by itself is seen by the reader of the completions only */
    }
}

const struct torus_backend_ops torus_uring = {
    .name = "io_uring",
    .nonblocking = false,
    .available = uring__available,
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
