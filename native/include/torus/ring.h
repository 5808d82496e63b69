/*
 * The ring ABI: what Java and every backend exchange through shared memory.
 *
 * Layouts, numbers and flag bits are those of Linux's linux/io_uring.h on every platform; the Java half is
 * dev.torus.kernel.spi.RingAbi. All targets are 64-bit and little-endian.
 */
#ifndef TORUS_RING_H
#define TORUS_RING_H

#include <stddef.h>
#include <stdint.h>

/* Version of the contract between the Java classes and this library; another one is refused when loading. */
#define TORUS_ABI_VERSION 1

/* Submission entry. */
struct torus_sqe {
    uint8_t opcode;
    uint8_t flags;
    uint16_t ioprio;
    int32_t fd;
    uint64_t off; /* also: second address */
    uint64_t addr;
    uint32_t len;
    uint32_t op_flags;
    uint64_t user_data;
    uint16_t buf_group;
    uint16_t personality;
    uint16_t addr_len;
    uint16_t pad0;
    uint64_t addr3;
    uint64_t pad1;
};

/* Completion entry. */
struct torus_cqe {
    uint64_t user_data;
    int32_t res;
    uint32_t flags;
};

/* Entry of a provided-buffer ring; `tail` of entry 0 is the tail of the ring. */
struct torus_buf {
    uint64_t addr;
    uint32_t len;
    uint16_t bid;
    uint16_t tail;
};

/* struct iovec and struct msghdr of 64-bit Linux. */
struct torus_iovec {
    uint64_t base;
    uint64_t len;
};

struct torus_msghdr {
    uint64_t name;
    uint32_t namelen;
    uint32_t pad0;
    uint64_t iov;
    uint64_t iovlen;
    uint64_t control;
    uint64_t controllen;
    uint32_t flags;
    uint32_t pad1;
};

#define TORUS_SAME(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
_Static_assert(sizeof(struct torus_sqe) == 64, "torus_sqe");
_Static_assert(sizeof(struct torus_cqe) == 16, "torus_cqe");
_Static_assert(sizeof(struct torus_buf) == 16, "torus_buf");
_Static_assert(sizeof(struct torus_iovec) == 16, "torus_iovec");
_Static_assert(sizeof(struct torus_msghdr) == 56, "torus_msghdr");
TORUS_SAME(torus_sqe, ioprio, 2);
TORUS_SAME(torus_sqe, fd, 4);
TORUS_SAME(torus_sqe, off, 8);
TORUS_SAME(torus_sqe, addr, 16);
TORUS_SAME(torus_sqe, len, 24);
TORUS_SAME(torus_sqe, op_flags, 28);
TORUS_SAME(torus_sqe, user_data, 32);
TORUS_SAME(torus_sqe, buf_group, 40);
TORUS_SAME(torus_sqe, addr_len, 44);
TORUS_SAME(torus_sqe, addr3, 48);
TORUS_SAME(torus_cqe, res, 8);
TORUS_SAME(torus_cqe, flags, 12);
TORUS_SAME(torus_buf, tail, 14);
TORUS_SAME(torus_msghdr, iov, 16);
TORUS_SAME(torus_msghdr, flags, 48);
#undef TORUS_SAME

/* sqe.flags */
#define TORUS_SQE_BUFFER_SELECT (1u << 5)

/* sqe.ioprio and, for POLL_ADD, sqe.len */
#define TORUS_RECV_POLL_FIRST 1u
#define TORUS_RECV_MULTISHOT 2u
#define TORUS_ACCEPT_MULTISHOT 1u
#define TORUS_POLL_ADD_MULTI 1u

/* cqe.flags */
#define TORUS_CQE_F_BUFFER 1u
#define TORUS_CQE_F_MORE 2u
#define TORUS_CQE_F_SOCK_NONEMPTY 4u
#define TORUS_CQE_F_NOTIF 8u
#define TORUS_CQE_F_BUF_MORE 16u
#define TORUS_CQE_BUFFER_SHIFT 16

/* sqe.op_flags of the socket operations */
#define TORUS_MSG_PEEK 0x2u
#define TORUS_MSG_TRUNC 0x20u
#define TORUS_MSG_WAITALL 0x100u
#define TORUS_MSG_NOSIGNAL 0x4000u
#define TORUS_MSG_MORE 0x8000u
#define TORUS_SOCK_NONBLOCK 0x800u
#define TORUS_SOCK_CLOEXEC 0x80000u

/* sqe.op_flags and cqe.res of POLL_ADD */
#define TORUS_POLLIN 0x1u
#define TORUS_POLLPRI 0x2u
#define TORUS_POLLOUT 0x4u
#define TORUS_POLLERR 0x8u
#define TORUS_POLLHUP 0x10u
#define TORUS_POLLRDHUP 0x2000u

#define TORUS_FSYNC_DATASYNC 1u

#define TORUS_AF_UNIX 1
#define TORUS_AF_INET 2
#define TORUS_AF_INET6 10
#define TORUS_SOCK_STREAM 1
#define TORUS_SOCK_DGRAM 2
#define TORUS_SHUT_RD 0
#define TORUS_SHUT_WR 1
#define TORUS_SHUT_RDWR 2

/* user_data of the entry that keeps the wake-up armed. */
#define TORUS_USER_DATA_WAKE UINT64_MAX

#define TORUS_SOCKADDR_BYTES 128

/*
 * One row per operation. What a backend may be given, and what it answers; the conformance kit is written from it.
 *
 *   X(name, opcode, fields used, sqe.flags allowed, sqe.ioprio allowed, sqe.op_flags allowed, result >= 0, own errors)
 *
 * Fields: "m:" before addr means memory that register() made known. A bit outside an allowed mask is -EINVAL. Every
 * operation with a descriptor may also answer -EBADF, every one with memory -EFAULT, every one that waits -ECANCELED.
 */
#define TORUS_ANY_POLL 0x201fu
#define TORUS_OPERATIONS(X)                                                                                           \
    /* completes at once */                                                                                           \
    X(NOP, 0, "", 0, 0, 0, "0", "")                                                                                   \
    /* op_flags: DATASYNC */                                                                                          \
    X(FSYNC, 3, "fd op_flags", 0, 0, TORUS_FSYNC_DATASYNC, "0", "EIO ENOSPC EROFS EINVAL")                            \
    /* op_flags: poll mask; len: ADD_MULTI stays armed */                                                             \
    X(POLL_ADD, 6, "fd op_flags len", 0, 0, TORUS_ANY_POLL, "poll mask", "EPERM")                                     \
    /* addr: msghdr, whose name, iovec array, buffers and control data are known memory too; len: 1 */                \
    X(SENDMSG, 9, "fd m:addr len op_flags", 0, 0, TORUS_MSG_WAITALL | TORUS_MSG_NOSIGNAL | TORUS_MSG_MORE,            \
      "bytes sent", "EPIPE ECONNRESET ENOTCONN EMSGSIZE EDESTADDRREQ EHOSTUNREACH ENETUNREACH ECONNREFUSED ENOBUFS")  \
    /* as SENDMSG; writes namelen, controllen and flags of the msghdr */                                              \
    X(RECVMSG, 10, "fd m:addr len op_flags", 0, TORUS_RECV_POLL_FIRST, TORUS_MSG_PEEK | TORUS_MSG_TRUNC,              \
      "bytes received, 0 = end of stream", "ECONNRESET ENOTCONN ECONNREFUSED EMSGSIZE")                               \
    /* op_flags: for the new descriptor; CLOEXEC is the rule. MULTISHOT: one MORE per connection */                   \
    X(ACCEPT, 13, "fd op_flags ioprio", 0, TORUS_ACCEPT_MULTISHOT, TORUS_SOCK_CLOEXEC | TORUS_SOCK_NONBLOCK,          \
      "descriptor", "EINVAL EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED")                                               \
    /* addr: user_data of the target; the first that matches */                                                       \
    X(ASYNC_CANCEL, 14, "addr", 0, 0, 0, "0", "ENOENT EALREADY")                                                      \
    /* addr: sockaddr, off: its length */                                                                             \
    X(CONNECT, 16, "fd m:addr off", 0, 0, 0, "0",                                                                     \
      "ECONNREFUSED ETIMEDOUT ENETUNREACH EHOSTUNREACH EADDRNOTAVAIL EADDRINUSE EISCONN EALREADY EACCES ENOENT "      \
      "EAGAIN")                                                                                                       \
    /* no operation may be pending on the descriptor; if one is, it ends with -ECANCELED */                           \
    X(CLOSE, 19, "fd", 0, 0, 0, "0", "EIO")                                                                           \
    /* off: position, -1 = the current one */                                                                         \
    X(READ, 22, "fd off m:addr len", 0, 0, 0, "bytes read, 0 = end of file", "EIO EINVAL EISDIR")                     \
    X(WRITE, 23, "fd off m:addr len", 0, 0, 0, "bytes written", "EIO EINVAL ENOSPC EFBIG EPIPE")                      \
    /* MSG_WAITALL: all is sent, or res is what went before an error or cancel. off, addr_len: destination */         \
    X(SEND, 26, "fd m:addr len op_flags m:off addr_len", 0, 0,                                                        \
      TORUS_MSG_WAITALL | TORUS_MSG_NOSIGNAL | TORUS_MSG_MORE, "bytes sent",                                          \
      "EPIPE ECONNRESET ENOTCONN EMSGSIZE EDESTADDRREQ EHOSTUNREACH ENETUNREACH ECONNREFUSED ENOBUFS")                \
    /* BUFFER_SELECT: into a buffer of buf_group, at most len bytes if len is not 0. MULTISHOT needs BUFFER_SELECT */ \
    X(RECV, 27, "fd m:addr len op_flags ioprio buf_group", TORUS_SQE_BUFFER_SELECT,                                   \
      TORUS_RECV_POLL_FIRST | TORUS_RECV_MULTISHOT, TORUS_MSG_PEEK | TORUS_MSG_TRUNC | TORUS_MSG_NOSIGNAL,            \
      "bytes received, 0 = end of stream", "ENOBUFS ECONNRESET ENOTCONN ECONNREFUSED")                                \
    /* len: SHUT_RD, SHUT_WR, SHUT_RDWR */                                                                            \
    X(SHUTDOWN, 34, "fd len", 0, 0, 0, "0", "ENOTCONN EINVAL")                                                        \
    /* optional; a second completion with NOTIF gives the memory back */                                              \
    X(SEND_ZC, 47, "fd m:addr len op_flags", 0, 0, TORUS_MSG_WAITALL | TORUS_MSG_NOSIGNAL | TORUS_MSG_MORE,           \
      "bytes sent", "EPIPE ECONNRESET ENOTCONN EMSGSIZE ENOMEM")

enum torus_opcode {
#define TORUS_ROW(name, code, uses, flags, ioprio, op_flags, result, errors) TORUS_OP_##name = (code),
    TORUS_OPERATIONS(TORUS_ROW)
#undef TORUS_ROW
};

/* All operations of the table; bit n is opcode n. */
#define TORUS_ROW_BIT(name, code, uses, flags, ioprio, op_flags, result, errors) | UINT64_C(1) << (code)
#define TORUS_ALL_OPERATIONS (UINT64_C(0) TORUS_OPERATIONS(TORUS_ROW_BIT))
#define TORUS_OP_BIT(name) (UINT64_C(1) << TORUS_OP_##name)

#endif
