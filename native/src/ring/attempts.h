/*
 * The two system calls of which most messages consist, inline.
 *
 * After a system call the processor mispredicts the returns of the functions around it, so a caller that is on the way
 * of every message has none of them between its loop and the system call.
 */
#ifndef TORUS_ATTEMPTS_H
#define TORUS_ATTEMPTS_H

#include "engine.h"
#include "torus/errno.h"

static inline void *torus_memory(uint64_t address) {
    return (void *)(uintptr_t)address;
}

/* An attempt that found the side of a handle not ready. */
static inline void torus_not_ready(struct torus_engine *engine, struct torus_handle *handle, unsigned side) {
    engine->would_block++;
    handle->ready &= (uint8_t) ~(1u << side);
}

/* Called after `got` bytes came where `asked` had room. */
static inline void torus_received(struct torus_engine *engine, struct torus_handle *handle, const struct torus_op *op,
                                  int got, uint32_t asked) {
    engine->bytes_in += (uint64_t)got;
    /* The queue of a TCP socket is empty now, and what comes later brings an edge: save the attempt that finds nothing.
     * Only once registered, else there is no edge; not after an end or urgent data, at which receives stop short. */
    uint8_t certain = TORUS_HANDLE_WATCHED | TORUS_HANDLE_TCP;
    if (got > 0 && (uint32_t)got < asked && (handle->state & certain) == certain &&
        (handle->ready & TORUS_READY_ENDED) == 0 && (op->op_flags & TORUS_MSG_PEEK) == 0) {
        handle->ready &= (uint8_t)~TORUS_READY_READ;
    }
}

/* One receive into the next buffer of the group: bytes, 0, or -errno; *flags names the buffer if there are bytes. */
static inline int torus_receive_selected(struct torus_engine *engine, struct torus_handle *handle,
                                         const struct torus_op *op, uint32_t *flags) {
    struct torus_group *group = torus_groups_get(&engine->groups, op->buf_group);
    const struct torus_buf *next = group == NULL ? NULL : torus_group_peek(group);
    if (next == NULL) {
        return group == NULL ? -TORUS_ENOBUFS : torus_operation_without_buffer(engine, handle, op);
    }
    struct torus_buf buffer = *next;
    uint32_t bytes = op->len != 0 && op->len < buffer.len ? op->len : buffer.len;
    if (bytes > INT32_MAX || !torus_regions_hold(&engine->regions, buffer.addr, bytes)) {
        return -TORUS_EFAULT;
    }
    engine->syscalls++;
    int got = os_recv(op->fd, torus_memory(buffer.addr), bytes, op->op_flags);
    if (got > 0) {
        torus_group_take(group);
        *flags = TORUS_CQE_F_BUFFER | (uint32_t)buffer.bid << TORUS_CQE_BUFFER_SHIFT;
        torus_received(engine, handle, op, got, bytes);
    }
    return got;
}

#endif
