/*
 * POLL_ADD and waiting for room to send, through the poll of Windows's own socket driver. The request is undocumented,
 * but select() is made of it, and so are the event loops that poll sockets on Windows. It is made on the socket's own
 * handle, so that its packet comes to our port.
 */
#include <winternl.h>

#include "iocp.h"

#define POLL_IOCTL_AFD_POLL 0x00012024u
#define POLL_STATUS_PENDING 0x103u

/* Of ntdll, whose import library has it; winternl.h in MinGW and the SDK declare it alike. */

enum iocp_step iocp_wait_for(struct iocp *iocp, struct iocp_op *op, enum iocp_stage stage, unsigned long events,
                             struct iocp_result *out) {
    HANDLE base = (HANDLE)op->handle->base;
    op->u.poll = (struct iocp_afd_poll){
        .timeout.QuadPart = INT64_MAX,
        .count = 1,
        .handle = base,
        .events = events,
    };
    OVERLAPPED *overlapped = iocp_overlapped(op);
    overlapped->Internal = POLL_STATUS_PENDING;
    iocp->syscalls++;
    NTSTATUS status =
        NtDeviceIoControlFile(base, NULL, NULL, overlapped, (IO_STATUS_BLOCK *)(void *)overlapped, POLL_IOCTL_AFD_POLL,
                              &op->u.poll, sizeof op->u.poll, &op->u.poll, sizeof op->u.poll);
    if (status < 0) {
        return iocp_done(out, windows_status((uint32_t)status));
    }
    op->stage = (uint8_t)stage;
    bool skips = (op->handle->state & IOCP_HANDLE_SKIPS) != 0;
    if (status == POLL_STATUS_PENDING || !skips) {
        return IOCP_ARMED;
    }
    if (stage == IOCP_TRANSFERS) {
        *out = iocp_polled(op, 0);
        return IOCP_DONE;
    }
    return IOCP_AGAIN;
}

enum iocp_step iocp_poll(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    uint32_t mask = op->entry.op_flags;
    unsigned long events = IOCP_AFD_ABORT | IOCP_AFD_LOCAL_CLOSE | IOCP_AFD_CONNECT_FAIL;
    events |= (mask & TORUS_POLLIN) != 0 ? IOCP_AFD_RECEIVE | IOCP_AFD_ACCEPT | IOCP_AFD_DISCONNECT : 0;
    events |= (mask & TORUS_POLLRDHUP) != 0 ? IOCP_AFD_DISCONNECT : 0;
    events |= (mask & TORUS_POLLOUT) != 0 ? IOCP_AFD_SEND : 0;
    /* A multishot poll is answered once, without MORE: the driver tells levels, which would not stop. */
    return iocp_wait_for(iocp, op, IOCP_TRANSFERS, events, out);
}

struct iocp_result iocp_polled(struct iocp_op *op, uint32_t status) {
    int error = windows_status(status);
    if (error < 0) {
        return (struct iocp_result){.res = error};
    }
    uint32_t seen = op->u.poll.events;
    uint32_t mask = 0;
    mask |= (seen & (IOCP_AFD_RECEIVE | IOCP_AFD_ACCEPT)) != 0 ? TORUS_POLLIN : 0;
    mask |= (seen & IOCP_AFD_DISCONNECT) != 0 ? TORUS_POLLIN | TORUS_POLLRDHUP : 0;
    mask |= (seen & IOCP_AFD_SEND) != 0 ? TORUS_POLLOUT : 0;
    mask |= (seen & IOCP_AFD_ABORT) != 0 ? TORUS_POLLIN | TORUS_POLLHUP | TORUS_POLLERR : 0;
    mask |= (seen & IOCP_AFD_CONNECT_FAIL) != 0 ? TORUS_POLLHUP | TORUS_POLLERR : 0;
    mask &= op->entry.op_flags | TORUS_POLLERR | TORUS_POLLHUP;
    /* Closed by us, or nothing of what was asked for. */
    return (struct iocp_result){.res = mask == 0 ? -TORUS_ECANCELED : (int32_t)mask};
}
