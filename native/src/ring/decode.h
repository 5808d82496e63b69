/* From a submission entry to an operation. */
#ifndef TORUS_DECODE_H
#define TORUS_DECODE_H

#include "pending.h"

/* A valid entry that does nothing. */
static inline bool torus_operation_is_nop(const struct torus_sqe *sqe) {
    return sqe->opcode == TORUS_OP_NOP && (sqe->flags | sqe->ioprio | sqe->op_flags) == 0;
}

/* A valid send to the peer of the socket. */
static inline bool torus_operation_is_plain_send(const struct torus_sqe *sqe) {
    uint32_t known = TORUS_MSG_WAITALL | TORUS_MSG_NOSIGNAL | TORUS_MSG_MORE;
    return sqe->opcode == TORUS_OP_SEND && (sqe->flags | sqe->ioprio | sqe->addr_len) == 0 &&
           (sqe->op_flags & ~known) == 0;
}

/* Checks an entry against the operation table and turns it into an operation; 0 or -EINVAL. */
int torus_operation_decode(const struct torus_sqe *sqe, struct torus_op *out);

#endif
