/* What setting up an io_uring takes beyond the ring ABI: numbers and layouts of linux/io_uring.h, checked by a test. */
#ifndef TORUS_URING_ABI_H
#define TORUS_URING_ABI_H

#include <stdint.h>

/* System call numbers: the same on every architecture. */
#define URING_SYS_SETUP 425
#define URING_SYS_ENTER 426
#define URING_SYS_REGISTER 427

#define URING_SETUP_CQSIZE (1u << 3)
#define URING_SETUP_CLAMP (1u << 4)
#define URING_SETUP_R_DISABLED (1u << 6)
#define URING_SETUP_SUBMIT_ALL (1u << 7)
#define URING_SETUP_TASKRUN_FLAG (1u << 9)
#define URING_SETUP_SINGLE_ISSUER (1u << 12)
#define URING_SETUP_DEFER_TASKRUN (1u << 13)
#define URING_SETUP_NO_SQARRAY (1u << 16) /* Linux 6.6 */

#define URING_FEAT_SINGLE_MMAP (1u << 0)
#define URING_FEAT_NODROP (1u << 1)
#define URING_FEAT_EXT_ARG (1u << 8)
#define URING_FEAT_NO_IOWAIT (1u << 17) /* Linux 6.15 */

#define URING_ENTER_GETEVENTS (1u << 0)
#define URING_ENTER_EXT_ARG (1u << 3)
#define URING_ENTER_REGISTERED_RING (1u << 4)
#define URING_ENTER_NO_IOWAIT (1u << 7) /* Linux 6.15 */

#define URING_SQ_CQ_OVERFLOW (1u << 1)
#define URING_SQ_TASKRUN (1u << 2)

#define URING_REGISTER_PROBE 8
#define URING_REGISTER_ENABLE_RINGS 12
#define URING_REGISTER_RING_FDS 20
#define URING_UNREGISTER_RING_FDS 21
#define URING_REGISTER_PBUF_RING 22
#define URING_UNREGISTER_PBUF_RING 23

#define URING_OP_SUPPORTED 1u

#define URING_OFF_SQ_RING UINT64_C(0)
#define URING_OFF_SQES UINT64_C(0x10000000)

struct uring_sq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, reserved;
    uint64_t user_addr;
};

struct uring_cq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, reserved;
    uint64_t user_addr;
};

struct uring_params {
    uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, reserved[3];
    struct uring_sq_offsets sq_off;
    struct uring_cq_offsets cq_off;
};

struct uring_getevents_arg {
    uint64_t sigmask;
    uint32_t sigmask_size;
    uint32_t min_wait_usec;
    uint64_t timespec;
};

struct uring_timespec {
    int64_t seconds;
    int64_t nanoseconds;
};

struct uring_rsrc_update {
    uint32_t offset;
    uint32_t reserved;
    uint64_t data;
};

struct uring_buf_reg {
    uint64_t ring_addr;
    uint32_t ring_entries;
    uint16_t group;
    uint16_t flags;
    uint64_t reserved[3];
};

struct uring_probe_op {
    uint8_t op;
    uint8_t reserved;
    uint16_t flags;
    uint32_t reserved2;
};

#define URING_PROBE_OPS 64
struct uring_probe {
    uint8_t last_op;
    uint8_t ops_length;
    uint16_t reserved;
    uint32_t reserved2[3];
    struct uring_probe_op ops[URING_PROBE_OPS];
};

_Static_assert(sizeof(struct uring_params) == 120, "uring_params");
_Static_assert(sizeof(struct uring_getevents_arg) == 24, "uring_getevents_arg");
_Static_assert(sizeof(struct uring_buf_reg) == 40, "uring_buf_reg");
_Static_assert(sizeof(struct uring_probe) == 16 + 8 * URING_PROBE_OPS, "uring_probe");

#endif
