/*
 * Ends of named pipes as streams:
 *
 *   CONNECT   ConnectNamedPipe: the server's end waits for its client
 *   RECV      ReadFile, overlapped; into a provided buffer: what PeekNamedPipe saw, else after a read of zero bytes
 * that waits SEND      WriteFile, overlapped, a piece at a time: of a piece that is cancelled nobody can tell how much
 * went
 *
 * A pipe has no halves: there is no SHUTDOWN, and the end of the stream is that the other end was closed.
 */
#include "iocp.h"

static void *pipes__memory(uint64_t address) {
    return (void *)(uintptr_t)address;
}

/* What a call on the pipe came to that failed at once; the other end has gone: 0 for who reads, EPIPE for who writes.
 */
static enum iocp_step pipes__called(struct iocp_op *op, enum iocp_stage stage, BOOL done, struct iocp_result *out) {
    DWORD error = done ? 0 : GetLastError();
    enum iocp_step step = iocp_called(op, stage, !done, error, 0, out);
    if (step == IOCP_DONE && op->entry.opcode == TORUS_OP_RECV && out->res == -TORUS_EPIPE) {
        out->res = 0;
    }
    return step;
}

static enum iocp_step pipes__await_client(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if ((op->handle->state & IOCP_HANDLE_CONNECTED) != 0) {
        return iocp_done(out, -TORUS_EISCONN);
    }
    if (op->entry.addr2 != 0) {
        return iocp_done(out, -TORUS_EINVAL); /* an address; the client's end has connected when it was opened */
    }
    iocp->syscalls++;
    BOOL done = ConnectNamedPipe(windows_handle(op->entry.fd), iocp_overlapped(op));
    if (!done && (GetLastError() == ERROR_PIPE_CONNECTED || GetLastError() == ERROR_NO_DATA)) {
        op->handle->state |= IOCP_HANDLE_CONNECTED; /* it was faster, and may have gone again: a receive will tell */
        return iocp_done(out, 0);
    }
    return pipes__called(op, IOCP_TRANSFERS, done, out);
}

/* --- receiving ---------------------------------------------------------------------------------------------------- */

/* Bytes that are there, 0 at the end of the stream, -EAGAIN, or another -errno. */
static int pipes__available(struct iocp *iocp, const struct iocp_op *op) {
    DWORD bytes = 0;
    iocp->syscalls++;
    if (!PeekNamedPipe(windows_handle(op->entry.fd), NULL, 0, NULL, &bytes, NULL)) {
        int error = os_error();
        return error == -TORUS_EPIPE ? 0 : error;
    }
    return bytes == 0 ? -TORUS_EAGAIN : bytes > INT32_MAX ? INT32_MAX : (int)bytes;
}

/* Reads what is there. The event's lowest bit keeps the packet away from the port. */
static int pipes__read_now(struct iocp *iocp, const struct iocp_op *op, uint64_t address, uint32_t bytes) {
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((uintptr_t)iocp->event | 1)};
    HANDLE pipe = windows_handle(op->entry.fd);
    DWORD got = 0;
    iocp->syscalls++;
    BOOL done = ReadFile(pipe, pipes__memory(address), bytes, NULL, &overlapped);
    if (done || GetLastError() == ERROR_IO_PENDING) {
        done = GetOverlappedResult(pipe, &overlapped, &got, TRUE);
    }
    int error = done ? 0 : os_error();
    return error == 0 ? (int)got : error == -TORUS_EPIPE ? 0 : error;
}

/* As streams__receive_selected, for a pipe; -EAGAIN: nothing is there. */
static int pipes__receive_selected(struct iocp *iocp, struct iocp_op *op, uint32_t *flags) {
    int available = pipes__available(iocp, op);
    if (available <= 0) {
        return available;
    }
    struct torus_group *group = torus_groups_get(&iocp->groups, op->entry.buf_group);
    const struct torus_buf *next = group == NULL ? NULL : torus_group_peek(group);
    if (next == NULL) {
        return -TORUS_ENOBUFS;
    }
    struct torus_buf buffer = *next;
    uint32_t bytes = op->entry.len != 0 && op->entry.len < buffer.len ? op->entry.len : buffer.len;
    bytes = (uint32_t)available < bytes ? (uint32_t)available : bytes;
    if (!torus_regions_hold(&iocp->regions, buffer.addr, bytes)) {
        return -TORUS_EFAULT;
    }
    int got = pipes__read_now(iocp, op, buffer.addr, bytes);
    if (got > 0) {
        torus_group_take(group);
        *flags = TORUS_CQE_F_BUFFER | (uint32_t)buffer.bid << TORUS_CQE_BUFFER_SHIFT;
        iocp->bytes_in += (uint64_t)got;
    }
    return got;
}

static enum iocp_step pipes__wait_for_data(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    iocp->would_block++;
    iocp->syscalls++;
    BOOL done = ReadFile(windows_handle(op->entry.fd), &op->u, 0, NULL, iocp_overlapped(op));
    return pipes__called(op, IOCP_WAITS, done, out);
}

static enum iocp_step pipes__recv_selected(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    bool many = (op->entry.mode & TORUS_OP_MULTI) != 0;
    for (unsigned attempts = 0; attempts < IOCP_TURN_BUDGET; attempts++) {
        if (many && torus_rings_room(&iocp->rings) <= iocp_reserve(iocp)) {
            return IOCP_AGAIN;
        }
        uint32_t flags = 0;
        int got = pipes__receive_selected(iocp, op, &flags);
        if (got == -TORUS_EAGAIN) {
            return pipes__wait_for_data(iocp, op, out);
        }
        if (got <= 0 || !many) {
            *out = (struct iocp_result){.res = got, .flags = flags};
            return IOCP_DONE;
        }
        torus_rings_post(&iocp->rings, op->entry.user_data, got, flags | TORUS_CQE_F_MORE);
    }
    return IOCP_AGAIN;
}

static enum iocp_step pipes__recv(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if ((op->handle->state & IOCP_HANDLE_CONNECTED) == 0) {
        return iocp_done(out, -TORUS_ENOTCONN);
    }
    if ((op->entry.op_flags & (TORUS_MSG_TRUNC | TORUS_MSG_PEEK)) != 0) {
        return iocp_done(out, -TORUS_EOPNOTSUPP);
    }
    if ((op->entry.mode & (TORUS_OP_MULTI | TORUS_OP_SELECT)) != 0) {
        return pipes__recv_selected(iocp, op, out);
    }
    if (op->entry.len > INT32_MAX || !torus_regions_hold(&iocp->regions, op->entry.addr, op->entry.len)) {
        return iocp_done(out, -TORUS_EFAULT);
    }
    iocp->syscalls++;
    BOOL done =
        ReadFile(windows_handle(op->entry.fd), pipes__memory(op->entry.addr), op->entry.len, NULL, iocp_overlapped(op));
    return pipes__called(op, IOCP_TRANSFERS, done, out);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static bool pipes__is_sent(const struct iocp_op *op) {
    bool some = op->entry.done > 0 && (op->entry.op_flags & TORUS_MSG_WAITALL) == 0;
    return some || op->entry.done == op->entry.len;
}

static enum iocp_step pipes__send(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if ((op->handle->state & IOCP_HANDLE_CONNECTED) == 0) {
        return iocp_done(out, -TORUS_EPIPE);
    }
    if (op->entry.len > INT32_MAX || !torus_regions_hold(&iocp->regions, op->entry.addr, op->entry.len)) {
        return iocp_done(out, -TORUS_EFAULT);
    }
    if (pipes__is_sent(op)) {
        return iocp_done(out, (int32_t)op->entry.done);
    }
    uint32_t left = op->entry.len - op->entry.done;
    uint32_t piece = left < IOCP_SEND_BYTES ? left : IOCP_SEND_BYTES;
    void *memory = pipes__memory(op->entry.addr + op->entry.done);
    iocp->syscalls++;
    BOOL done = WriteFile(windows_handle(op->entry.fd), memory, piece, NULL, iocp_overlapped(op));
    enum iocp_step step = pipes__called(op, IOCP_WAITS, done, out);
    if (step == IOCP_DONE && op->entry.done > 0) {
        out->res = (int32_t)op->entry.done;
    }
    return step;
}

static void pipes__piece_ended(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes) {
    int error = windows_status(status);
    if (error == 0) {
        op->entry.done += bytes;
        iocp->bytes_out += bytes;
    }
    struct iocp_result result = {.res = (int32_t)op->entry.done};
    if (pipes__is_sent(op)) {
        iocp_finish(iocp, op, result);
    } else if ((op->marks & IOCP_OP_CANCELLED) != 0 || op->handle == NULL) {
        iocp_finish(iocp, op, iocp_cut_short(op));
    } else if (error < 0) {
        result.res = op->entry.done > 0 ? result.res : error;
        iocp_finish(iocp, op, result);
    } else {
        enum iocp_step step = pipes__send(iocp, op, &result);
        iocp_go_on(iocp, op, step, result);
    }
}

/* --- the port ----------------------------------------------------------------------------------------------------- */

enum iocp_step iocp_pipe(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    op->marks |= IOCP_OP_PIPE;
    switch (op->entry.opcode) {
        case TORUS_OP_CONNECT:
            return pipes__await_client(iocp, op, out);
        case TORUS_OP_RECV:
            return pipes__recv(iocp, op, out);
        case TORUS_OP_SEND:
            return pipes__send(iocp, op, out);
        default:
            return iocp_done(out, -TORUS_EOPNOTSUPP);
    }
}

/* The packet of a read that waited for something to read. */
static void pipes__may_receive(struct iocp *iocp, struct iocp_op *op, uint32_t status) {
    struct iocp_result result = {.res = windows_status(status)};
    if ((op->marks & IOCP_OP_CANCELLED) != 0 || op->handle == NULL) {
        iocp_finish(iocp, op, iocp_cut_short(op));
    } else if (result.res < 0) {
        result.res = result.res == -TORUS_EPIPE ? 0 : result.res;
        iocp_finish(iocp, op, result);
    } else {
        enum iocp_step step = pipes__recv(iocp, op, &result);
        iocp_go_on(iocp, op, step, result);
    }
}

void iocp_pipe_packet(struct iocp *iocp, struct iocp_op *op, uint32_t bytes) {
    uint32_t status = (uint32_t)op->overlapped.Internal;
    if (op->entry.opcode == TORUS_OP_SEND) {
        pipes__piece_ended(iocp, op, status, bytes);
        return;
    }
    if (op->stage == IOCP_WAITS) {
        pipes__may_receive(iocp, op, status);
        return;
    }
    struct iocp_result result = {.res = windows_status(status)};
    if (op->entry.opcode == TORUS_OP_CONNECT) {
        if (result.res == 0 && op->handle != NULL) {
            op->handle->state |= IOCP_HANDLE_CONNECTED;
        }
    } else if (result.res == 0) {
        iocp->bytes_in += bytes;
        result.res = (int32_t)bytes;
    } else if (result.res == -TORUS_EPIPE) {
        result.res = 0;
    }
    iocp_finish(iocp, op, result);
}
