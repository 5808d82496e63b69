/*
 * The ring ABI: what Java and every backend agree on. Layouts, opcodes and flag bits are those of Linux's
 * linux/io_uring.h on every platform (numbers are facts, this text is ours); RingAbi.java holds the same for Java.
 *
 * Per operation: fields of the entry that are used, flags that are allowed, result.
 *
 *   NOP          -                                                     0
 *   FSYNC        fd op_flags(1 = data only)                            0
 *   POLL_ADD     fd op_flags(poll mask) len(1 = stay armed)            ready conditions
 *   SENDMSG      fd addr(msghdr) op_flags(MSG_*)                       bytes
 *   RECVMSG      fd addr(msghdr) op_flags(MSG_*)                       bytes; msghdr.flags, name written back
 *   ACCEPT       fd ioprio(1 = multishot)                              descriptor, non-blocking, close-on-exec
 *   ASYNC_CANCEL addr(user_data of the target)                         0, -ENOENT, -EALREADY
 *   CONNECT      fd addr(sockaddr) off(its length)                     0
 *   CLOSE        fd                                                    0
 *   READ, WRITE  fd addr len off(-1 = current position)                bytes
 *   SEND         fd addr len op_flags(MSG_WAITALL = all of it)         bytes
 *   RECV         fd addr len | BUFFER_SELECT buf_group;
 *                ioprio(1 = poll first, 2 = multishot)                 bytes, 0 at the end
 *   SHUTDOWN     fd len(0 read, 1 write, 2 both)                       0
 *
 * Any may end with -ECANCELED, -EBADF (no descriptor of this ring) or -EFAULT (memory that is not registered).
 */
#ifndef TORUS_RING_H
#define TORUS_RING_H

#include <stddef.h>
#include <stdint.h>

#define TORUS_ABI_VERSION 1

struct torus_sqe {
    uint8_t opcode;
    uint8_t flags;
    uint16_t ioprio;
    int32_t fd;
    uint64_t off;
    uint64_t addr;
    uint32_t len;
    uint32_t op_flags;
    uint64_t user_data;
    uint16_t buf_group;
    uint16_t personality;
    uint32_t file_index;
    uint64_t addr3;
    uint64_t pad;
};

struct torus_cqe {
    uint64_t user_data;
    int32_t res;
    uint32_t flags;
};

/* Provided-buffer entry; the reserved field of entry 0 is the ring's tail. */
struct torus_buf {
    uint64_t addr;
    uint32_t len;
    uint16_t bid;
    uint16_t resv;
};

enum torus_op {
    TORUS_OP_NOP = 0,
    TORUS_OP_FSYNC = 3,
    TORUS_OP_POLL_ADD = 6,
    TORUS_OP_SENDMSG = 9,
    TORUS_OP_RECVMSG = 10,
    TORUS_OP_ACCEPT = 13,
    TORUS_OP_ASYNC_CANCEL = 14,
    TORUS_OP_CONNECT = 16,
    TORUS_OP_OPENAT = 18,
    TORUS_OP_CLOSE = 19,
    TORUS_OP_STATX = 21,
    TORUS_OP_READ = 22,
    TORUS_OP_WRITE = 23,
    TORUS_OP_SEND = 26,
    TORUS_OP_RECV = 27,
    TORUS_OP_SHUTDOWN = 34,
    TORUS_OP_SEND_ZC = 47
};

#define TORUS_SQE_BUFFER_SELECT (1u << 5)
#define TORUS_RECV_POLL_FIRST (1u << 0)
#define TORUS_RECV_MULTISHOT (1u << 1)
#define TORUS_ACCEPT_MULTISHOT (1u << 0)
#define TORUS_POLL_ADD_MULTI (1u << 0)

#define TORUS_CQE_BUFFER (1u << 0)
#define TORUS_CQE_MORE (1u << 1)
#define TORUS_CQE_SOCK_NONEMPTY (1u << 2)
#define TORUS_CQE_NOTIF (1u << 3)
#define TORUS_CQE_BUFFER_SHIFT 16

#define TORUS_MSG_WAITALL 0x100u

/* user_data of the entry that keeps the wake-up armed */
#define TORUS_USER_DATA_WAKE UINT64_MAX

_Static_assert(sizeof(struct torus_sqe) == 64, "submission entry");
_Static_assert(offsetof(struct torus_sqe, fd) == 4, "fd");
_Static_assert(offsetof(struct torus_sqe, off) == 8, "off");
_Static_assert(offsetof(struct torus_sqe, addr) == 16, "addr");
_Static_assert(offsetof(struct torus_sqe, len) == 24, "len");
_Static_assert(offsetof(struct torus_sqe, op_flags) == 28, "op_flags");
_Static_assert(offsetof(struct torus_sqe, user_data) == 32, "user_data");
_Static_assert(offsetof(struct torus_sqe, buf_group) == 40, "buf_group");
_Static_assert(offsetof(struct torus_sqe, file_index) == 44, "file_index");
_Static_assert(offsetof(struct torus_sqe, addr3) == 48, "addr3");
_Static_assert(sizeof(struct torus_cqe) == 16, "completion entry");
_Static_assert(offsetof(struct torus_cqe, res) == 8, "res");
_Static_assert(sizeof(struct torus_buf) == 16, "buffer entry");
_Static_assert(offsetof(struct torus_buf, resv) == 14, "buffer ring tail");

#endif
