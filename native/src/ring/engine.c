#define _GNU_SOURCE
#include "engine.h"

#if !defined(_WIN32)

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "buffer_groups.h"
#include "op_slab.h"
#include "poller.h"
#include "regions.h"
#include "shared_ring.h"
#include "torus/os.h"

/* One handle may complete so many operations in a turn before the others have theirs. */
#define BUDGET 16
/* A multishot operation leaves so many completion entries to the others. */
#define MULTISHOT_RESERVE 8
#define MAX_IOVECS 16
#define FDS_PER_CHUNK 1024
#define CHUNKS 1024

enum list { LIST_READ, LIST_WRITE, LIST_POLL, LISTS };

struct handle {
    uint32_t head[LISTS], tail[LISTS];
    uint32_t generation;
    uint32_t run_next; /* next descriptor in the run list + 1 */
    int32_t connect_error;
    uint8_t owned, registered, queued;
    uint8_t ready;      /* POLLER_IN and POLLER_OUT: a try may succeed; set by an edge, cleared by EAGAIN */
    uint8_t gone;       /* POLLER_HUP, POLLER_ERR as last told: reading goes on to the very end */
    uint8_t short_ends; /* a short receive means that nothing is left: TCP, and nothing else */
};

struct torus_ring {
    struct shared_ring rings;
    struct regions regions;
    struct buffer_groups groups;
    struct op_slab slab;
    struct poller *poller;
    struct handle *chunks[CHUNKS];
    uint32_t run_head, run_tail; /* descriptor + 1, of handles that are ready and have work */
    int woken;
    int starved; /* some handle waits only for completion entries */
    uint64_t crossings, syscalls, would_block, bytes_in, bytes_out;
    _Atomic uint64_t wakeups;
};

/* What a try of an operation came to. */
enum outcome {
    ENDED,      /* completed, remove it */
    GOES_ON,    /* multishot: completed once, try again */
    WOULD_BLOCK /* wait for the next edge */
};

/* ---- handles ---------------------------------------------------------------------------------------------------- */

static struct handle *engine__handle(const struct torus_ring *ring, int fd) {
    if (fd < 0 || fd >= FDS_PER_CHUNK * CHUNKS || ring->chunks[fd / FDS_PER_CHUNK] == NULL) {
        return NULL;
    }
    struct handle *handle = &ring->chunks[fd / FDS_PER_CHUNK][fd % FDS_PER_CHUNK];
    return handle->owned ? handle : NULL;
}

static int engine__is_tcp(int fd) {
    int type = 0;
    struct sockaddr_storage name;
    socklen_t bytes = sizeof type;
    socklen_t name_bytes = sizeof name;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &bytes) == 0 && type == SOCK_STREAM &&
           getsockname(fd, (struct sockaddr *)&name, &name_bytes) == 0 &&
           (name.ss_family == AF_INET || name.ss_family == AF_INET6);
}

static int engine__own_as(struct torus_ring *ring, int fd, int tcp) {
    if (fd < 0 || fd >= FDS_PER_CHUNK * CHUNKS) {
        return -EMFILE;
    }
    struct handle **chunk = &ring->chunks[fd / FDS_PER_CHUNK];
    if (*chunk == NULL) {
        *chunk = calloc(FDS_PER_CHUNK, sizeof **chunk);
        if (*chunk == NULL) {
            return -ENOMEM;
        }
    }
    struct handle *handle = &(*chunk)[fd % FDS_PER_CHUNK];
    uint32_t generation = handle->generation + 1;
    uint32_t run_next = handle->run_next;
    uint8_t queued = handle->queued;
    *handle = (struct handle){.head = {OP_NONE, OP_NONE, OP_NONE},
                              .tail = {OP_NONE, OP_NONE, OP_NONE},
                              .generation = generation,
                              .run_next = run_next,
                              .queued = queued,
                              .owned = 1,
                              .ready = POLLER_IN | POLLER_OUT,
                              .short_ends = (uint8_t)tcp};
    return fd;
}

int engine_own(struct torus_ring *ring, int fd) {
    return engine__own_as(ring, fd, engine__is_tcp(fd));
}

static void engine__release(struct torus_ring *ring, struct handle *handle, int fd) {
    if (handle->registered) {
        /* at once, before close: the open file may live on in another process */
        poller_remove(ring->poller, fd);
        ring->syscalls++;
    }
    handle->registered = 0;
    handle->owned = 0;
    handle->generation++;
}

int engine_disown(struct torus_ring *ring, int fd) {
    struct handle *handle = engine__handle(ring, fd);
    if (handle == NULL) {
        return -EBADF;
    }
    for (int list = 0; list < LISTS; list++) {
        if (handle->head[list] != OP_NONE) {
            return -EBUSY;
        }
    }
    engine__release(ring, handle, fd);
    return fd;
}

static uint64_t engine__token(const struct handle *handle, int fd) {
    return (uint64_t)handle->generation << 32 | (uint32_t)fd;
}

static int engine__register(struct torus_ring *ring, struct handle *handle, int fd) {
    if (handle->registered) {
        return 0;
    }
    ring->syscalls++;
    int error = poller_add(ring->poller, fd, engine__token(handle, fd));
    handle->registered = error == 0;
    return error;
}

/* The handle is ready and has work: it gets its turn in this or the next enter. */
static void engine__run_later(struct torus_ring *ring, struct handle *handle, int fd) {
    if (handle->queued) {
        return;
    }
    handle->queued = 1;
    handle->run_next = 0;
    if (ring->run_tail == 0) {
        ring->run_head = (uint32_t)fd + 1;
    } else {
        int last = (int)ring->run_tail - 1;
        ring->chunks[last / FDS_PER_CHUNK][last % FDS_PER_CHUNK].run_next = (uint32_t)fd + 1;
    }
    ring->run_tail = (uint32_t)fd + 1;
}

/* ---- completing ------------------------------------------------------------------------------------------------- */

static void engine__complete(struct torus_ring *ring, const struct torus_sqe *sqe, int32_t res, uint32_t flags) {
    /* without memory for an overflowing completion nothing sensible is left to do; it is counted by the lack of it */
    (void)shared_ring_complete(&ring->rings, sqe->user_data, res, flags);
}

static void engine__append(struct torus_ring *ring, struct handle *handle, uint32_t slot, enum list list) {
    struct op *op = &ring->slab.ops[slot];
    op->list = (uint8_t)list;
    op->previous = handle->tail[list];
    op->next = OP_NONE;
    if (op->previous == OP_NONE) {
        handle->head[list] = slot;
    } else {
        ring->slab.ops[op->previous].next = slot;
    }
    handle->tail[list] = slot;
}

static void engine__remove(struct torus_ring *ring, struct handle *handle, uint32_t slot) {
    struct op *op = &ring->slab.ops[slot];
    if (op->previous == OP_NONE) {
        handle->head[op->list] = op->next;
    } else {
        ring->slab.ops[op->previous].next = op->next;
    }
    if (op->next == OP_NONE) {
        handle->tail[op->list] = op->previous;
    } else {
        ring->slab.ops[op->next].previous = op->previous;
    }
    op_slab_remove(&ring->slab, slot);
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

struct message {
    struct msghdr header;
    struct iovec iovecs[MAX_IOVECS];
};

/* Linux's 64-bit msghdr and iovec, as Java writes them. */
struct ring_msghdr {
    uint64_t name;
    uint32_t name_bytes, pad;
    uint64_t iovecs, iovec_count, control, control_bytes;
    uint32_t flags, pad2;
};

struct ring_iovec {
    uint64_t base, bytes;
};

_Static_assert(sizeof(struct ring_msghdr) == 56, "msghdr");
_Static_assert(sizeof(struct ring_iovec) == 16, "iovec");

/* A checked copy: what Java changes afterwards cannot lead elsewhere. */
static int engine__message(struct torus_ring *ring, uint64_t addr, struct message *out) {
    struct ring_msghdr from;
    struct ring_iovec iovecs[MAX_IOVECS];
    if (!regions_contain(&ring->regions, addr, sizeof from)) {
        return -EFAULT;
    }
    memcpy(&from, (const void *)(uintptr_t)addr, sizeof from);
    if (from.iovec_count > MAX_IOVECS || from.name_bytes > sizeof(struct sockaddr_storage)) {
        return -EINVAL;
    }
    if ((from.name_bytes != 0 && !regions_contain(&ring->regions, from.name, from.name_bytes)) ||
        !regions_contain(&ring->regions, from.iovecs, from.iovec_count * sizeof *iovecs)) {
        return -EFAULT;
    }
    memcpy(iovecs, (const void *)(uintptr_t)from.iovecs, from.iovec_count * sizeof *iovecs);
    for (uint64_t i = 0; i < from.iovec_count; i++) {
        if (!regions_contain(&ring->regions, iovecs[i].base, iovecs[i].bytes)) {
            return -EFAULT;
        }
        out->iovecs[i] = (struct iovec){(void *)(uintptr_t)iovecs[i].base, iovecs[i].bytes};
    }
    memset(&out->header, 0, sizeof out->header);
    out->header.msg_name = from.name_bytes != 0 ? (void *)(uintptr_t)from.name : NULL;
    out->header.msg_namelen = from.name_bytes;
    out->header.msg_iov = out->iovecs;
    out->header.msg_iovlen = from.iovec_count;
    return 0;
}

/* ---- trying ----------------------------------------------------------------------------------------------------- */

static int engine__again(struct torus_ring *ring, int error) {
    if (error == EAGAIN || error == EWOULDBLOCK) {
        ring->would_block++;
        return 1;
    }
    return 0;
}

static enum outcome engine__end(struct torus_ring *ring, const struct op *op, int32_t res, uint32_t flags) {
    engine__complete(ring, &op->sqe, res, flags);
    return ENDED;
}

/* No buffer is left: an error only if there is something to receive. */
static enum outcome engine__without_buffer(struct torus_ring *ring, const struct op *op) {
    char byte;
    ring->syscalls++;
    ssize_t count = recv(op->sqe.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && engine__again(ring, errno)) {
        return WOULD_BLOCK;
    }
    return engine__end(ring, op, count > 0 ? -ENOBUFS : count < 0 ? -errno : 0, 0);
}

/* After a receive: whether another try could find something. */
static void engine__received(struct torus_ring *ring, struct handle *handle, ssize_t count, size_t asked) {
    ring->bytes_in += (uint64_t)count;
    if (handle->short_ends && (size_t)count < asked && handle->gone == 0) {
        handle->ready &= (uint8_t)~POLLER_IN;
    }
}

static enum outcome engine__try_recv_select(struct torus_ring *ring, struct handle *handle, struct op *op) {
    struct buffer_group *group = buffer_groups_find(&ring->groups, op->sqe.buf_group);
    if (group == NULL) {
        return engine__end(ring, op, -ENOBUFS, 0);
    }
    const struct torus_buf *buffer = buffer_group_peek(group);
    if (buffer == NULL) {
        return engine__without_buffer(ring, op);
    }
    struct torus_buf chosen = *buffer;
    size_t bytes = op->sqe.len != 0 && op->sqe.len < chosen.len ? op->sqe.len : chosen.len;
    if (!regions_contain(&ring->regions, chosen.addr, bytes)) {
        return engine__end(ring, op, -EFAULT, 0);
    }
    ring->syscalls++;
    ssize_t count = recv(op->sqe.fd, (void *)(uintptr_t)chosen.addr, bytes, MSG_DONTWAIT);
    if (count < 0) {
        return engine__again(ring, errno) ? WOULD_BLOCK : engine__end(ring, op, -errno, 0);
    }
    if (count == 0) {
        return engine__end(ring, op, 0, 0);
    }
    group->head++;
    engine__received(ring, handle, count, bytes);
    uint32_t flags = TORUS_CQE_BUFFER | (uint32_t)chosen.bid << TORUS_CQE_BUFFER_SHIFT;
    if (op->sqe.ioprio & TORUS_RECV_MULTISHOT) {
        engine__complete(ring, &op->sqe, (int32_t)count, flags | TORUS_CQE_MORE);
        return GOES_ON;
    }
    return engine__end(ring, op, (int32_t)count, flags);
}

static enum outcome engine__try_recv(struct torus_ring *ring, struct handle *handle, struct op *op) {
    if (op->sqe.flags & TORUS_SQE_BUFFER_SELECT) {
        return engine__try_recv_select(ring, handle, op);
    }
    ring->syscalls++;
    int flags = MSG_DONTWAIT | (int)(op->sqe.op_flags & (MSG_PEEK | MSG_TRUNC));
    ssize_t count = recv(op->sqe.fd, (void *)(uintptr_t)op->sqe.addr, op->sqe.len, flags);
    if (count < 0) {
        return engine__again(ring, errno) ? WOULD_BLOCK : engine__end(ring, op, -errno, 0);
    }
    if (count > 0 && !(flags & MSG_PEEK)) {
        engine__received(ring, handle, count, op->sqe.len);
    }
    return engine__end(ring, op, (int32_t)count, 0);
}

static enum outcome engine__try_recvmsg(struct torus_ring *ring, struct op *op) {
    struct message message;
    int error = engine__message(ring, op->sqe.addr, &message);
    if (error < 0) {
        return engine__end(ring, op, error, 0);
    }
    ring->syscalls++;
    ssize_t count = recvmsg(op->sqe.fd, &message.header, MSG_DONTWAIT);
    if (count < 0) {
        return engine__again(ring, errno) ? WOULD_BLOCK : engine__end(ring, op, -errno, 0);
    }
    ring->bytes_in += (uint64_t)count;
    struct ring_msghdr *to = (struct ring_msghdr *)(uintptr_t)op->sqe.addr;
    to->name_bytes = message.header.msg_namelen;
    to->flags = (uint32_t)message.header.msg_flags;
    return engine__end(ring, op, (int32_t)count, 0);
}

static enum outcome engine__try_accept(struct torus_ring *ring, struct op *op) {
    ring->syscalls++;
    int fd = accept4(op->sqe.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        /* a connection that was reset before it was accepted is not an error of the listener */
        if (errno == ECONNABORTED || errno == EINTR) {
            return GOES_ON;
        }
        return engine__again(ring, errno) ? WOULD_BLOCK : engine__end(ring, op, -errno, 0);
    }
    const struct handle *listener = engine__handle(ring, op->sqe.fd);
    int owned = engine__own_as(ring, fd, listener->short_ends);
    if (owned < 0) {
        torus_close(fd);
        return engine__end(ring, op, owned, 0);
    }
    if (op->sqe.ioprio & TORUS_ACCEPT_MULTISHOT) {
        engine__complete(ring, &op->sqe, fd, TORUS_CQE_MORE);
        return GOES_ON;
    }
    return engine__end(ring, op, fd, 0);
}

static enum outcome engine__try_send(struct torus_ring *ring, struct op *op) {
    int whole = (op->sqe.op_flags & TORUS_MSG_WAITALL) != 0;
    for (;;) {
        const char *from = (const char *)(uintptr_t)op->sqe.addr + op->done;
        ring->syscalls++;
        ssize_t count = send(op->sqe.fd, from, op->sqe.len - op->done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) {
            if (engine__again(ring, errno)) {
                return WOULD_BLOCK;
            }
            return engine__end(ring, op, op->done != 0 ? (int32_t)op->done : -errno, 0);
        }
        op->done += (uint32_t)count;
        ring->bytes_out += (uint64_t)count;
        if (!whole || op->done == op->sqe.len) {
            return engine__end(ring, op, (int32_t)op->done, 0);
        }
    }
}

/* Leaves out what was sent already. */
static void engine__skip(struct message *message, size_t bytes) {
    while (bytes > 0 && message->header.msg_iovlen > 0) {
        struct iovec *first = message->header.msg_iov;
        if (bytes < first->iov_len) {
            first->iov_base = (char *)first->iov_base + bytes;
            first->iov_len -= bytes;
            return;
        }
        bytes -= first->iov_len;
        message->header.msg_iov++;
        message->header.msg_iovlen--;
    }
}

static enum outcome engine__try_sendmsg(struct torus_ring *ring, struct op *op) {
    struct message message;
    int error = engine__message(ring, op->sqe.addr, &message);
    if (error < 0) {
        return engine__end(ring, op, error, 0);
    }
    size_t total = 0;
    for (size_t i = 0; i < message.header.msg_iovlen; i++) {
        total += message.iovecs[i].iov_len;
    }
    if (total > INT_MAX) {
        return engine__end(ring, op, -EINVAL, 0);
    }
    int whole = (op->sqe.op_flags & TORUS_MSG_WAITALL) != 0;
    engine__skip(&message, op->done);
    for (;;) {
        ring->syscalls++;
        ssize_t count = sendmsg(op->sqe.fd, &message.header, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) {
            if (engine__again(ring, errno)) {
                return WOULD_BLOCK;
            }
            return engine__end(ring, op, op->done != 0 ? (int32_t)op->done : -errno, 0);
        }
        op->done += (uint32_t)count;
        ring->bytes_out += (uint64_t)count;
        if (!whole || op->done >= total) {
            return engine__end(ring, op, (int32_t)op->done, 0);
        }
        engine__skip(&message, (size_t)count);
    }
}

/* Readiness for writing after EINPROGRESS: the attempt is over, SO_ERROR tells how. */
static enum outcome engine__connected(struct torus_ring *ring, struct handle *handle, const struct op *op) {
    int error = handle->connect_error;
    socklen_t bytes = sizeof error;
    if (error == 0) {
        ring->syscalls++;
        if (getsockopt(op->sqe.fd, SOL_SOCKET, SO_ERROR, &error, &bytes) < 0) {
            error = errno;
        }
    }
    if (error == 0) {
        struct sockaddr_storage peer;
        bytes = sizeof peer;
        ring->syscalls++;
        if (getpeername(op->sqe.fd, (struct sockaddr *)&peer, &bytes) < 0) {
            /* an edge from before the attempt: it is still under way */
            return errno == ENOTCONN ? WOULD_BLOCK : engine__end(ring, op, -errno, 0);
        }
        /* Linux answers the next connect with 0, only the one after that with EISCONN: let this be the first */
        ring->syscalls++;
        (void)connect(op->sqe.fd, (const struct sockaddr *)&peer, bytes);
    }
    return engine__end(ring, op, -error, 0);
}

static enum outcome engine__try_connect(struct torus_ring *ring, struct handle *handle, struct op *op) {
    if (op->done != 0) {
        return engine__connected(ring, handle, op);
    }
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    memcpy(&address, (const void *)(uintptr_t)op->sqe.addr, op->sqe.off);
    handle->connect_error = 0;
    handle->gone = 0;
    ring->syscalls++;
    if (connect(op->sqe.fd, (const struct sockaddr *)&address, (socklen_t)op->sqe.off) == 0) {
        return engine__end(ring, op, 0, 0);
    }
    if (errno == EINPROGRESS || errno == EINTR) {
        op->done = 1;
        return WOULD_BLOCK;
    }
    return engine__end(ring, op, -errno, 0);
}

static enum outcome engine__try(struct torus_ring *ring, struct handle *handle, struct op *op) {
    switch (op->sqe.opcode) {
        case TORUS_OP_RECV:
            return engine__try_recv(ring, handle, op);
        case TORUS_OP_RECVMSG:
            return engine__try_recvmsg(ring, op);
        case TORUS_OP_ACCEPT:
            return engine__try_accept(ring, op);
        case TORUS_OP_SEND:
            return engine__try_send(ring, op);
        case TORUS_OP_SENDMSG:
            return engine__try_sendmsg(ring, op);
        default:
            return engine__try_connect(ring, handle, op);
    }
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static int engine__is_multishot(const struct torus_sqe *sqe) {
    return (sqe->opcode == TORUS_OP_RECV && (sqe->ioprio & TORUS_RECV_MULTISHOT)) ||
           (sqe->opcode == TORUS_OP_ACCEPT && (sqe->ioprio & TORUS_ACCEPT_MULTISHOT));
}

/* What is left on a side waits for an edge; without registration there would be none. */
static void engine__wait_for_edge(struct torus_ring *ring, struct handle *handle, enum list list) {
    while (handle->head[list] != OP_NONE && !handle->registered) {
        uint32_t slot = handle->head[list];
        const struct torus_sqe *sqe = &ring->slab.ops[slot].sqe;
        int error = engine__register(ring, handle, sqe->fd);
        if (error < 0) {
            engine__complete(ring, sqe, error, 0);
            engine__remove(ring, handle, slot);
        }
    }
}

/* Tries the operations of one side in order while it is ready; whether it could go on. */
static int engine__run_side(struct torus_ring *ring, struct handle *handle, enum list list, uint8_t bit, int *budget) {
    while (handle->head[list] != OP_NONE && (handle->ready & bit) != 0) {
        if (*budget == 0) {
            return 1;
        }
        uint32_t slot = handle->head[list];
        struct op *op = &ring->slab.ops[slot];
        if (engine__is_multishot(&op->sqe) && shared_ring_space(&ring->rings) <= MULTISHOT_RESERVE) {
            ring->starved = 1;
            return 1;
        }
        (*budget)--;
        switch (engine__try(ring, handle, op)) {
            case ENDED:
                engine__remove(ring, handle, slot);
                break;
            case GOES_ON:
                break;
            case WOULD_BLOCK:
                handle->ready &= (uint8_t)~bit;
                break;
        }
    }
    engine__wait_for_edge(ring, handle, list);
    return 0;
}

static void engine__wait_for(struct torus_ring *ring, struct handle *handle, uint32_t slot) {
    struct op *op = &ring->slab.ops[slot];
    int error = engine__register(ring, handle, op->sqe.fd);
    if (error < 0) {
        engine__complete(ring, &op->sqe, error, 0);
        engine__remove(ring, handle, slot);
    }
}

static void engine__run(struct torus_ring *ring, struct handle *handle, int fd) {
    int budget = BUDGET;
    int more = engine__run_side(ring, handle, LIST_WRITE, POLLER_OUT, &budget);
    budget = BUDGET;
    more |= engine__run_side(ring, handle, LIST_READ, POLLER_IN, &budget);
    if (more) {
        engine__run_later(ring, handle, fd);
    }
    /* the first try ran out of its budget, and only this one found that there is nothing more */
    if (!handle->registered) {
        if (handle->head[LIST_WRITE] != OP_NONE && (handle->ready & POLLER_OUT) == 0) {
            engine__wait_for(ring, handle, handle->head[LIST_WRITE]);
        }
        if (handle->head[LIST_READ] != OP_NONE && (handle->ready & POLLER_IN) == 0) {
            engine__wait_for(ring, handle, handle->head[LIST_READ]);
        }
    }
}

static uint32_t engine__poll_mask(uint32_t ready) {
    return (ready & POLLER_IN ? POLLIN : 0u) | (ready & POLLER_OUT ? POLLOUT : 0u) |
           (ready & POLLER_HUP ? POLLIN | 0x2000u : 0u) | (ready & POLLER_ERR ? POLLERR : 0u);
}

/* Asks the system itself, because an edge tells only what changed. */
static void engine__run_polls(struct torus_ring *ring, struct handle *handle, int fd) {
    uint32_t next;
    for (uint32_t slot = handle->head[LIST_POLL]; slot != OP_NONE; slot = next) {
        struct op *op = &ring->slab.ops[slot];
        next = op->next;
        struct pollfd now = {.fd = fd, .events = (short)op->sqe.op_flags};
        ring->syscalls++;
        if (poll(&now, 1, 0) > 0) {
            int multi = (op->sqe.len & TORUS_POLL_ADD_MULTI) != 0;
            engine__complete(ring, &op->sqe, now.revents, multi ? TORUS_CQE_MORE : 0);
            if (!multi) {
                engine__remove(ring, handle, slot);
            }
        }
    }
}

static void engine__event(struct torus_ring *ring, const struct poller_event *event) {
    if (event->token == POLLER_WAKE) {
        ring->woken = 1;
        return;
    }
    int fd = (int)(uint32_t)event->token;
    struct handle *handle = engine__handle(ring, fd);
    if (handle == NULL || handle->generation != (uint32_t)(event->token >> 32)) {
        return; /* of a descriptor that was closed since */
    }
    if (event->ready & (POLLER_IN | POLLER_HUP | POLLER_ERR)) {
        handle->ready |= POLLER_IN;
    }
    if (event->ready & (POLLER_OUT | POLLER_HUP | POLLER_ERR)) {
        handle->ready |= POLLER_OUT;
    }
    handle->gone = (uint8_t)(event->ready & (POLLER_HUP | POLLER_ERR));
    if (event->error != 0) {
        handle->connect_error = event->error;
    }
    if (handle->head[LIST_POLL] != OP_NONE && engine__poll_mask(event->ready) != 0) {
        engine__run_polls(ring, handle, fd);
    }
    if (!handle->queued) {
        engine__run(ring, handle, fd);
    }
}

/* A turn for each handle that was left ready. */
static void engine__run_queued(struct torus_ring *ring) {
    uint32_t last = ring->run_tail;
    ring->starved = 0;
    for (uint32_t at = ring->run_head; at != 0;) {
        int fd = (int)at - 1;
        struct handle *handle = &ring->chunks[fd / FDS_PER_CHUNK][fd % FDS_PER_CHUNK];
        uint32_t next = handle->run_next;
        handle->queued = 0;
        ring->run_head = next;
        if (next == 0) {
            ring->run_tail = 0;
        }
        if (handle->owned) {
            engine__run(ring, handle, fd);
        }
        if (at == last) {
            break;
        }
        at = ring->run_head;
    }
}

/* ---- submitting ------------------------------------------------------------------------------------------------- */

static int32_t engine__cancel(struct torus_ring *ring, uint64_t user_data) {
    uint32_t slot = op_slab_find(&ring->slab, user_data);
    if (slot == OP_NONE) {
        return -ENOENT;
    }
    struct op *op = &ring->slab.ops[slot];
    struct handle *handle = engine__handle(ring, op->sqe.fd);
    int sent = op->sqe.opcode == TORUS_OP_SEND && op->done != 0;
    engine__complete(ring, &op->sqe, sent ? (int32_t)op->done : -ECANCELED, 0);
    engine__remove(ring, handle, slot);
    /* what waited behind it must not wait for an edge that has passed */
    if (op->list != LIST_POLL && handle->ready != 0) {
        engine__run_later(ring, handle, op->sqe.fd);
    }
    return 0;
}

static int32_t engine__close_fd(struct torus_ring *ring, struct handle *handle, int fd) {
    for (int list = 0; list < LISTS; list++) {
        while (handle->head[list] != OP_NONE) {
            engine__complete(ring, &ring->slab.ops[handle->head[list]].sqe, -ECANCELED, 0);
            engine__remove(ring, handle, handle->head[list]);
        }
    }
    engine__release(ring, handle, fd);
    ring->syscalls++;
    return torus_close(fd);
}

static int engine__check(struct torus_ring *ring, const struct torus_sqe *sqe) {
    switch (sqe->opcode) {
        case TORUS_OP_RECV:
            if (sqe->flags & TORUS_SQE_BUFFER_SELECT) {
                return 0;
            }
            return (sqe->ioprio & TORUS_RECV_MULTISHOT) || (sqe->op_flags & TORUS_MSG_WAITALL)   ? -EINVAL
                   : sqe->len > INT_MAX || !regions_contain(&ring->regions, sqe->addr, sqe->len) ? -EFAULT
                                                                                                 : 0;
        case TORUS_OP_SEND:
            return sqe->len > INT_MAX || !regions_contain(&ring->regions, sqe->addr, sqe->len) ? -EFAULT : 0;
        case TORUS_OP_CONNECT:
            return sqe->off < 2 || sqe->off > sizeof(struct sockaddr_storage) ? -EINVAL
                   : !regions_contain(&ring->regions, sqe->addr, sqe->off)    ? -EFAULT
                                                                              : 0;
        default:
            return 0;
    }
}

/* Receives, accepts, sends, connects: tried at once if they are first on their side and it may be ready. */
static void engine__submit_io(struct torus_ring *ring, struct handle *handle, const struct torus_sqe *sqe) {
    int error = engine__check(ring, sqe);
    uint32_t slot = error == 0 ? op_slab_add(&ring->slab, sqe) : OP_NONE;
    if (slot == OP_NONE) {
        engine__complete(ring, sqe, error < 0 ? error : -ENOMEM, 0);
        return;
    }
    int writes = sqe->opcode == TORUS_OP_SEND || sqe->opcode == TORUS_OP_SENDMSG || sqe->opcode == TORUS_OP_CONNECT;
    enum list list = writes ? LIST_WRITE : LIST_READ;
    uint8_t bit = writes ? POLLER_OUT : POLLER_IN;
    int first = handle->head[list] == OP_NONE;
    engine__append(ring, handle, slot, list);
    if (!first) {
        return;
    }
    if (sqe->opcode == TORUS_OP_RECV && (sqe->ioprio & TORUS_RECV_POLL_FIRST)) {
        if (!handle->registered) {
            handle->ready &= (uint8_t)~POLLER_IN;
            engine__wait_for_edge(ring, handle, list);
        } else if (handle->ready & POLLER_IN) {
            engine__run_later(ring, handle, sqe->fd);
        }
        return;
    }
    int budget = BUDGET;
    if (engine__run_side(ring, handle, list, bit, &budget)) {
        engine__run_later(ring, handle, sqe->fd);
    }
}

static void engine__submit_poll(struct torus_ring *ring, struct handle *handle, const struct torus_sqe *sqe) {
    uint32_t slot = op_slab_add(&ring->slab, sqe);
    if (slot == OP_NONE) {
        engine__complete(ring, sqe, -ENOMEM, 0);
        return;
    }
    engine__append(ring, handle, slot, LIST_POLL);
    int error = engine__register(ring, handle, sqe->fd);
    if (error < 0) {
        engine__complete(ring, sqe, error, 0);
        engine__remove(ring, handle, slot);
        return;
    }
    engine__run_polls(ring, handle, sqe->fd);
}

static void engine__submit(struct torus_ring *ring, const struct torus_sqe *sqe) {
    if (sqe->opcode == TORUS_OP_NOP) {
        engine__complete(ring, sqe, 0, 0);
        return;
    }
    if (sqe->opcode == TORUS_OP_ASYNC_CANCEL) {
        engine__complete(ring, sqe, engine__cancel(ring, sqe->addr), 0);
        return;
    }
    if (!engine_supports(ring, sqe->opcode)) {
        engine__complete(ring, sqe, -EINVAL, 0);
        return;
    }
    struct handle *handle = engine__handle(ring, sqe->fd);
    if (handle == NULL) {
        engine__complete(ring, sqe, -EBADF, 0);
        return;
    }
    switch (sqe->opcode) {
        case TORUS_OP_CLOSE:
            engine__complete(ring, sqe, engine__close_fd(ring, handle, sqe->fd), 0);
            break;
        case TORUS_OP_SHUTDOWN:
            ring->syscalls++;
            engine__complete(ring, sqe, shutdown(sqe->fd, (int)sqe->len) < 0 ? -errno : 0, 0);
            break;
        case TORUS_OP_POLL_ADD:
            engine__submit_poll(ring, handle, sqe);
            break;
        default:
            engine__submit_io(ring, handle, sqe);
    }
}

/* ---- the backend's functions ------------------------------------------------------------------------------------ */

static int64_t engine__now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int engine__poll_events(struct torus_ring *ring, int64_t timeout_ns) {
    struct poller_event events[POLLER_EVENTS];
    ring->syscalls++;
    int count = poller_wait(ring->poller, events, POLLER_EVENTS, timeout_ns);
    for (int i = 0; i < count; i++) {
        engine__event(ring, &events[i]);
    }
    return count;
}

int engine_enter(struct torus_ring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    ring->crossings++;
    shared_ring_flush(&ring->rings);
    uint32_t taken = 0;
    struct torus_sqe sqe;
    while (taken < to_submit && shared_ring_take(&ring->rings, &sqe)) {
        engine__submit(ring, &sqe);
        taken++;
    }
    shared_ring_taken(&ring->rings);
    engine__run_queued(ring);
    int64_t deadline = min_complete != 0 && timeout_ns > 0 ? engine__now() + timeout_ns : 0;
    int64_t wait = timeout_ns;
    for (;;) {
        int done = shared_ring_publish(&ring->rings) || min_complete == 0 || timeout_ns == 0;
        /* a handle that waits for completion entries only is no reason to spin */
        if (done || (ring->run_head != 0 && !ring->starved)) {
            wait = 0;
        }
        int count = engine__poll_events(ring, wait);
        if (count < 0) {
            return count;
        }
        if (ring->run_head != 0 && wait == 0 && !done) {
            engine__run_queued(ring);
        }
        int woken = ring->woken;
        ring->woken = 0;
        if (shared_ring_publish(&ring->rings) || done || woken) {
            return (int)taken;
        }
        if (deadline != 0) {
            wait = deadline - engine__now();
            if (wait <= 0) {
                return (int)taken;
            }
        } else {
            wait = timeout_ns;
        }
    }
}

int engine_open(uint32_t sq_entries, uint32_t cq_entries, struct torus_ring **out, char *why, size_t why_bytes) {
    (void)why, (void)why_bytes;
    struct torus_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) {
        return -ENOMEM;
    }
    int error = shared_ring_open(&ring->rings, sq_entries, cq_entries);
    if (error < 0) {
        goto err_free;
    }
    error = op_slab_open(&ring->slab);
    if (error < 0) {
        goto err_rings;
    }
    error = poller_open(&ring->poller);
    if (error < 0) {
        goto err_slab;
    }
    *out = ring;
    return 0;
err_slab:
    op_slab_close(&ring->slab);
err_rings:
    shared_ring_close(&ring->rings);
err_free:
    free(ring);
    return error;
}

void engine_close(struct torus_ring *ring) {
    poller_close(ring->poller);
    op_slab_close(&ring->slab);
    shared_ring_close(&ring->rings);
    regions_free(&ring->regions);
    buffer_groups_free(&ring->groups);
    for (int i = 0; i < CHUNKS; i++) {
        free(ring->chunks[i]);
    }
    free(ring);
}

void engine_layout(const struct torus_ring *ring, struct torus_layout *out) {
    shared_ring_layout(&ring->rings, out);
}

int engine_supports(const struct torus_ring *ring, int opcode) {
    (void)ring;
    switch (opcode) {
        case TORUS_OP_NOP:
        case TORUS_OP_POLL_ADD:
        case TORUS_OP_SENDMSG:
        case TORUS_OP_RECVMSG:
        case TORUS_OP_ACCEPT:
        case TORUS_OP_ASYNC_CANCEL:
        case TORUS_OP_CONNECT:
        case TORUS_OP_CLOSE:
        case TORUS_OP_SEND:
        case TORUS_OP_RECV:
        case TORUS_OP_SHUTDOWN:
            return 1;
        default:
            return 0;
    }
}

int engine_enable(struct torus_ring *ring) {
    (void)ring;
    return 0;
}

int engine_arm_wakeup(struct torus_ring *ring, struct torus_sqe *entry) {
    (void)ring, (void)entry;
    return 0;
}

int engine_wakeup(struct torus_ring *ring) {
    atomic_fetch_add_explicit(&ring->wakeups, 1, memory_order_relaxed);
    return poller_wake(ring->poller);
}

int engine_register_region(struct torus_ring *ring, uint64_t addr, uint64_t bytes) {
    return regions_add(&ring->regions, addr, bytes);
}

int engine_unregister_region(struct torus_ring *ring, uint64_t addr) {
    return regions_remove(&ring->regions, addr);
}

int engine_register_buffers(struct torus_ring *ring, uint16_t group, uint64_t ring_addr, uint32_t entries) {
    if (!regions_contain(&ring->regions, ring_addr, (uint64_t)entries * sizeof(struct torus_buf))) {
        return -EFAULT;
    }
    return buffer_groups_add(&ring->groups, group, ring_addr, entries);
}

int engine_unregister_buffers(struct torus_ring *ring, uint16_t group) {
    return buffer_groups_remove(&ring->groups, group);
}

uint64_t engine_counter(const struct torus_ring *ring, int counter) {
    uint64_t wakeups = atomic_load_explicit(&ring->wakeups, memory_order_relaxed);
    switch (counter) {
        case TORUS_COUNT_CROSSINGS:
            return ring->crossings;
        case TORUS_COUNT_SYSCALLS:
            return ring->syscalls + wakeups;
        case TORUS_COUNT_WOULD_BLOCK:
            return ring->would_block;
        case TORUS_COUNT_WAKEUPS:
            return wakeups;
        case TORUS_COUNT_BYTES_IN:
            return ring->bytes_in;
        case TORUS_COUNT_BYTES_OUT:
            return ring->bytes_out;
        default:
            return 0;
    }
}

#endif
