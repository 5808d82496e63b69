/* What happens at the port: attempts, packets, the run list, and how operations end. */
#include "iocp.h"

/* --- run list ----------------------------------------------------------------------------------------------------- */

void iocp_list(struct iocp *iocp, struct iocp_op *op) {
    iocp->run_count++;
    op->stage = IOCP_LISTED;
    op->run_next = NULL;
    op->run_previous = iocp->run_last;
    if (iocp->run_last == NULL) {
        iocp->run_first = op;
    } else {
        iocp->run_last->run_next = op;
    }
    iocp->run_last = op;
}

void iocp_unlist(struct iocp *iocp, struct iocp_op *op) {
    iocp->run_count--;
    if (op->run_previous == NULL) {
        iocp->run_first = op->run_next;
    } else {
        op->run_previous->run_next = op->run_next;
    }
    if (op->run_next == NULL) {
        iocp->run_last = op->run_previous;
    } else {
        op->run_next->run_previous = op->run_previous;
    }
}

/* --- operations under way ----------------------------------------------------------------------------------------- */

void iocp_finish(struct iocp *iocp, struct iocp_op *op, struct iocp_result result) {
    uint64_t user_data = op->entry.user_data;
    uint64_t canceller = op->canceller;
    bool answers = (op->marks & IOCP_OP_ANSWERS) != 0;
    bool cut = result.res == -TORUS_ECANCELED || (op->marks & IOCP_OP_CUT) != 0;
    iocp_ops_remove(&iocp->ops, op);
    torus_rings_post(&iocp->rings, user_data, result.res, result.flags);
    if (answers) {
        torus_rings_post(&iocp->rings, canceller, cut ? 0 : -TORUS_EALREADY, 0);
    }
}

struct iocp_result iocp_cut_short(struct iocp_op *op) {
    op->marks |= IOCP_OP_CUT;
    bool sends = op->entry.opcode == TORUS_OP_SEND || op->entry.opcode == TORUS_OP_SENDMSG;
    if (sends && op->entry.done > 0) {
        return (struct iocp_result){.res = (int32_t)op->entry.done};
    }
    return (struct iocp_result){.res = (op->marks & IOCP_OP_SHUT) != 0 ? 0 : -TORUS_ECANCELED};
}

enum iocp_step iocp_called(struct iocp_op *op, enum iocp_stage stage, bool failed, uint32_t error, uint32_t bytes,
                           struct iocp_result *out) {
    /* A message that did not fit is a warning, and only errors end a call without a packet. */
    bool warning = error == WSAEMSGSIZE || error == ERROR_MORE_DATA;
    if (failed && error != ERROR_IO_PENDING && !warning) {
        return iocp_done(out, windows_error(error));
    }
    op->stage = (uint8_t)stage;
    if (!failed && (op->handle->state & IOCP_HANDLE_SKIPS) != 0) {
        return iocp_done(out, (int32_t)bytes);
    }
    return IOCP_ARMED;
}

void iocp_cancel_call(struct iocp *iocp, struct iocp_op *op) {
    iocp->syscalls++;
    SOCKET base = op->handle->base;
    HANDLE polled = base == 0 ? windows_handle(op->handle->fd) : (HANDLE)base;
    HANDLE target =
        op->stage == IOCP_WAITS || op->entry.opcode == TORUS_OP_POLL_ADD ? polled : windows_handle(op->handle->fd);
    /* If the call is over already its packet is in the port and says so. */
    CancelIoEx(target, &op->overlapped);
}

enum iocp_step iocp_attempt(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if ((op->handle->state & IOCP_HANDLE_PIPE) != 0) {
        return iocp_pipe(iocp, op, out);
    }
    switch (op->entry.opcode) {
        case TORUS_OP_RECV:
            return iocp_recv(iocp, op, out);
        case TORUS_OP_SEND:
        case TORUS_OP_SENDMSG:
            return iocp_send(iocp, op, out);
        case TORUS_OP_RECVMSG:
            return iocp_recvmsg(iocp, op, out);
        case TORUS_OP_ACCEPT:
            return iocp_accept(iocp, op, out);
        case TORUS_OP_CONNECT:
            return iocp_connect(iocp, op, out);
        case TORUS_OP_POLL_ADD:
            return iocp_poll(iocp, op, out);
        case TORUS_OP_READ:
        case TORUS_OP_WRITE:
            return iocp_read_write(iocp, op, out);
        default:
            return iocp_done(out, -TORUS_EINVAL);
    }
}

/* What follows from an attempt. */
void iocp_go_on(struct iocp *iocp, struct iocp_op *op, enum iocp_step step, struct iocp_result result) {
    if (step == IOCP_DONE) {
        iocp_finish(iocp, op, result);
    } else if (step == IOCP_AGAIN) {
        iocp_list(iocp, op);
    }
}

static struct iocp_result port__transfer_result(struct iocp *iocp, struct iocp_op *op, uint32_t status,
                                                uint32_t bytes) {
    switch (op->entry.opcode) {
        case TORUS_OP_RECV:
            return iocp_received(iocp, op, status, bytes);
        case TORUS_OP_RECVMSG:
            return iocp_received_message(iocp, op, status, bytes);
        case TORUS_OP_CONNECT:
            return iocp_connected(op, status);
        case TORUS_OP_POLL_ADD:
            return iocp_polled(op, status);
        default:
            return iocp_transferred(iocp, op, status, bytes);
    }
}

void iocp_packet(struct iocp *iocp, struct iocp_op *op, uint32_t bytes) {
    uint32_t status = (uint32_t)op->overlapped.Internal;
    struct iocp_result result = {0};
    if ((op->marks & IOCP_OP_PIPE) != 0) {
        iocp_pipe_packet(iocp, op, bytes);
        return;
    }
    if (op->entry.opcode == TORUS_OP_ACCEPT) {
        bool many = op->parent != NULL;
        enum iocp_step step = iocp_accepted(iocp, op, status, &result);
        if (!many) {
            iocp_go_on(iocp, op, step, result);
        }
        return;
    }
    int error = windows_status(status);
    if (op->stage == IOCP_TRANSFERS) {
        result = port__transfer_result(iocp, op, status, bytes);
        bool ended_by_us = result.res == -TORUS_ECANCELED || result.res == -TORUS_EPIPE;
        if (ended_by_us && (op->marks & IOCP_OP_SHUT) != 0) {
            result.res = 0;
        }
        iocp_finish(iocp, op, result);
    } else if ((op->marks & (IOCP_OP_CANCELLED | IOCP_OP_SHUT)) != 0 || op->handle == NULL) {
        iocp_finish(iocp, op, iocp_cut_short(op));
    } else if (error < 0) {
        bool sent = op->entry.done > 0 && op->entry.opcode != TORUS_OP_RECV;
        iocp_finish(iocp, op, (struct iocp_result){.res = sent ? (int32_t)op->entry.done : error});
    } else {
        enum iocp_step step = iocp_attempt(iocp, op, &result);
        iocp_go_on(iocp, op, step, result);
    }
}

void iocp_run(struct iocp *iocp) {
    /* Those that are listed now; what is listed again meanwhile has its turn next time. */
    for (uint32_t left = iocp->run_count; left > 0 && iocp->run_first != NULL; left--) {
        if (torus_rings_room(&iocp->rings) == 0 || !torus_rings_reserve(&iocp->rings, IOCP_COMPLETIONS_PER_STEP)) {
            return;
        }
        struct iocp_op *op = iocp->run_first;
        iocp_unlist(iocp, op);
        struct iocp_result result = {0};
        bool many = op->parent != NULL;
        enum iocp_step step = iocp_attempt(iocp, op, &result);
        if (!many) {
            iocp_go_on(iocp, op, step, result);
        }
    }
}

/* Lets an operation end: now if no call is under way, else with its packet. */
void iocp_end(struct iocp *iocp, struct iocp_op *op) {
    bool accepts_many = op->entry.opcode == TORUS_OP_ACCEPT && (op->entry.mode & TORUS_OP_MULTI) != 0;
    op->marks |= IOCP_OP_CANCELLED;
    if (accepts_many && op->parent == NULL) {
        iocp_accept_end(iocp, op, -TORUS_ECANCELED);
    } else if (op->stage != IOCP_LISTED) {
        iocp_cancel_call(iocp, op);
    } else {
        iocp_unlist(iocp, op);
        iocp_finish(iocp, op, iocp_cut_short(op));
    }
}
