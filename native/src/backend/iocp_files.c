/* READ and WRITE: files, and named pipes, which have no positions. */
#include "iocp.h"

#include "iocp_files.h"

int iocp_file_error(uint32_t code, bool writes, uint32_t bytes) {
    switch (code) {
        case ERROR_HANDLE_EOF:
            return 0;
        case ERROR_BROKEN_PIPE:
        case ERROR_PIPE_NOT_CONNECTED:
            return writes ? -TORUS_EPIPE : 0;
        case ERROR_MORE_DATA:
            return (int)bytes; /* the rest of the message is there for the next read */
        case ERROR_ACCESS_DENIED:
            return -TORUS_EBADF; /* not opened for that */
        default:
            return windows_error(code);
    }
}

/* The same for the status of a packet. */
static int files__status(uint32_t status, bool writes, uint32_t bytes) {
    static const struct {
        uint32_t status;
        uint32_t code;
    } known[] = {
        {0xC0000011, ERROR_HANDLE_EOF},         /* END_OF_FILE */
        {0xC000014B, ERROR_BROKEN_PIPE},        /* PIPE_BROKEN */
        {0xC00000B0, ERROR_PIPE_NOT_CONNECTED}, /* PIPE_DISCONNECTED */
        {0x80000005, ERROR_MORE_DATA},          /* BUFFER_OVERFLOW */
        {0xC0000022, ERROR_ACCESS_DENIED},
    };
    if ((int32_t)status >= 0) {
        return (int)bytes;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == status) {
            return iocp_file_error(known[i].code, writes, bytes);
        }
    }
    return windows_status(status);
}

static struct iocp_result files__ended(struct iocp *iocp, struct iocp_op *op, int result) {
    bool writes = op->entry.opcode == TORUS_OP_WRITE;
    if (result > 0) {
        *(writes ? &iocp->bytes_out : &iocp->bytes_in) += (uint64_t)result;
        if (op->entry.addr2 == UINT64_MAX && op->handle != NULL) {
            atomic_fetch_add_explicit(&op->handle->position, result, memory_order_relaxed);
        }
    }
    return (struct iocp_result){.res = result};
}

struct iocp_result iocp_transferred(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes) {
    return files__ended(iocp, op, files__status(status, op->entry.opcode == TORUS_OP_WRITE, bytes));
}

enum iocp_step iocp_read_write(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    bool writes = op->entry.opcode == TORUS_OP_WRITE;
    bool moves = op->entry.addr2 == UINT64_MAX; /* -1: the current position */
    if (op->entry.len > INT32_MAX || (!moves && op->entry.addr2 > INT64_MAX)) {
        return iocp_done(out, -TORUS_EINVAL);
    }
    if (!torus_regions_hold(&iocp->regions, op->entry.addr, op->entry.len)) {
        return iocp_done(out, -TORUS_EFAULT);
    }
    uint64_t at = moves ? (uint64_t)atomic_load_explicit(&op->handle->position, memory_order_relaxed) : op->entry.addr2;
    OVERLAPPED *overlapped = iocp_overlapped(op);
    overlapped->Offset = (DWORD)at;
    overlapped->OffsetHigh = (DWORD)(at >> 32);
    void *memory = (void *)(uintptr_t)op->entry.addr;
    HANDLE file = windows_handle(op->entry.fd);
    DWORD bytes = 0;
    iocp->syscalls++;
    BOOL done = writes ? WriteFile(file, memory, op->entry.len, &bytes, overlapped)
                       : ReadFile(file, memory, op->entry.len, &bytes, overlapped);
    DWORD error = done ? 0 : GetLastError();
    enum iocp_step step = iocp_called(op, IOCP_TRANSFERS, !done, error, bytes, out);
    if (step == IOCP_DONE) {
        *out = files__ended(iocp, op, done ? (int)bytes : iocp_file_error(error, writes, bytes));
    }
    return step;
}
