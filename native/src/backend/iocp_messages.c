/* RECVMSG, and message headers in general. */
#include <stddef.h>

#include "iocp.h"

static void *messages__memory(uint64_t address) {
    return (void *)(uintptr_t)address;
}

int iocp_message(struct iocp *iocp, const struct torus_op *entry, uint64_t skip, struct torus_msghdr *out,
                 uint64_t *total) {
    struct torus_regions *regions = &iocp->regions;
    if (!torus_regions_hold(regions, entry->addr, sizeof *out) || entry->addr % 8 != 0) {
        return -TORUS_EFAULT;
    }
    *out = *(const struct torus_msghdr *)messages__memory(entry->addr);
    if (out->iovlen > OS_IOVECS_MAX) {
        return -TORUS_EMSGSIZE;
    }
    if (!torus_regions_hold(regions, out->iov, out->iovlen * sizeof(struct torus_iovec)) || out->iov % 8 != 0 ||
        !torus_regions_hold(regions, out->name, out->namelen) ||
        !torus_regions_hold(regions, out->control, out->controllen)) {
        return -TORUS_EFAULT;
    }
    const struct torus_iovec *given = messages__memory(out->iov);
    int count = 0;
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
        iocp->buffers[count++] = (WSABUF){.len = (ULONG)(part.len - skip), .buf = messages__memory(part.base + skip)};
        skip = 0;
    }
    return count;
}

/* Writes what came beside the data into the header, which is checked again: Java may have changed it meanwhile. */
static void messages__describe(struct iocp *iocp, struct iocp_op *op, bool cut_off) {
    uint64_t at = op->entry.addr;
    if (!torus_regions_hold(&iocp->regions, at, sizeof(struct torus_msghdr))) {
        return;
    }
    struct torus_msghdr *header = messages__memory(at);
    uint32_t room = header->namelen;
    uint32_t length = 0;
    if (header->name != 0 && op->u.source.length > 0 && torus_regions_hold(&iocp->regions, header->name, room)) {
        const struct sockaddr *source = (const struct sockaddr *)&op->u.source.address;
        length = windows_linux_address(source, op->u.source.length, messages__memory(header->name), room);
    }
    header->namelen = length;
    header->controllen = 0;
    header->flags = cut_off ? TORUS_MSG_TRUNC : 0;
}

/* STATUS_BUFFER_OVERFLOW: the datagram was longer. */
#define MESSAGES_CUT_OFF 0x80000005u

struct iocp_result iocp_received_message(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes) {
    struct iocp_result result = iocp_received(iocp, op, status, bytes);
    if (result.res >= 0) {
        messages__describe(iocp, op, status == MESSAGES_CUT_OFF);
    }
    return result;
}

enum iocp_step iocp_recvmsg(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    struct torus_msghdr message;
    uint64_t total = 0;
    if ((op->entry.op_flags & TORUS_MSG_TRUNC) != 0) {
        return iocp_done(out, -TORUS_EOPNOTSUPP); /* there is no way to learn the real length */
    }
    int count = iocp_message(iocp, &op->entry, 0, &message, &total);
    if (count < 0) {
        return iocp_done(out, count);
    }
    if (count == 0) {
        iocp->buffers[0] = (WSABUF){0};
        count = 1;
    }
    DWORD got = 0;
    SOCKET socket = windows_socket(op->entry.fd);
    op->u.source.length = iocp_is_stream(op) ? 0 : (int)sizeof op->u.source.address;
    op->u.source.flags = (op->entry.op_flags & TORUS_MSG_PEEK) != 0 ? MSG_PEEK : 0;
    iocp->syscalls++;
    OVERLAPPED *overlapped = iocp_overlapped(op);
    int failed;
    if (iocp_is_stream(op)) {
        failed = WSARecv(socket, iocp->buffers, (DWORD)count, &got, &op->u.source.flags, overlapped, NULL);
    } else {
        failed = WSARecvFrom(socket, iocp->buffers, (DWORD)count, &got, &op->u.source.flags,
                             (struct sockaddr *)&op->u.source.address, &op->u.source.length, overlapped, NULL);
    }
    DWORD error = failed != 0 ? (DWORD)WSAGetLastError() : 0;
    enum iocp_step step = iocp_called(op, IOCP_TRANSFERS, failed != 0, error, got, out);
    if (step == IOCP_DONE && failed == 0) {
        *out = iocp_received_message(iocp, op, 0, got);
    }
    return step;
}
