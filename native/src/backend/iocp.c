/*
 * The completion-port backend: turns, entries and the contract. The operations:
 *
 *   RECV       WSARecv, overlapped; into a provided buffer: at once, else after a WSARecv of zero bytes that waits
 *   SEND       WSASend at once, else after AFD's poll: a cancelled overlapped send could not say how much went
 *   RECVMSG    WSARecvFrom                     SENDMSG   WSASendTo
 *   ACCEPT     AcceptEx, several posted        CONNECT   ConnectEx; of datagrams: connect
 *   POLL_ADD   AFD's poll                      SHUTDOWN  shutdown
 *   READ       ReadFile                        WRITE     WriteFile
 *   named pipes: iocp_pipes.c
 *   wake-up    PostQueuedCompletionStatus      CLOSE     closesocket or CloseHandle
 */
#include "iocp.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ring/decode.h"
#include "iocp_files.h"

#define IOCP_OPERATIONS                                                                                \
    (TORUS_OP_BIT(NOP) | TORUS_OP_BIT(POLL_ADD) | TORUS_OP_BIT(SENDMSG) | TORUS_OP_BIT(RECVMSG) |      \
     TORUS_OP_BIT(ACCEPT) | TORUS_OP_BIT(ASYNC_CANCEL) | TORUS_OP_BIT(CONNECT) | TORUS_OP_BIT(CLOSE) | \
     TORUS_OP_BIT(SEND) | TORUS_OP_BIT(RECV) | TORUS_OP_BIT(SHUTDOWN) | TORUS_OP_BIT(READ) | TORUS_OP_BIT(WRITE))

/* How long closing waits for packets of calls that were cancelled. */
#define IOCP_CLOSE_MILLIS 5000u
#define NANOS_PER_MILLI INT64_C(1000000)

static struct iocp *iocp__of(struct torus_backend *backend) {
    return (struct iocp *)backend;
}

/* --- entries ------------------------------------------------------------------------------------------------------ */

/* Answered now, or with the target's completion. */
static enum iocp_step iocp__cancel(struct iocp *iocp, const struct torus_op *entry, struct iocp_result *out) {
    struct iocp_op *target = iocp_ops_find(&iocp->ops, entry->addr);
    if (target == NULL) {
        return iocp_done(out, -TORUS_ENOENT);
    }
    if ((target->marks & (IOCP_OP_CANCELLED | IOCP_OP_SHUT)) != 0) {
        return iocp_done(out, -TORUS_EALREADY);
    }
    target->marks |= IOCP_OP_ANSWERS;
    target->canceller = entry->user_data;
    iocp_end(iocp, target);
    return IOCP_ARMED;
}

static int iocp__close_descriptor(struct iocp *iocp, int fd) {
    int result = iocp_detach(&iocp->backend, fd, TORUS_KIND_SOCKET);
    if (result == -TORUS_EBADF) {
        result = iocp_detach(&iocp->backend, fd, TORUS_KIND_FILE);
    }
    if (result < 0) {
        return result;
    }
    iocp->syscalls++;
    return os_close(fd);
}

static int iocp__shutdown(struct iocp *iocp, const struct torus_op *entry) {
    struct iocp_handle *handle = iocp_handles_find(&iocp->handles, entry->fd, TORUS_KIND_SOCKET);
    if (handle == NULL) {
        return -TORUS_EBADF;
    }
    return entry->len > TORUS_SHUT_RDWR ? -TORUS_EINVAL : iocp_shutdown(iocp, handle, entry->len);
}

/* Gives an operation its slot and tries it. */
static void iocp__start(struct iocp *iocp, const struct torus_op *entry) {
    bool file = entry->opcode == TORUS_OP_READ || entry->opcode == TORUS_OP_WRITE;
    struct iocp_handle *handle =
        iocp_handles_find(&iocp->handles, entry->fd, file ? TORUS_KIND_FILE : TORUS_KIND_SOCKET);
    struct iocp_op *op = handle == NULL ? NULL : iocp_ops_add(&iocp->ops, handle, entry, NULL);
    if (op == NULL) {
        torus_rings_post(&iocp->rings, entry->user_data, handle == NULL ? -TORUS_EBADF : -TORUS_ENOMEM, 0);
        return;
    }
    struct iocp_result result = {0};
    enum iocp_step step = iocp_attempt(iocp, op, &result);
    iocp_go_on(iocp, op, step, result);
}

static void iocp__execute(struct iocp *iocp, const struct torus_sqe *sqe) {
    struct torus_op entry;
    struct iocp_result result = {0};
    enum iocp_step step = IOCP_DONE;
    bool offered = sqe->opcode < 64 && (IOCP_OPERATIONS >> sqe->opcode & 1) != 0;
    result.res = offered ? torus_operation_decode(sqe, &entry) : -TORUS_EINVAL;
    if (result.res == 0) {
        switch (entry.opcode) {
            case TORUS_OP_NOP:
                break;
            case TORUS_OP_ASYNC_CANCEL:
                step = iocp__cancel(iocp, &entry, &result);
                break;
            case TORUS_OP_CLOSE:
                result.res = iocp__close_descriptor(iocp, entry.fd);
                break;
            case TORUS_OP_SHUTDOWN:
                result.res = iocp__shutdown(iocp, &entry);
                break;
            default:
                iocp__start(iocp, &entry);
                return;
        }
    }
    if (step == IOCP_DONE) {
        torus_rings_post(&iocp->rings, sqe->user_data, result.res, 0);
    }
}

/* Returns how many entries were consumed, -EBUSY if there is no room for what they would bring. */
static int iocp__consume(struct iocp *iocp, uint32_t to_submit) {
    struct torus_rings *rings = &iocp->rings;
    uint32_t published = torus_rings_published(rings);
    uint32_t count = to_submit < published ? to_submit : published;
    count = count < rings->sq_entries ? count : rings->sq_entries;
    for (uint32_t i = 0; i < count; i++) {
        if (!torus_rings_reserve(rings, IOCP_COMPLETIONS_PER_STEP)) {
            return i == 0 ? -TORUS_EBUSY : (int)i;
        }
        /* A copy: what was checked is what is used. */
        struct torus_sqe sqe = rings->entries[rings->sq_head & (rings->sq_entries - 1)];
        rings->sq_head++;
        iocp__execute(iocp, &sqe);
    }
    return (int)count;
}

/* --- turns -------------------------------------------------------------------------------------------------------- */

static DWORD iocp__millis(int64_t timeout_ns) {
    if (timeout_ns < 0) {
        return INFINITE;
    }
    /* Rounded up: rounded down, the last part of a wait would be spent spinning. */
    int64_t millis = timeout_ns / NANOS_PER_MILLI + (timeout_ns % NANOS_PER_MILLI != 0);
    return millis >= INT_MAX ? INT_MAX : (DWORD)millis;
}

/* Takes packets from the port, as many as their completions have room, and lets operations run. False: the port failed.
 */
static bool iocp__port(struct iocp *iocp, int64_t timeout_ns) {
    uint32_t room = torus_rings_room(&iocp->rings);
    ULONG wanted = room < IOCP_PACKETS_MAX ? room : IOCP_PACKETS_MAX;
    ULONG count = 0;
    bool good = true;
    if (wanted > 0 && torus_rings_reserve(&iocp->rings, wanted * IOCP_COMPLETIONS_PER_STEP)) {
        iocp->syscalls++;
        BOOL got =
            GetQueuedCompletionStatusEx(iocp->port, iocp->packets, wanted, &count, iocp__millis(timeout_ns), FALSE);
        count = got ? count : 0;
        good = got || GetLastError() == WAIT_TIMEOUT;
    }
    for (ULONG i = 0; i < count; i++) {
        OVERLAPPED_ENTRY *packet = &iocp->packets[i];
        if (packet->lpOverlapped != NULL) {
            iocp_packet(iocp, (struct iocp_op *)(void *)packet->lpOverlapped, packet->dwNumberOfBytesTransferred);
        } else if (packet->lpCompletionKey == IOCP_KEY_WAKE) {
            /* Pairs with iocp__wakeup: what was done before a wake-up that posts no packet is seen after this. */
            atomic_exchange_explicit(&iocp->wake_posted, false, memory_order_acq_rel);
            iocp->woken = true;
        }
    }
    iocp_run(iocp);
    return good;
}

/* With completions at hand the caller is not kept waiting for a system call that mostly finds nothing yet, but never
 * twice in a row: what has ended elsewhere gets its turn. */
static void iocp__poll_once(struct iocp *iocp) {
    bool skip = iocp->ops.count == 0 || (!torus_rings_empty(&iocp->rings) && !iocp->poll_skipped);
    iocp->poll_skipped = skip && iocp->ops.count != 0;
    if (skip) {
        iocp_run(iocp);
    } else {
        iocp__port(iocp, 0);
    }
}

/* Sleeps until there is a completion, a wake-up, or the time is over. */
static void iocp__wait(struct iocp *iocp, int64_t timeout_ns) {
    int64_t deadline = timeout_ns > 0 ? os_monotonic_nanos() + timeout_ns : 0;
    iocp->poll_skipped = false;
    for (;;) {
        bool good = iocp__port(iocp, iocp->run_first != NULL ? 0 : timeout_ns);
        if (iocp->woken) {
            iocp->woken = false;
            return;
        }
        if (!torus_rings_empty(&iocp->rings) || !good) {
            return;
        }
        if (timeout_ns > 0) {
            /* The port may answer early, its clock ticks in milliseconds. */
            timeout_ns = deadline - os_monotonic_nanos();
            if (timeout_ns <= 0) {
                return;
            }
        }
    }
}

static int iocp__enter(struct torus_backend *backend, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    struct iocp *iocp = iocp__of(backend);
    iocp->crossings++;
    torus_rings_begin(&iocp->rings);
    int consumed = iocp__consume(iocp, to_submit);
    bool wait = min_complete > 0 && timeout_ns != 0 && consumed >= 0;
    if (wait && iocp->woken) {
        iocp->woken = false;
        wait = false;
    }
    if (wait && torus_rings_empty(&iocp->rings)) {
        iocp__wait(iocp, timeout_ns);
    } else {
        iocp__poll_once(iocp);
    }
    torus_rings_end(&iocp->rings);
    return consumed;
}

static void iocp__wakeup(struct torus_backend *backend) {
    struct iocp *iocp = iocp__of(backend);
    if (!atomic_exchange_explicit(&iocp->wake_posted, true, memory_order_acq_rel)) {
        atomic_fetch_add_explicit(&iocp->wakeups, 1, memory_order_relaxed);
        PostQueuedCompletionStatus(iocp->port, 0, IOCP_KEY_WAKE, NULL);
    }
}

/* --- the contract ------------------------------------------------------------------------------------------------- */

/* The functions that only an ioctl gives out. */
static int iocp__extensions(struct iocp *iocp) {
    GUID accept_ex = WSAID_ACCEPTEX;
    GUID connect_ex = WSAID_CONNECTEX;
    DWORD bytes = 0;
    SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (socket == INVALID_SOCKET) {
        return windows_error((uint32_t)WSAGetLastError());
    }
    bool found = WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex, sizeof accept_ex, &iocp->accept_ex,
                          sizeof iocp->accept_ex, &bytes, NULL, NULL) == 0 &&
                 WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &connect_ex, sizeof connect_ex, &iocp->connect_ex,
                          sizeof iocp->connect_ex, &bytes, NULL, NULL) == 0;
    int result = found ? 0 : windows_error((uint32_t)WSAGetLastError());
    closesocket(socket);
    return result;
}

static int iocp__open_tables(struct iocp *iocp, const struct torus_config *config) {
    int result = torus_rings_open(&iocp->rings, config);
    if (result < 0) {
        return result;
    }
    result = iocp_handles_open(&iocp->handles);
    if (result < 0) {
        torus_rings_close(&iocp->rings);
        return result;
    }
    result = iocp_ops_open(&iocp->ops);
    if (result < 0) {
        iocp_handles_close(&iocp->handles);
        torus_rings_close(&iocp->rings);
    }
    return result;
}

static void iocp__close_tables(struct iocp *iocp) {
    torus_groups_free(&iocp->groups);
    torus_regions_free(&iocp->regions);
    iocp_ops_close(&iocp->ops);
    iocp_handles_close(&iocp->handles);
    torus_rings_close(&iocp->rings);
}

static int iocp__open(const struct torus_config *config, struct torus_backend **out, char *reason, size_t size) {
    WSADATA data;
    int started = WSAStartup(MAKEWORD(2, 2), &data);
    if (started != 0) {
        return torus_fail(reason, size, TORUS_ENOSYS, "WSAStartup: error %d", started);
    }
    struct iocp *iocp = calloc(1, sizeof *iocp);
    int result = iocp == NULL ? -TORUS_ENOMEM : iocp__open_tables(iocp, config);
    if (result < 0) {
        torus_fail(reason, size, -result, "the rings and tables: error %d", -result);
        goto free_backend;
    }
    iocp->backend.ops = &torus_iocp;
    result = iocp__extensions(iocp);
    if (result < 0) {
        torus_fail(reason, size, -result, "AcceptEx and ConnectEx: error %d", -result);
        goto close_tables;
    }
    iocp->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (iocp->port == NULL) {
        result = os_error();
        torus_fail(reason, size, -result, "CreateIoCompletionPort: error %d", -result);
        goto close_tables;
    }
    iocp->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (iocp->event == NULL) {
        result = os_error();
        torus_fail(reason, size, -result, "CreateEvent: error %d", -result);
        goto close_port;
    }
    *out = &iocp->backend;
    return 0;

close_port:
    CloseHandle(iocp->port);
close_tables:
    iocp__close_tables(iocp);
free_backend:
    free(iocp);
    WSACleanup();
    return result;
}

/* Ends every call that is under way. False: some never came back, so their memory has to stay. */
static bool iocp__drain(struct iocp *iocp) {
    for (uint32_t i = 1; i < iocp->ops.chunk_count * IOCP_OP_CHUNK; i++) {
        struct iocp_op *op = iocp_ops_at(&iocp->ops, i);
        if (op->handle != NULL && op->stage != IOCP_LISTED) {
            iocp_cancel_call(iocp, op);
        }
    }
    uint32_t armed = 0;
    do {
        armed = 0;
        for (uint32_t i = 1; i < iocp->ops.chunk_count * IOCP_OP_CHUNK; i++) {
            armed += iocp_ops_at(&iocp->ops, i)->stage != IOCP_LISTED;
        }
        ULONG count = 0;
        if (armed == 0 || !GetQueuedCompletionStatusEx(iocp->port, iocp->packets, IOCP_PACKETS_MAX, &count,
                                                       IOCP_CLOSE_MILLIS, FALSE)) {
            break;
        }
        for (ULONG i = 0; i < count; i++) {
            struct iocp_op *op = (struct iocp_op *)(void *)iocp->packets[i].lpOverlapped;
            if (op != NULL) {
                op->stage = IOCP_LISTED;
                iocp_accept_discard(op);
            }
        }
    } while (armed > 0);
    return armed == 0;
}

static void iocp__close(struct torus_backend *backend) {
    struct iocp *iocp = iocp__of(backend);
    bool free_all = iocp__drain(iocp);
    CloseHandle(iocp->port);
    CloseHandle(iocp->event);
    if (free_all) {
        iocp__close_tables(iocp);
        free(iocp);
    }
    WSACleanup();
}

static int iocp__available(char *reason, size_t size) {
    struct torus_config config = {.sq_entries = 2, .cq_entries = 4};
    struct torus_backend *backend = NULL;
    int result = iocp__open(&config, &backend, reason, size);
    if (result == 0) {
        iocp__close(backend);
    }
    return result;
}

static void iocp__describe(struct torus_backend *backend, char *text, size_t size) {
    struct iocp *iocp = iocp__of(backend);
    snprintf(text, size, "iocp, sq %u, cq %u, GetQueuedCompletionStatusEx", iocp->rings.sq_entries,
             iocp->rings.cq_entries);
}

static uint64_t iocp__operations(struct torus_backend *backend) {
    (void)backend;
    return IOCP_OPERATIONS;
}

static void iocp__layout(struct torus_backend *backend, struct torus_layout *out) {
    torus_rings_layout(&iocp__of(backend)->rings, out);
}

static int iocp__enable(struct torus_backend *backend) {
    (void)backend;
    return 0;
}

static int iocp__arm_wakeup(struct torus_backend *backend, struct torus_sqe *entry) {
    (void)backend;
    (void)entry;
    return 0;
}

static int iocp__register_region(struct torus_backend *backend, uint64_t address, uint64_t bytes) {
    return torus_regions_add(&iocp__of(backend)->regions, address, bytes);
}

static int iocp__unregister_region(struct torus_backend *backend, uint64_t address) {
    return torus_regions_remove(&iocp__of(backend)->regions, address);
}

static int iocp__register_buffers(struct torus_backend *backend, uint32_t group, uint64_t ring, uint32_t entries) {
    struct iocp *iocp = iocp__of(backend);
    return torus_groups_add(&iocp->groups, &iocp->regions, group, ring, entries);
}

static int iocp__unregister_buffers(struct torus_backend *backend, uint32_t group) {
    return torus_groups_remove(&iocp__of(backend)->groups, group);
}

static uint64_t iocp__counter(struct torus_backend *backend, enum torus_counter counter) {
    struct iocp *iocp = iocp__of(backend);
    uint64_t wakeups = atomic_load_explicit(&iocp->wakeups, memory_order_relaxed);
    switch (counter) {
        case TORUS_COUNT_CROSSINGS:
            return iocp->crossings;
        case TORUS_COUNT_SYSCALLS:
            return iocp->syscalls + wakeups;
        case TORUS_COUNT_WOULD_BLOCK:
            return iocp->would_block;
        case TORUS_COUNT_WAKEUPS:
            return wakeups;
        case TORUS_COUNT_BYTES_IN:
            return iocp->bytes_in;
        case TORUS_COUNT_BYTES_OUT:
            return iocp->bytes_out;
        default:
            return 0;
    }
}

const struct torus_backend_ops torus_iocp = {
    .name = "iocp",
    .nonblocking = true,
    .available = iocp__available,
    .open = iocp__open,
    .close = iocp__close,
    .describe = iocp__describe,
    .operations = iocp__operations,
    .layout = iocp__layout,
    .enable = iocp__enable,
    .arm_wakeup = iocp__arm_wakeup,
    .enter = iocp__enter,
    .wakeup = iocp__wakeup,
    .register_region = iocp__register_region,
    .unregister_region = iocp__unregister_region,
    .register_buffers = iocp__register_buffers,
    .unregister_buffers = iocp__unregister_buffers,
    .attach = iocp_attach,
    .detach = iocp_detach,
    .counter = iocp__counter,
};
