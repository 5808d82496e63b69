/*
 * The ring ABI is that of linux/io_uring.h: layouts and numbers are compared with the system's header at compile time.
 * What is newer than the header of the oldest system we build on stands under a guard with the kernel that brought it.
 */
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../src/backend/uring_abi.h"
#include "check.h"
#include "torus/ring.h"

#define SAME_SIZE(ours, theirs) _Static_assert(sizeof(ours) == sizeof(theirs), #ours)
#define SAME_FIELD(ours, our_field, theirs, their_field)                                     \
    _Static_assert(offsetof(ours, our_field) == offsetof(theirs, their_field) &&             \
                       sizeof(((ours *)0)->our_field) == sizeof(((theirs *)0)->their_field), \
                   #ours "." #our_field)
#define SAME(ours, theirs) _Static_assert((uint64_t)(ours) == (uint64_t)(theirs), #ours)

SAME_SIZE(struct torus_sqe, struct io_uring_sqe);
SAME_FIELD(struct torus_sqe, opcode, struct io_uring_sqe, opcode);
SAME_FIELD(struct torus_sqe, flags, struct io_uring_sqe, flags);
SAME_FIELD(struct torus_sqe, ioprio, struct io_uring_sqe, ioprio);
SAME_FIELD(struct torus_sqe, fd, struct io_uring_sqe, fd);
SAME_FIELD(struct torus_sqe, off, struct io_uring_sqe, off);
SAME_FIELD(struct torus_sqe, off, struct io_uring_sqe, addr2);
SAME_FIELD(struct torus_sqe, addr, struct io_uring_sqe, addr);
SAME_FIELD(struct torus_sqe, len, struct io_uring_sqe, len);
SAME_FIELD(struct torus_sqe, op_flags, struct io_uring_sqe, msg_flags);
SAME_FIELD(struct torus_sqe, op_flags, struct io_uring_sqe, accept_flags);
SAME_FIELD(struct torus_sqe, op_flags, struct io_uring_sqe, poll32_events);
SAME_FIELD(struct torus_sqe, user_data, struct io_uring_sqe, user_data);
SAME_FIELD(struct torus_sqe, buf_group, struct io_uring_sqe, buf_group);
SAME_FIELD(struct torus_sqe, personality, struct io_uring_sqe, personality);
SAME_FIELD(struct torus_sqe, addr_len, struct io_uring_sqe, addr_len);
SAME_FIELD(struct torus_sqe, addr3, struct io_uring_sqe, addr3);

SAME_SIZE(struct torus_cqe, struct io_uring_cqe);
SAME_FIELD(struct torus_cqe, user_data, struct io_uring_cqe, user_data);
SAME_FIELD(struct torus_cqe, res, struct io_uring_cqe, res);
SAME_FIELD(struct torus_cqe, flags, struct io_uring_cqe, flags);

SAME_SIZE(struct torus_buf, struct io_uring_buf);
SAME_FIELD(struct torus_buf, addr, struct io_uring_buf, addr);
SAME_FIELD(struct torus_buf, len, struct io_uring_buf, len);
SAME_FIELD(struct torus_buf, bid, struct io_uring_buf, bid);
SAME_FIELD(struct torus_buf, tail, struct io_uring_buf, resv);

SAME_SIZE(struct torus_iovec, struct iovec);
SAME_SIZE(struct torus_msghdr, struct msghdr);
SAME_FIELD(struct torus_msghdr, name, struct msghdr, msg_name);
SAME_FIELD(struct torus_msghdr, iov, struct msghdr, msg_iov);
SAME_FIELD(struct torus_msghdr, control, struct msghdr, msg_control);
SAME_FIELD(struct torus_msghdr, flags, struct msghdr, msg_flags);
_Static_assert(offsetof(struct torus_msghdr, namelen) == offsetof(struct msghdr, msg_namelen), "namelen");
_Static_assert(offsetof(struct torus_msghdr, iovlen) == offsetof(struct msghdr, msg_iovlen), "iovlen");

SAME(TORUS_OP_NOP, IORING_OP_NOP);
SAME(TORUS_OP_FSYNC, IORING_OP_FSYNC);
SAME(TORUS_OP_POLL_ADD, IORING_OP_POLL_ADD);
SAME(TORUS_OP_SENDMSG, IORING_OP_SENDMSG);
SAME(TORUS_OP_RECVMSG, IORING_OP_RECVMSG);
SAME(TORUS_OP_ACCEPT, IORING_OP_ACCEPT);
SAME(TORUS_OP_ASYNC_CANCEL, IORING_OP_ASYNC_CANCEL);
SAME(TORUS_OP_CONNECT, IORING_OP_CONNECT);
SAME(TORUS_OP_CLOSE, IORING_OP_CLOSE);
SAME(TORUS_OP_READ, IORING_OP_READ);
SAME(TORUS_OP_WRITE, IORING_OP_WRITE);
SAME(TORUS_OP_SEND, IORING_OP_SEND);
SAME(TORUS_OP_RECV, IORING_OP_RECV);
SAME(TORUS_OP_SHUTDOWN, IORING_OP_SHUTDOWN);
SAME(TORUS_OP_SEND_ZC, IORING_OP_SEND_ZC);

SAME(TORUS_SQE_BUFFER_SELECT, IOSQE_BUFFER_SELECT);
SAME(TORUS_RECV_POLL_FIRST, IORING_RECVSEND_POLL_FIRST);
SAME(TORUS_RECV_MULTISHOT, IORING_RECV_MULTISHOT);
SAME(TORUS_ACCEPT_MULTISHOT, IORING_ACCEPT_MULTISHOT);
SAME(TORUS_POLL_ADD_MULTI, IORING_POLL_ADD_MULTI);
SAME(TORUS_FSYNC_DATASYNC, IORING_FSYNC_DATASYNC);
SAME(TORUS_CQE_F_BUFFER, IORING_CQE_F_BUFFER);
SAME(TORUS_CQE_F_MORE, IORING_CQE_F_MORE);
SAME(TORUS_CQE_F_SOCK_NONEMPTY, IORING_CQE_F_SOCK_NONEMPTY);
SAME(TORUS_CQE_F_NOTIF, IORING_CQE_F_NOTIF);
SAME(TORUS_CQE_BUFFER_SHIFT, IORING_CQE_BUFFER_SHIFT);
#ifdef IORING_CQE_F_BUF_MORE /* Linux 6.12 */
SAME(TORUS_CQE_F_BUF_MORE, IORING_CQE_F_BUF_MORE);
#endif

SAME(TORUS_MSG_PEEK, MSG_PEEK);
SAME(TORUS_MSG_TRUNC, MSG_TRUNC);
SAME(TORUS_MSG_WAITALL, MSG_WAITALL);
SAME(TORUS_MSG_NOSIGNAL, MSG_NOSIGNAL);
SAME(TORUS_MSG_MORE, MSG_MORE);
SAME(TORUS_SOCK_NONBLOCK, SOCK_NONBLOCK);
SAME(TORUS_SOCK_CLOEXEC, SOCK_CLOEXEC);
SAME(TORUS_POLLIN, POLLIN);
SAME(TORUS_POLLPRI, POLLPRI);
SAME(TORUS_POLLOUT, POLLOUT);
SAME(TORUS_POLLERR, POLLERR);
SAME(TORUS_POLLHUP, POLLHUP);
SAME(TORUS_POLLRDHUP, POLLRDHUP);
SAME(TORUS_AF_UNIX, AF_UNIX);
SAME(TORUS_AF_INET, AF_INET);
SAME(TORUS_AF_INET6, AF_INET6);
SAME(TORUS_SOCK_STREAM, SOCK_STREAM);
SAME(TORUS_SOCK_DGRAM, SOCK_DGRAM);
SAME(TORUS_SOCKADDR_BYTES, sizeof(struct sockaddr_storage));

SAME(URING_SYS_SETUP, SYS_io_uring_setup);
SAME(URING_SYS_ENTER, SYS_io_uring_enter);
SAME(URING_SYS_REGISTER, SYS_io_uring_register);
SAME(URING_SETUP_CQSIZE, IORING_SETUP_CQSIZE);
SAME(URING_SETUP_CLAMP, IORING_SETUP_CLAMP);
SAME(URING_SETUP_R_DISABLED, IORING_SETUP_R_DISABLED);
SAME(URING_SETUP_SUBMIT_ALL, IORING_SETUP_SUBMIT_ALL);
SAME(URING_SETUP_TASKRUN_FLAG, IORING_SETUP_TASKRUN_FLAG);
SAME(URING_SETUP_SINGLE_ISSUER, IORING_SETUP_SINGLE_ISSUER);
SAME(URING_SETUP_DEFER_TASKRUN, IORING_SETUP_DEFER_TASKRUN);
#ifdef IORING_SETUP_NO_SQARRAY /* Linux 6.6 */
SAME(URING_SETUP_NO_SQARRAY, IORING_SETUP_NO_SQARRAY);
#endif
SAME(URING_FEAT_SINGLE_MMAP, IORING_FEAT_SINGLE_MMAP);
SAME(URING_FEAT_NODROP, IORING_FEAT_NODROP);
SAME(URING_FEAT_EXT_ARG, IORING_FEAT_EXT_ARG);
#ifdef IORING_FEAT_NO_IOWAIT /* Linux 6.15 */
SAME(URING_FEAT_NO_IOWAIT, IORING_FEAT_NO_IOWAIT);
SAME(URING_ENTER_NO_IOWAIT, IORING_ENTER_NO_IOWAIT);
#endif
SAME(URING_ENTER_GETEVENTS, IORING_ENTER_GETEVENTS);
SAME(URING_ENTER_EXT_ARG, IORING_ENTER_EXT_ARG);
SAME(URING_ENTER_REGISTERED_RING, IORING_ENTER_REGISTERED_RING);
SAME(URING_SQ_CQ_OVERFLOW, IORING_SQ_CQ_OVERFLOW);
SAME(URING_SQ_TASKRUN, IORING_SQ_TASKRUN);
SAME(URING_REGISTER_PROBE, IORING_REGISTER_PROBE);
SAME(URING_REGISTER_ENABLE_RINGS, IORING_REGISTER_ENABLE_RINGS);
SAME(URING_REGISTER_RING_FDS, IORING_REGISTER_RING_FDS);
SAME(URING_UNREGISTER_RING_FDS, IORING_UNREGISTER_RING_FDS);
SAME(URING_REGISTER_PBUF_RING, IORING_REGISTER_PBUF_RING);
SAME(URING_UNREGISTER_PBUF_RING, IORING_UNREGISTER_PBUF_RING);
SAME(URING_OP_SUPPORTED, IO_URING_OP_SUPPORTED);
SAME(URING_OFF_SQ_RING, IORING_OFF_SQ_RING);
SAME(URING_OFF_SQES, IORING_OFF_SQES);

SAME_SIZE(struct uring_params, struct io_uring_params);
SAME_FIELD(struct uring_params, features, struct io_uring_params, features);
SAME_FIELD(struct uring_params, sq_off, struct io_uring_params, sq_off);
SAME_FIELD(struct uring_params, cq_off, struct io_uring_params, cq_off);
SAME_FIELD(struct uring_sq_offsets, flags, struct io_sqring_offsets, flags);
SAME_FIELD(struct uring_sq_offsets, array, struct io_sqring_offsets, array);
SAME_FIELD(struct uring_cq_offsets, cqes, struct io_cqring_offsets, cqes);
SAME_SIZE(struct uring_getevents_arg, struct io_uring_getevents_arg);
SAME_FIELD(struct uring_getevents_arg, timespec, struct io_uring_getevents_arg, ts);
SAME_SIZE(struct uring_timespec, struct __kernel_timespec);
SAME_FIELD(struct uring_timespec, nanoseconds, struct __kernel_timespec, tv_nsec);
SAME_SIZE(struct uring_rsrc_update, struct io_uring_rsrc_update);
SAME_FIELD(struct uring_rsrc_update, data, struct io_uring_rsrc_update, data);
SAME_SIZE(struct uring_buf_reg, struct io_uring_buf_reg);
SAME_FIELD(struct uring_buf_reg, group, struct io_uring_buf_reg, bgid);
SAME_SIZE(struct uring_probe_op, struct io_uring_probe_op);
SAME_FIELD(struct uring_probe_op, flags, struct io_uring_probe_op, flags);
_Static_assert(offsetof(struct uring_probe, ops) == offsetof(struct io_uring_probe, ops), "probe.ops");

struct row {
    const char *name;
    int code;
    const char *uses;
    uint32_t flags;
    uint32_t ioprio;
    uint32_t op_flags;
    const char *result;
    const char *errors;
};

static const struct row rows[] = {
#define TORUS_ROW(name, code, uses, flags, ioprio, op_flags, result, errors) \
    {#name, code, uses, flags, ioprio, op_flags, result, errors},
    TORUS_OPERATIONS(TORUS_ROW)
#undef TORUS_ROW
};

/* The table is in the order of the opcodes, without two rows for one, and says what it has to say. */
int main(void) {
    size_t count = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || rows[i].code > rows[i - 1].code);
        CHECK(rows[i].code >= 0 && rows[i].code < 64);
        CHECK(rows[i].result[0] != 0);
        CHECK((TORUS_ALL_OPERATIONS >> rows[i].code & 1) == 1);
    }
    CHECK_EQUAL(count, __builtin_popcountll(TORUS_ALL_OPERATIONS));
    return 0;
}
