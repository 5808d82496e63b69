/* Entries against the table of operations in ring.h. */
#include "decode.h"

#include <errno.h>

struct operation__rule {
    uint8_t known;
    uint8_t flags;
    uint16_t ioprio;
    uint32_t op_flags;
};

#define OPERATION_CODES 64u
static const struct operation__rule operation__rules[OPERATION_CODES] = {
#define TORUS_ROW(name, code, uses, sqe_flags, io_prio, flags_of_op, result, errors) \
    [code] = {.known = 1, .flags = (sqe_flags), .ioprio = (io_prio), .op_flags = (flags_of_op)},
    TORUS_OPERATIONS(TORUS_ROW)
#undef TORUS_ROW
};

static uint8_t operation__side(uint8_t opcode) {
    switch (opcode) {
        case TORUS_OP_RECV:
        case TORUS_OP_RECVMSG:
        case TORUS_OP_ACCEPT:
            return TORUS_SIDE_READ;
        case TORUS_OP_POLL_ADD:
            return TORUS_SIDE_POLL;
        default:
            return TORUS_SIDE_WRITE;
    }
}

/* MULTI, SELECT and POLL_FIRST out of the places where each operation has them; -1 if they do not fit together. */
static int operation__mode(const struct torus_sqe *sqe) {
    unsigned mode = 0;
    switch (sqe->opcode) {
        case TORUS_OP_RECV:
            mode |= (sqe->flags & TORUS_SQE_BUFFER_SELECT) != 0 ? TORUS_OP_SELECT : 0;
            mode |= (sqe->ioprio & TORUS_RECV_MULTISHOT) != 0 ? TORUS_OP_MULTI : 0;
            mode |= (sqe->ioprio & TORUS_RECV_POLL_FIRST) != 0 ? TORUS_OP_POLL_FIRST : 0;
            return (mode & TORUS_OP_MULTI) != 0 && (mode & TORUS_OP_SELECT) == 0 ? -1 : (int)mode;
        case TORUS_OP_RECVMSG:
            return (sqe->ioprio & TORUS_RECV_POLL_FIRST) != 0 ? (int)TORUS_OP_POLL_FIRST : 0;
        case TORUS_OP_ACCEPT:
            return (sqe->ioprio & TORUS_ACCEPT_MULTISHOT) != 0 ? (int)TORUS_OP_MULTI : 0;
        case TORUS_OP_POLL_ADD:
            if ((sqe->len & ~TORUS_POLL_ADD_MULTI) != 0) {
                return -1;
            }
            return sqe->len != 0 ? (int)TORUS_OP_MULTI : 0;
        default:
            return 0;
    }
}

int torus_operation_decode(const struct torus_sqe *sqe, struct torus_op *out) {
    const struct operation__rule *rule = &operation__rules[sqe->opcode % OPERATION_CODES];
    if (sqe->opcode >= OPERATION_CODES || !rule->known || (sqe->flags & ~rule->flags) != 0 ||
        (sqe->ioprio & ~rule->ioprio) != 0 || (sqe->op_flags & ~rule->op_flags) != 0) {
        return -EINVAL;
    }
    int mode = operation__mode(sqe);
    if (mode < 0) {
        return -EINVAL;
    }
    *out = (struct torus_op){
        .user_data = sqe->user_data,
        .addr = sqe->addr,
        .addr2 = sqe->off,
        .len = sqe->len,
        .op_flags = sqe->op_flags,
        .fd = sqe->fd,
        .buf_group = sqe->buf_group,
        .addr_len = sqe->addr_len,
        .opcode = sqe->opcode,
        .mode = (uint8_t)mode,
        .side = operation__side(sqe->opcode),
    };
    return 0;
}
