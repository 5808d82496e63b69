/* RECV and SEND, on streams and connected datagram sockets, and the sending half of messages. */
#include "iocp.h"

static void *streams__memory(uint64_t address) {
    return (void *)(uintptr_t)address;
}

/* --- receiving ---------------------------------------------------------------------------------------------------- */

static DWORD streams__flags(const struct torus_op *entry) {
    return (entry->op_flags & TORUS_MSG_PEEK) != 0 ? MSG_PEEK : 0;
}

/* What a receive that failed means: the end of the stream if it was us who ended it. */
static int streams__receive_error(const struct iocp_op *op, int error) {
    bool ended = op->handle != NULL && (op->handle->state & IOCP_HANDLE_READ_ENDED) != 0;
    if (error == -TORUS_EPIPE && ended) {
        return 0;
    }
    if (op->handle != NULL && !iocp_is_stream(op)) {
        /* An ICMP message said that nobody listens there. */
        return error == -TORUS_ECONNRESET ? -TORUS_ECONNREFUSED : error;
    }
    return error == -TORUS_ECONNABORTED ? -TORUS_ECONNRESET : error;
}

/* One receive that does not wait: bytes or -errno. */
static int streams__receive_now(struct iocp *iocp, struct iocp_op *op, void *memory, uint32_t bytes, DWORD flags) {
    WSABUF buffer = {.len = bytes, .buf = memory};
    DWORD got = 0;
    iocp->syscalls++;
    if (WSARecv(windows_socket(op->entry.fd), &buffer, 1, &got, &flags, NULL, NULL) == 0) {
        return (int)got;
    }
    int error = WSAGetLastError();
    /* A datagram that is longer than its buffer is cut off, as everywhere. */
    return error == WSAEMSGSIZE ? (int)bytes : streams__receive_error(op, windows_error((uint32_t)error));
}

/* No buffer is left, which matters only if there is something to receive: -ENOBUFS, else what a receive would say. */
static int streams__without_buffer(struct iocp *iocp, struct iocp_op *op) {
    char byte;
    int found = streams__receive_now(iocp, op, &byte, sizeof byte, MSG_PEEK);
    return found > 0 || (found == 0 && !iocp_is_stream(op)) ? -TORUS_ENOBUFS : found;
}

/* One receive into the next buffer of the group: bytes, 0, or -errno; *flags names the buffer if there are bytes. */
static int streams__receive_selected(struct iocp *iocp, struct iocp_op *op, uint32_t *flags) {
    struct torus_group *group = torus_groups_get(&iocp->groups, op->entry.buf_group);
    const struct torus_buf *next = group == NULL ? NULL : torus_group_peek(group);
    if (next == NULL) {
        return group == NULL ? -TORUS_ENOBUFS : streams__without_buffer(iocp, op);
    }
    struct torus_buf buffer = *next;
    uint32_t bytes = op->entry.len != 0 && op->entry.len < buffer.len ? op->entry.len : buffer.len;
    if (bytes > INT32_MAX || !torus_regions_hold(&iocp->regions, buffer.addr, bytes)) {
        return -TORUS_EFAULT;
    }
    int got = streams__receive_now(iocp, op, streams__memory(buffer.addr), bytes, streams__flags(&op->entry));
    if (got > 0) {
        torus_group_take(group);
        *flags = TORUS_CQE_F_BUFFER | (uint32_t)buffer.bid << TORUS_CQE_BUFFER_SHIFT;
        iocp->bytes_in += (uint64_t)got;
    }
    return got;
}

/* Waits for something to receive without lending a buffer. */
static enum iocp_step streams__wait_for_data(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    iocp->would_block++;
    if (!iocp_is_stream(op)) {
        /* A receive of zero bytes would eat a datagram. */
        uint32_t events = IOCP_AFD_RECEIVE | IOCP_AFD_ABORT | IOCP_AFD_LOCAL_CLOSE;
        return iocp_wait_for(iocp, op, IOCP_WAITS, events, out);
    }
    WSABUF nothing = {0};
    DWORD flags = 0;
    DWORD got = 0;
    iocp->syscalls++;
    int failed = WSARecv(windows_socket(op->entry.fd), &nothing, 1, &got, &flags, iocp_overlapped(op), NULL);
    DWORD error = failed != 0 ? (DWORD)WSAGetLastError() : 0;
    enum iocp_step step = iocp_called(op, IOCP_WAITS, failed != 0, error, got, out);
    if (step == IOCP_DONE && failed == 0) {
        return IOCP_AGAIN; /* data came in between */
    }
    out->res = step == IOCP_DONE ? streams__receive_error(op, out->res) : 0;
    return step;
}

static enum iocp_step streams__recv_multishot(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    for (unsigned attempts = 0; attempts < IOCP_TURN_BUDGET; attempts++) {
        if (torus_rings_room(&iocp->rings) <= iocp_reserve(iocp)) {
            return IOCP_AGAIN;
        }
        uint32_t flags = 0;
        int got = streams__receive_selected(iocp, op, &flags);
        if (got == -TORUS_EAGAIN) {
            return streams__wait_for_data(iocp, op, out);
        }
        if (got <= 0) {
            return iocp_done(out, got);
        }
        torus_rings_post(&iocp->rings, op->entry.user_data, got, flags | TORUS_CQE_F_MORE);
    }
    return IOCP_AGAIN;
}

enum iocp_step iocp_recv(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if ((op->entry.op_flags & TORUS_MSG_TRUNC) != 0) {
        return iocp_done(out, -TORUS_EOPNOTSUPP); /* there is no way to learn the real length */
    }
    if ((op->entry.mode & TORUS_OP_MULTI) != 0) {
        return streams__recv_multishot(iocp, op, out);
    }
    if ((op->entry.mode & TORUS_OP_SELECT) != 0) {
        uint32_t flags = 0;
        int got = streams__receive_selected(iocp, op, &flags);
        if (got == -TORUS_EAGAIN) {
            return streams__wait_for_data(iocp, op, out);
        }
        *out = (struct iocp_result){.res = got, .flags = flags};
        return IOCP_DONE;
    }
    if (op->entry.len > INT32_MAX || !torus_regions_hold(&iocp->regions, op->entry.addr, op->entry.len)) {
        return iocp_done(out, -TORUS_EFAULT);
    }
    WSABUF buffer = {.len = op->entry.len, .buf = streams__memory(op->entry.addr)};
    DWORD flags = streams__flags(&op->entry);
    DWORD got = 0;
    iocp->syscalls++;
    int failed = WSARecv(windows_socket(op->entry.fd), &buffer, 1, &got, &flags, iocp_overlapped(op), NULL);
    DWORD error = failed != 0 ? (DWORD)WSAGetLastError() : 0;
    enum iocp_step step = iocp_called(op, IOCP_TRANSFERS, failed != 0, error, got, out);
    if (step == IOCP_DONE) {
        out->res = failed != 0 ? streams__receive_error(op, out->res) : out->res;
        iocp->bytes_in += out->res > 0 ? (uint64_t)out->res : 0;
    }
    return step;
}

/* The status of a datagram that was cut off: STATUS_BUFFER_OVERFLOW. */
#define STREAMS_CUT_OFF 0x80000005u

struct iocp_result iocp_received(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes) {
    int error = status == STREAMS_CUT_OFF ? 0 : windows_status(status);
    if (error == 0) {
        iocp->bytes_in += bytes;
        return (struct iocp_result){.res = (int32_t)bytes};
    }
    return (struct iocp_result){.res = streams__receive_error(op, error)};
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

/* What a send that failed means: a peer that has gone is EPIPE or ECONNRESET. */
static int streams__send_error(const struct iocp_op *op, DWORD code) {
    int error = windows_error(code);
    return iocp_is_stream(op) && error == -TORUS_ECONNABORTED ? -TORUS_ECONNRESET : error;
}

/* Limits what is offered of a stream to one piece: the number of buffers. */
static DWORD streams__piece(WSABUF *buffers, DWORD count) {
    uint32_t left = IOCP_SEND_BYTES;
    for (DWORD i = 0; i < count; i++) {
        if (buffers[i].len >= left) {
            buffers[i].len = left;
            return i + 1;
        }
        left -= buffers[i].len;
    }
    return count;
}

/* The buffers of what is left to send, in iocp->buffers: their number or -errno. *left: bytes; `to`: where to. */
static int streams__to_send(struct iocp *iocp, const struct torus_op *entry, uint64_t *left, uint64_t *to,
                            uint32_t *to_length) {
    if (entry->opcode == TORUS_OP_SENDMSG) {
        struct torus_msghdr message;
        int count = iocp_message(iocp, entry, entry->done, &message, left);
        *left -= count < 0 ? 0 : entry->done;
        *to = message.name;
        *to_length = message.namelen;
        return count;
    }
    if (entry->len > INT32_MAX || !torus_regions_hold(&iocp->regions, entry->addr, entry->len) ||
        (entry->addr_len != 0 && !torus_regions_hold(&iocp->regions, entry->addr2, entry->addr_len))) {
        return -TORUS_EFAULT;
    }
    *left = entry->len - entry->done;
    *to = entry->addr2;
    *to_length = entry->addr_len;
    iocp->buffers[0] = (WSABUF){.len = (ULONG)*left, .buf = streams__memory(entry->addr + entry->done)};
    return 1;
}

/* One send that does not wait: bytes or -errno. *left is what there was to send. */
static int streams__send_now(struct iocp *iocp, struct iocp_op *op, uint64_t *left) {
    uint64_t to = 0;
    uint32_t to_length = 0;
    int count = streams__to_send(iocp, &op->entry, left, &to, &to_length);
    if (count < 0) {
        return count;
    }
    struct sockaddr_storage address;
    int length = 0;
    if (to != 0 && to_length != 0 && !iocp_is_stream(op)) {
        length = windows_address(streams__memory(to), to_length, &address);
        if (length < 0) {
            return length;
        }
    }
    SOCKET socket = windows_socket(op->entry.fd);
    DWORD sent = 0;
    int failed;
    iocp->syscalls++;
    if (length > 0) {
        const struct sockaddr *where = (const struct sockaddr *)&address;
        failed = WSASendTo(socket, iocp->buffers, (DWORD)count, &sent, 0, where, length, NULL, NULL);
    } else {
        DWORD pieces = iocp_is_stream(op) ? streams__piece(iocp->buffers, (DWORD)count) : (DWORD)count;
        failed = WSASend(socket, iocp->buffers, pieces, &sent, 0, NULL, NULL);
    }
    if (failed == 0) {
        return (int)sent;
    }
    int error = streams__send_error(op, (DWORD)WSAGetLastError());
    if (!iocp_is_stream(op) && length == 0 && (error == -TORUS_EINVAL || error == -TORUS_ENOTCONN)) {
        return -TORUS_EDESTADDRREQ; /* what Linux says of a datagram to nobody; Wine 8 and Windows differ */
    }
    return error;
}

enum iocp_step iocp_send(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if (iocp_is_stream(op) && (op->handle->state & IOCP_HANDLE_CONNECTED) == 0) {
        return iocp_done(out, -TORUS_EPIPE); /* as Linux says; Wine 8 would say that the connection was reset */
    }
    for (unsigned attempts = 0; attempts < IOCP_TURN_BUDGET; attempts++) {
        uint64_t left = 0;
        int sent = streams__send_now(iocp, op, &left);
        if (sent == -TORUS_EAGAIN) {
            iocp->would_block++;
            return iocp_wait_for(iocp, op, IOCP_WAITS, IOCP_AFD_SEND | IOCP_AFD_ABORT | IOCP_AFD_LOCAL_CLOSE, out);
        }
        if (sent < 0) {
            return iocp_done(out, op->entry.done > 0 ? (int32_t)op->entry.done : sent);
        }
        iocp->bytes_out += (uint64_t)sent;
        op->entry.done += (uint32_t)sent;
        if ((uint64_t)sent >= left || (op->entry.op_flags & TORUS_MSG_WAITALL) == 0 || !iocp_is_stream(op)) {
            return iocp_done(out, (int32_t)op->entry.done);
        }
    }
    return IOCP_AGAIN;
}
