/*
 * io_uring: sets up, maps, registers and enters. Java writes submission entries into the kernel's own ring and reads
 * completions from it; nothing is translated here. Raw system calls, see io_uring_setup(2), io_uring_enter(2),
 * io_uring_register(2).
 *
 *   open     io_uring_setup, mmap          enable    io_uring_register(ENABLE_RINGS, RING_FDS)
 *   enter    io_uring_enter                wakeup    write to an eventfd that a multishot poll watches
 */
#define _GNU_SOURCE
#include "torus/backend.h"

#ifdef __linux__

#include <errno.h>
#include <poll.h>
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

/* Numbers of the kernel's interface; the same on all architectures that Torus supports. */
#define NR_SETUP 425
#define NR_ENTER 426
#define NR_REGISTER 427

#define SETUP_CQSIZE (1u << 3)
#define SETUP_CLAMP (1u << 4)
#define SETUP_R_DISABLED (1u << 6)
#define SETUP_SUBMIT_ALL (1u << 7)
#define SETUP_TASKRUN_FLAG (1u << 9)
#define SETUP_SINGLE_ISSUER (1u << 12)
#define SETUP_DEFER_TASKRUN (1u << 13)
#define SETUP_NO_SQARRAY (1u << 16)

#define SQ_CQ_OVERFLOW (1u << 1)
#define SQ_TASKRUN (1u << 2)

#define ENTER_GETEVENTS (1u << 0)
#define ENTER_EXT_ARG (1u << 3)
#define ENTER_REGISTERED_RING (1u << 4)

#define REGISTER_PROBE 8
#define REGISTER_ENABLE_RINGS 12
#define REGISTER_RING_FDS 20
#define UNREGISTER_RING_FDS 21
#define REGISTER_PBUF_RING 22
#define UNREGISTER_PBUF_RING 23

#define OFF_SQ_RING 0ULL
#define OFF_SQES 0x10000000ULL

#define PROBE_OPS 64
#define OP_SUPPORTED 1u

struct sq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
    uint64_t user_addr;
};

struct cq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
    uint64_t user_addr;
};

struct params {
    uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
    struct sq_offsets sq_off;
    struct cq_offsets cq_off;
};

struct getevents_arg {
    uint64_t sigmask;
    uint32_t sigmask_sz, min_wait_usec;
    uint64_t ts;
};

struct kernel_timespec {
    int64_t tv_sec, tv_nsec;
};

struct rsrc_update {
    uint32_t offset, resv;
    uint64_t data;
};

struct buf_reg {
    uint64_t ring_addr;
    uint32_t ring_entries;
    uint16_t bgid, flags;
    uint64_t resv[3];
};

struct probe {
    uint8_t last_op, ops_len;
    uint16_t resv;
    uint32_t resv2[3];
    struct {
        uint8_t op, resv;
        uint16_t flags;
        uint32_t resv2;
    } ops[PROBE_OPS];
};

_Static_assert(sizeof(struct params) == 120, "io_uring_params");
_Static_assert(sizeof(struct getevents_arg) == 24, "io_uring_getevents_arg");
_Static_assert(sizeof(struct buf_reg) == 40, "io_uring_buf_reg");

struct torus_ring {
    int fd;
    int enter_fd; /* index of the registered ring, or fd */
    int wake_fd;
    uint32_t enter_flags;
    struct params params;
    void *ring;
    size_t ring_bytes;
    void *sqes;
    size_t sqes_bytes;
    uint64_t supported;
    uint64_t crossings, syscalls;
    _Atomic uint64_t wakeups;
};

static int uring__register(const struct torus_ring *ring, unsigned op, void *arg, unsigned count) {
    long result = syscall(NR_REGISTER, ring->fd, op, arg, count);
    return result < 0 ? -errno : (int)result;
}

/* Everything since 6.1; what an older or patched kernel refuses is left out one by one, newest first. */
static int uring__setup(uint32_t sq_entries, uint32_t cq_entries, struct params *params) {
    static const uint32_t optional[] = {SETUP_NO_SQARRAY, SETUP_DEFER_TASKRUN | SETUP_TASKRUN_FLAG,
                                        SETUP_SINGLE_ISSUER | SETUP_R_DISABLED, SETUP_SUBMIT_ALL};
    uint32_t flags = SETUP_CQSIZE | SETUP_CLAMP;
    size_t count = sizeof optional / sizeof optional[0];
    for (size_t i = 0; i < count; i++) {
        flags |= optional[i];
    }
    for (size_t i = 0;; i++) {
        memset(params, 0, sizeof *params);
        params->flags = flags;
        params->cq_entries = cq_entries;
        long fd = syscall(NR_SETUP, sq_entries, params);
        if (fd >= 0) {
            return (int)fd;
        }
        if (errno != EINVAL || i == count) {
            return -errno;
        }
        flags &= ~optional[i];
    }
}

static int uring__map(struct torus_ring *ring) {
    const struct params *p = &ring->params;
    size_t sq_bytes = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
    size_t cq_bytes = p->cq_off.cqes + p->cq_entries * sizeof(struct torus_cqe);
    ring->ring_bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
    ring->sqes_bytes = p->sq_entries * sizeof(struct torus_sqe);
    int prot = PROT_READ | PROT_WRITE;
    int flags = MAP_SHARED | MAP_POPULATE;
    ring->ring = mmap(NULL, ring->ring_bytes, prot, flags, ring->fd, (off_t)OFF_SQ_RING);
    if (ring->ring == MAP_FAILED) {
        return -errno;
    }
    ring->sqes = mmap(NULL, ring->sqes_bytes, prot, flags, ring->fd, (off_t)OFF_SQES);
    if (ring->sqes == MAP_FAILED) {
        int error = -errno;
        munmap(ring->ring, ring->ring_bytes);
        return error;
    }
    /* a child process must not share the rings */
    madvise(ring->ring, ring->ring_bytes, MADV_DONTFORK);
    madvise(ring->sqes, ring->sqes_bytes, MADV_DONTFORK);
    return 0;
}

static void uring__probe(struct torus_ring *ring) {
    struct probe probe;
    memset(&probe, 0, sizeof probe);
    if (uring__register(ring, REGISTER_PROBE, &probe, PROBE_OPS) < 0) {
        return;
    }
    for (unsigned i = 0; i < PROBE_OPS && i < probe.ops_len; i++) {
        if (probe.ops[i].flags & OP_SUPPORTED) {
            ring->supported |= 1ULL << probe.ops[i].op;
        }
    }
}

static int uring__kernel_is_old(char *why, size_t why_bytes) {
    struct utsname name;
    int major = 0;
    int minor = 0;
    if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
        return 0;
    }
    if (major > 6 || (major == 6 && minor >= 1)) {
        return 0;
    }
    snprintf(why, why_bytes, "kernel %d.%d is older than 6.1", major, minor);
    return 1;
}

static void uring__explain(int error, char *why, size_t why_bytes) {
    switch (error) {
        case -ENOSYS:
            snprintf(why, why_bytes, "ENOSYS: the kernel has no io_uring, or a seccomp filter hides it");
            break;
        case -EPERM:
            snprintf(why, why_bytes, "EPERM: forbidden by sysctl kernel.io_uring_disabled or a seccomp filter");
            break;
        case -ENOMEM:
            snprintf(why, why_bytes, "ENOMEM: no memory for the rings, or above RLIMIT_MEMLOCK");
            break;
        default:
            snprintf(why, why_bytes, "io_uring_setup failed: errno %d", -error);
    }
}

static int uring__open(uint32_t sq_entries, uint32_t cq_entries, struct torus_ring **out, char *why, size_t why_bytes) {
    if (uring__kernel_is_old(why, why_bytes)) {
        return -ENOSYS;
    }
    struct torus_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) {
        return -ENOMEM;
    }
    int error;
    ring->fd = uring__setup(sq_entries, cq_entries, &ring->params);
    if (ring->fd < 0) {
        error = ring->fd;
        goto err_free;
    }
    ring->enter_fd = ring->fd;
    error = uring__map(ring);
    if (error < 0) {
        goto err_fd;
    }
    ring->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ring->wake_fd < 0) {
        error = -errno;
        goto err_map;
    }
    uring__probe(ring);
    *out = ring;
    return 0;
err_map:
    munmap(ring->ring, ring->ring_bytes);
    munmap(ring->sqes, ring->sqes_bytes);
err_fd:
    close(ring->fd);
err_free:
    free(ring);
    uring__explain(error, why, why_bytes);
    return error;
}

static void uring__layout(const struct torus_ring *ring, struct torus_layout *out) {
    const struct params *p = &ring->params;
    *out = (struct torus_layout){
        .sq_ring = ring->ring,
        .sq_ring_bytes = ring->ring_bytes,
        .sqes = ring->sqes,
        .sqes_bytes = ring->sqes_bytes,
        .cq_ring = ring->ring,
        .cq_ring_bytes = ring->ring_bytes,
        .sq_head = (int32_t)p->sq_off.head,
        .sq_tail = (int32_t)p->sq_off.tail,
        .sq_flags = (int32_t)p->sq_off.flags,
        .sq_array = p->flags & SETUP_NO_SQARRAY ? -1 : (int32_t)p->sq_off.array,
        .sq_entries = (int32_t)p->sq_entries,
        .cq_head = (int32_t)p->cq_off.head,
        .cq_tail = (int32_t)p->cq_off.tail,
        .cq_entries_at = (int32_t)p->cq_off.cqes,
        .cq_entries = (int32_t)p->cq_entries,
    };
}

static int uring__supports(const struct torus_ring *ring, int opcode) {
    return opcode >= 0 && opcode < 64 && (ring->supported >> opcode & 1) != 0;
}

static int uring__enable(struct torus_ring *ring) {
    if (ring->params.flags & SETUP_R_DISABLED) {
        int error = uring__register(ring, REGISTER_ENABLE_RINGS, NULL, 0);
        if (error < 0) {
            return error;
        }
    }
    struct rsrc_update update = {.offset = UINT32_MAX, .data = (uint64_t)ring->fd};
    if (uring__register(ring, REGISTER_RING_FDS, &update, 1) == 1) {
        ring->enter_fd = (int)update.offset;
        ring->enter_flags = ENTER_REGISTERED_RING;
    }
    return 0;
}

static int uring__arm_wakeup(struct torus_ring *ring, struct torus_sqe *entry) {
    *entry = (struct torus_sqe){
        .opcode = TORUS_OP_POLL_ADD,
        .fd = ring->wake_fd,
        .len = TORUS_POLL_ADD_MULTI,
        .op_flags = POLLIN,
        .user_data = TORUS_USER_DATA_WAKE,
    };
    return 1;
}

static int64_t uring__now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int uring__enter_once(struct torus_ring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    struct kernel_timespec ts = {timeout_ns / 1000000000LL, timeout_ns % 1000000000LL};
    struct getevents_arg arg = {.ts = (uint64_t)(uintptr_t)&ts};
    uint32_t flags = ENTER_GETEVENTS | ring->enter_flags;
    void *extra = NULL;
    size_t extra_bytes = 0;
    if (min_complete != 0 && timeout_ns >= 0) {
        flags |= ENTER_EXT_ARG;
        extra = &arg;
        extra_bytes = sizeof arg;
    }
    ring->syscalls++;
    long result = syscall(NR_ENTER, ring->enter_fd, to_submit, min_complete, flags, extra, extra_bytes);
    return result < 0 ? -errno : (int)result;
}

static int uring__enter(struct torus_ring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    ring->crossings++;
    if (to_submit == 0 && min_complete == 0 && (ring->params.flags & SETUP_TASKRUN_FLAG) != 0) {
        /* acquire: pairs with the kernel's update of the flags; without work waiting there is nothing to enter for */
        const _Atomic uint32_t *flags =
            (const _Atomic uint32_t *)(const void *)((const char *)ring->ring + ring->params.sq_off.flags);
        if ((atomic_load_explicit(flags, memory_order_acquire) & (SQ_TASKRUN | SQ_CQ_OVERFLOW)) == 0) {
            return 0;
        }
    }
    int64_t deadline = min_complete != 0 && timeout_ns > 0 ? uring__now() + timeout_ns : 0;
    for (;;) {
        int result = uring__enter_once(ring, to_submit, min_complete, timeout_ns);
        if (result == -ETIME) {
            return 0;
        }
        if (result != -EINTR) {
            return result;
        }
        if (deadline != 0) {
            timeout_ns = deadline - uring__now();
            if (timeout_ns <= 0) {
                return 0;
            }
        }
    }
}

static int uring__wakeup(struct torus_ring *ring) {
    uint64_t one = 1;
    atomic_fetch_add_explicit(&ring->wakeups, 1, memory_order_relaxed);
    return write(ring->wake_fd, &one, sizeof one) == (ssize_t)sizeof one ? 0 : -errno;
}

/* The kernel checks addresses and descriptors itself. */
static int uring__register_region(struct torus_ring *ring, uint64_t addr, uint64_t bytes) {
    (void)ring, (void)addr, (void)bytes;
    return 0;
}

static int uring__unregister_region(struct torus_ring *ring, uint64_t addr) {
    (void)ring, (void)addr;
    return 0;
}

static int uring__own(struct torus_ring *ring, int fd) {
    (void)ring;
    return fd < 0 ? -EBADF : fd;
}

static int uring__register_buffers(struct torus_ring *ring, uint16_t group, uint64_t ring_addr, uint32_t entries) {
    struct buf_reg reg = {.ring_addr = ring_addr, .ring_entries = entries, .bgid = group};
    return uring__register(ring, REGISTER_PBUF_RING, &reg, 1);
}

static int uring__unregister_buffers(struct torus_ring *ring, uint16_t group) {
    struct buf_reg reg = {.bgid = group};
    return uring__register(ring, UNREGISTER_PBUF_RING, &reg, 1);
}

static uint64_t uring__counter(const struct torus_ring *ring, int counter) {
    uint64_t wakeups = atomic_load_explicit(&ring->wakeups, memory_order_relaxed);
    switch (counter) {
        case TORUS_COUNT_CROSSINGS:
            return ring->crossings;
        case TORUS_COUNT_SYSCALLS:
            return ring->syscalls + wakeups;
        case TORUS_COUNT_WAKEUPS:
            return wakeups;
        default:
            return 0;
    }
}

static void uring__close(struct torus_ring *ring) {
    munmap(ring->sqes, ring->sqes_bytes);
    munmap(ring->ring, ring->ring_bytes);
    if (ring->enter_fd != ring->fd) {
        struct rsrc_update update = {.offset = (uint32_t)ring->enter_fd};
        uring__register(ring, UNREGISTER_RING_FDS, &update, 1);
    }
    close(ring->fd);
    close(ring->wake_fd);
    free(ring);
}

const struct torus_backend torus_uring = {
    .name = "io_uring",
    .open = uring__open,
    .layout = uring__layout,
    .supports = uring__supports,
    .enable = uring__enable,
    .arm_wakeup = uring__arm_wakeup,
    .enter = uring__enter,
    .wakeup = uring__wakeup,
    .register_region = uring__register_region,
    .unregister_region = uring__unregister_region,
    .register_buffers = uring__register_buffers,
    .unregister_buffers = uring__unregister_buffers,
    .own = uring__own,
    .disown = uring__own,
    .counter = uring__counter,
    .close = uring__close,
};

#endif
