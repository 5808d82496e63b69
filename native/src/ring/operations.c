/*
 * What each operation does when it is its turn.
 *
 *   RECV     recv, into the memory of the entry or into a provided buffer     SEND     send or sendto
 *   RECVMSG  recvmsg                                                          SENDMSG  sendmsg
 *   ACCEPT   accept4                                                          CONNECT  connect, then SO_ERROR
 *   POLL_ADD poll, then edges
 *
 * Memory is checked at each attempt, not only when the entry arrives, because lists of buffers and buffer rings can be
 * rewritten in between.
 */
#include <stddef.h>

#include "attempts.h"

/* --- helpers ------------------------------------------------------------------------------------------------------ */

static enum torus_step operation__done(struct torus_result *out, int32_t res) {
    *out = (struct torus_result){.res = res};
    return TORUS_STEP_DONE;
}

static enum torus_step operation__wait(struct torus_engine *engine, struct torus_handle *handle, unsigned side) {
    torus_not_ready(engine, handle, side);
    return TORUS_STEP_WAIT;
}

static bool operation__may_block(int result) {
    return result == -TORUS_EAGAIN;
}

/* --- receiving ---------------------------------------------------------------------------------------------------- */

int torus_operation_without_buffer(struct torus_engine *engine, const struct torus_handle *handle,
                                   const struct torus_op *op) {
    engine->syscalls++;
    int found = os_peek(op->fd);
    bool datagram_of_nothing = found == 0 && (handle->state & TORUS_HANDLE_STREAM) == 0;
    return found > 0 || datagram_of_nothing ? -TORUS_ENOBUFS : found;
}

static enum torus_step operation__recv_multishot(struct torus_engine *engine, struct torus_handle *handle,
                                                 struct torus_op *op, struct torus_result *out) {
    for (unsigned attempts = 0; attempts < TORUS_TURN_BUDGET; attempts++) {
        if (torus_engine_pauses(engine)) {
            return TORUS_STEP_YIELD;
        }
        uint32_t flags = 0;
        int got = torus_receive_selected(engine, handle, op, &flags);
        if (operation__may_block(got)) {
            return operation__wait(engine, handle, TORUS_SIDE_READ);
        }
        if (got <= 0) {
            return operation__done(out, got);
        }
        torus_rings_post(&engine->rings, op->user_data, got, flags | TORUS_CQE_F_MORE);
        if ((handle->ready & TORUS_READY_READ) == 0) {
            return TORUS_STEP_WAIT;
        }
    }
    return TORUS_STEP_YIELD;
}

static enum torus_step operation__recv(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                       struct torus_result *out) {
    if ((op->mode & TORUS_OP_MULTI) != 0) {
        return operation__recv_multishot(engine, handle, op, out);
    }
    uint32_t flags = 0;
    int got;
    if ((op->mode & TORUS_OP_SELECT) != 0) {
        got = torus_receive_selected(engine, handle, op, &flags);
    } else if (op->len > INT32_MAX || !torus_regions_hold(&engine->regions, op->addr, op->len)) {
        got = -TORUS_EFAULT;
    } else {
        engine->syscalls++;
        got = os_recv(op->fd, torus_memory(op->addr), op->len, op->op_flags);
        if (got > 0) {
            torus_received(engine, handle, op, got, op->len);
        }
    }
    if (operation__may_block(got)) {
        return operation__wait(engine, handle, TORUS_SIDE_READ);
    }
    out->res = got;
    out->flags = flags;
    return TORUS_STEP_DONE;
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

/* Copies the header and its array, all of it checked, and leaves out the first `skip` bytes. *total: bytes described.
 */
static int operation__message(struct torus_engine *engine, const struct torus_op *op, uint64_t skip,
                              struct torus_msghdr *out, uint64_t *total) {
    struct torus_regions *regions = &engine->regions;
    if (!torus_regions_hold(regions, op->addr, sizeof *out) || op->addr % 8 != 0) {
        return -TORUS_EFAULT;
    }
    *out = *(const struct torus_msghdr *)torus_memory(op->addr);
    if (out->iovlen > OS_IOVECS_MAX) {
        return -TORUS_EMSGSIZE;
    }
    if (!torus_regions_hold(regions, out->iov, out->iovlen * sizeof(struct torus_iovec)) || out->iov % 8 != 0 ||
        !torus_regions_hold(regions, out->name, out->namelen) ||
        !torus_regions_hold(regions, out->control, out->controllen)) {
        return -TORUS_EFAULT;
    }
    const struct torus_iovec *given = torus_memory(out->iov);
    uint32_t count = 0;
    *total = 0;
    for (uint64_t i = 0; i < out->iovlen; i++) {
        struct torus_iovec part = given[i];
        if (!torus_regions_hold(regions, part.base, part.len)) {
            return -TORUS_EFAULT;
        }
        *total += part.len;
        if (*total > INT32_MAX) {
            return -TORUS_EINVAL;
        }
        if (skip >= part.len) {
            skip -= part.len;
            continue;
        }
        engine->iovecs[count++] = (struct torus_iovec){.base = part.base + skip, .len = part.len - skip};
        skip = 0;
    }
    out->iov = (uint64_t)(uintptr_t)engine->iovecs;
    out->iovlen = count;
    return 0;
}

static enum torus_step operation__recvmsg(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                          struct torus_result *out) {
    struct torus_msghdr message;
    uint64_t total = 0;
    int got = operation__message(engine, op, 0, &message, &total);
    if (got < 0) {
        return operation__done(out, got);
    }
    engine->syscalls++;
    got = os_recvmsg(op->fd, &message, op->op_flags);
    if (operation__may_block(got)) {
        return operation__wait(engine, handle, TORUS_SIDE_READ);
    }
    if (got >= 0) {
        struct torus_msghdr *header = torus_memory(op->addr);
        header->namelen = message.namelen;
        header->controllen = message.controllen;
        header->flags = message.flags;
        torus_received(engine, handle, op, got, (uint32_t)total);
    }
    return operation__done(out, got);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

/* One send of what is left: bytes or -errno. *left is what there was to send. */
static int operation__send_once(struct torus_engine *engine, const struct torus_op *op, uint64_t *left) {
    struct torus_regions *regions = &engine->regions;
    if (op->opcode == TORUS_OP_SENDMSG) {
        struct torus_msghdr message;
        int result = operation__message(engine, op, op->done, &message, left);
        if (result < 0) {
            return result;
        }
        *left -= op->done;
        engine->syscalls++;
        return os_sendmsg(op->fd, &message, op->op_flags);
    }
    if (op->len > INT32_MAX || !torus_regions_hold(regions, op->addr, op->len) ||
        (op->addr_len != 0 && !torus_regions_hold(regions, op->addr2, op->addr_len))) {
        return -TORUS_EFAULT;
    }
    *left = op->len - op->done;
    engine->syscalls++;
    return os_send(op->fd, torus_memory(op->addr + op->done), (uint32_t)*left, op->op_flags, torus_memory(op->addr2),
                   op->addr_len);
}

static enum torus_step operation__send(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                       struct torus_result *out) {
    for (unsigned attempts = 0; attempts < TORUS_TURN_BUDGET; attempts++) {
        uint64_t left = 0;
        int sent = operation__send_once(engine, op, &left);
        if (operation__may_block(sent)) {
            return operation__wait(engine, handle, TORUS_SIDE_WRITE);
        }
        if (sent < 0) {
            return operation__done(out, op->done > 0 ? (int32_t)op->done : sent);
        }
        engine->bytes_out += (uint64_t)sent;
        op->done += (uint32_t)sent;
        if ((uint64_t)sent >= left || (op->op_flags & TORUS_MSG_WAITALL) == 0) {
            return operation__done(out, (int32_t)op->done);
        }
    }
    return TORUS_STEP_YIELD;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static enum torus_step operation__connect(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                          struct torus_result *out) {
    engine->syscalls++;
    if (op->done != 0) {
        int ended = os_connect_result(op->fd);
        if (handle->error != 0) {
            ended = -handle->error; /* the poller may have taken SO_ERROR away when it asked */
        }
        return ended == -TORUS_EINPROGRESS ? operation__wait(engine, handle, TORUS_SIDE_WRITE)
                                           : operation__done(out, ended);
    }
    if (op->addr2 < sizeof(uint16_t) || op->addr2 > TORUS_SOCKADDR_BYTES) {
        return operation__done(out, -TORUS_EINVAL);
    }
    if (!torus_regions_hold(&engine->regions, op->addr, op->addr2)) {
        return operation__done(out, -TORUS_EFAULT);
    }
    int result = os_connect(op->fd, torus_memory(op->addr), (uint32_t)op->addr2);
    if (result != -TORUS_EINPROGRESS) {
        return operation__done(out, result);
    }
    /* A socket that is not connected has reported HUP; what counts is what comes from now on. */
    op->done = 1;
    handle->error = 0;
    handle->ready &= (uint8_t) ~(TORUS_READY_WRITE | TORUS_READY_ENDED);
    return TORUS_STEP_WAIT;
}

static enum torus_step operation__accept(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                         struct torus_result *out) {
    bool multishot = (op->mode & TORUS_OP_MULTI) != 0;
    for (unsigned attempts = 0; attempts < TORUS_TURN_BUDGET; attempts++) {
        if (multishot && torus_rings_room(&engine->rings) <= torus_engine_reserve(engine)) {
            return TORUS_STEP_YIELD;
        }
        engine->syscalls++;
        int fd = os_accept(op->fd);
        if (operation__may_block(fd)) {
            return operation__wait(engine, handle, TORUS_SIDE_READ);
        }
        if (fd >= 0) {
            int known = torus_engine_adopt(engine, fd, handle->state & (TORUS_HANDLE_STREAM | TORUS_HANDLE_TCP));
            if (known < 0) {
                os_close(fd);
            }
            fd = known;
        }
        /* With no descriptor left (EMFILE) even a multishot one ends: whoever re-arms it decides when. */
        if (fd < 0 || !multishot) {
            return operation__done(out, fd);
        }
        torus_rings_post(&engine->rings, op->user_data, fd, TORUS_CQE_F_MORE);
    }
    return TORUS_STEP_YIELD;
}

/* --- polling ------------------------------------------------------------------------------------------------------ */

enum torus_step torus_operation_polled(struct torus_engine *engine, struct torus_op *op, uint32_t events,
                                       struct torus_result *out) {
    uint32_t seen = events & (op->op_flags | TORUS_POLLERR | TORUS_POLLHUP);
    if (seen == 0) {
        return TORUS_STEP_WAIT;
    }
    if ((op->mode & TORUS_OP_MULTI) == 0) {
        return operation__done(out, (int32_t)seen);
    }
    if (torus_rings_room(&engine->rings) == 0) {
        return TORUS_STEP_YIELD;
    }
    torus_rings_post(&engine->rings, op->user_data, (int32_t)seen, TORUS_CQE_F_MORE);
    return TORUS_STEP_WAIT;
}

static enum torus_step operation__poll(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                       struct torus_result *out) {
    engine->syscalls++;
    int events = os_poll(op->fd, op->op_flags);
    if (events < 0) {
        return operation__done(out, events);
    }
    enum torus_step step = torus_operation_polled(engine, op, (uint32_t)events, out);
    if (step == TORUS_STEP_YIELD) {
        handle->polled |= (uint32_t)events; /* reported when there is room */
    }
    return step;
}

enum torus_step torus_operation_step(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                     struct torus_result *out) {
    switch (op->opcode) {
        case TORUS_OP_RECV:
            return operation__recv(engine, handle, op, out);
        case TORUS_OP_SEND:
        case TORUS_OP_SENDMSG:
            return operation__send(engine, handle, op, out);
        case TORUS_OP_RECVMSG:
            return operation__recvmsg(engine, handle, op, out);
        case TORUS_OP_ACCEPT:
            return operation__accept(engine, handle, op, out);
        case TORUS_OP_CONNECT:
            return operation__connect(engine, handle, op, out);
        case TORUS_OP_POLL_ADD:
            return operation__poll(engine, handle, op, out);
        default:
            return operation__done(out, -TORUS_EINVAL);
    }
}
