#include "attempts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the ring itself does here; files go to the worker pool, because their readiness means nothing. */
#define ENGINE_OPERATIONS                                                                              \
    (TORUS_OP_BIT(NOP) | TORUS_OP_BIT(POLL_ADD) | TORUS_OP_BIT(SENDMSG) | TORUS_OP_BIT(RECVMSG) |      \
     TORUS_OP_BIT(ACCEPT) | TORUS_OP_BIT(ASYNC_CANCEL) | TORUS_OP_BIT(CONNECT) | TORUS_OP_BIT(CLOSE) | \
     TORUS_OP_BIT(SEND) | TORUS_OP_BIT(RECV) | TORUS_OP_BIT(SHUTDOWN))

/* Completions that one entry can bring at once: its own, that of a cancelled one. Closing a descriptor reserves for
 * those that wait on it as well. */
#define ENGINE_COMPLETIONS_PER_ENTRY 2u

/* How many enters that have completions at hand do not ask the poller after one that asked in vain. */
#define ENGINE_POLLS_SPARED 16u

static struct torus_engine *engine__of(struct torus_backend *backend) {
    return (struct torus_engine *)backend;
}

static uint64_t engine__event_data(const struct torus_handle *handle) {
    return (uint64_t)handle->generation << 32 | (uint32_t)handle->fd;
}

/* --- run list ----------------------------------------------------------------------------------------------------- */

static void engine__list(struct torus_engine *engine, struct torus_handle *handle) {
    if ((handle->state & TORUS_HANDLE_LISTED) != 0) {
        return;
    }
    handle->state |= TORUS_HANDLE_LISTED;
    handle->next = NULL;
    handle->previous = engine->run_last;
    if (engine->run_last == NULL) {
        engine->run_first = handle;
    } else {
        engine->run_last->next = handle;
    }
    engine->run_last = handle;
}

static void engine__unlist(struct torus_engine *engine, struct torus_handle *handle) {
    if ((handle->state & TORUS_HANDLE_LISTED) == 0) {
        return;
    }
    handle->state &= (uint8_t)~TORUS_HANDLE_LISTED;
    if (handle->previous == NULL) {
        engine->run_first = handle->next;
    } else {
        handle->previous->next = handle->next;
    }
    if (handle->next == NULL) {
        engine->run_last = handle->previous;
    } else {
        handle->next->previous = handle->previous;
    }
}

static bool engine__has_work(const struct torus_handle *handle) {
    return (handle->lists[TORUS_SIDE_READ].first != 0 && (handle->ready & TORUS_READY_READ) != 0) ||
           (handle->lists[TORUS_SIDE_WRITE].first != 0 && (handle->ready & TORUS_READY_WRITE) != 0) ||
           (handle->lists[TORUS_SIDE_POLL].first != 0 && handle->polled != 0);
}

/* --- operations that wait ----------------------------------------------------------------------------------------- */

static void engine__post(struct torus_engine *engine, uint64_t user_data, int32_t res, uint32_t flags) {
    torus_rings_post(&engine->rings, user_data, res, flags);
}

static void engine__finish(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                           struct torus_result result) {
    uint64_t user_data = op->user_data;
    torus_pending_remove(&engine->pending, handle, op);
    engine__post(engine, user_data, result.res, result.flags);
}

/* The result of an operation that something else ends: what went already, or -ECANCELED. */
static int32_t engine__cut_short(const struct torus_op *op) {
    bool sends = op->opcode == TORUS_OP_SEND || op->opcode == TORUS_OP_SENDMSG;
    return sends && op->done > 0 ? (int32_t)op->done : -TORUS_ECANCELED;
}

/* Lets the operations of one side go on, in order, until it is not ready or has had its share. */
static void engine__progress_side(struct torus_engine *engine, struct torus_handle *handle, unsigned side) {
    struct torus_list *list = &handle->lists[side];
    for (unsigned done = 0; done < TORUS_TURN_BUDGET && list->first != 0; done++) {
        bool later = side == TORUS_SIDE_READ && torus_engine_sated(engine);
        if ((handle->ready & (1u << side)) == 0 || torus_rings_room(&engine->rings) == 0 || later) {
            return;
        }
        struct torus_op *op = torus_pending_at(&engine->pending, list->first);
        struct torus_result result = {0};
        if (torus_operation_step(engine, handle, op, &result) != TORUS_STEP_DONE) {
            return;
        }
        engine__finish(engine, handle, op, result);
    }
}

static void engine__progress_polls(struct torus_engine *engine, struct torus_handle *handle) {
    uint32_t index = handle->lists[TORUS_SIDE_POLL].first;
    while (index != 0) {
        if (torus_rings_room(&engine->rings) == 0) {
            return; /* `polled` stays: the rest hears of it next time */
        }
        struct torus_op *op = torus_pending_at(&engine->pending, index);
        index = op->next;
        struct torus_result result = {0};
        if (torus_operation_polled(engine, op, handle->polled, &result) == TORUS_STEP_DONE) {
            engine__finish(engine, handle, op, result);
        }
    }
    handle->polled = 0;
}

static void engine__progress(struct torus_engine *engine, struct torus_handle *handle) {
    if (handle->lists[TORUS_SIDE_POLL].first != 0 && handle->polled != 0) {
        engine__progress_polls(engine, handle);
    }
    if (handle->lists[TORUS_SIDE_READ].first != 0) {
        engine__progress_side(engine, handle, TORUS_SIDE_READ);
    }
    if (handle->lists[TORUS_SIDE_WRITE].first != 0) {
        engine__progress_side(engine, handle, TORUS_SIDE_WRITE);
    }
}

/* The multishot receive of a handle that has become ready, once and without a function around the system call. False:
 * there is none, or more to do than this. */
static inline bool engine__receive_first(struct torus_engine *engine, struct torus_handle *handle) {
    if (handle->lists[TORUS_SIDE_READ].first == 0 || (handle->ready & TORUS_READY_READ) == 0 ||
        torus_engine_pauses(engine)) {
        return false;
    }
    struct torus_op *op = torus_pending_at(&engine->pending, handle->lists[TORUS_SIDE_READ].first);
    if (op->opcode != TORUS_OP_RECV || (op->mode & TORUS_OP_MULTI) == 0) {
        return false;
    }
    uint32_t flags = 0;
    int got = torus_receive_selected(engine, handle, op, &flags);
    if (got > 0) {
        engine__post(engine, op->user_data, got, flags | TORUS_CQE_F_MORE);
    } else if (got == -TORUS_EAGAIN) {
        torus_not_ready(engine, handle, TORUS_SIDE_READ);
    } else {
        engine__finish(engine, handle, op, (struct torus_result){.res = got});
    }
    return !engine__has_work(handle);
}

/* Gives a handle its turn; it comes into the list again if it has more to do. */
static void engine__turn(struct torus_engine *engine, struct torus_handle *handle) {
    if (torus_rings_room(&engine->rings) > 0) {
        engine__progress(engine, handle);
    }
    if (engine__has_work(handle)) {
        engine__list(engine, handle);
    }
}

/* Gives the handles of the run list a turn each, up to and with `last`. */
static void engine__run(struct torus_engine *engine, const struct torus_handle *last) {
    bool more = last != NULL;
    while (more && torus_rings_room(&engine->rings) > 0) {
        struct torus_handle *handle = engine->run_first;
        more = handle != last;
        engine__unlist(engine, handle);
        engine__turn(engine, handle);
    }
}

/* --- descriptors -------------------------------------------------------------------------------------------------- */

static int engine__watch(struct torus_engine *engine, struct torus_handle *handle) {
    if ((handle->state & TORUS_HANDLE_WATCHED) != 0) {
        return 0;
    }
    engine->syscalls++;
    int result = engine->poller_ops->add(engine->poller, handle->fd, engine__event_data(handle));
    if (result == 0) {
        handle->state |= TORUS_HANDLE_WATCHED;
    }
    return result;
}

int torus_engine_adopt(struct torus_engine *engine, int fd, unsigned state) {
    struct torus_handle *handle = torus_handles_make(&engine->handles, fd);
    if (handle == NULL) {
        return (uint32_t)fd >= TORUS_HANDLE_CHUNK * TORUS_HANDLE_CHUNKS ? -TORUS_EMFILE : -TORUS_ENOMEM;
    }
    if (atomic_load_explicit(&handle->kind, memory_order_acquire) != TORUS_KIND_NONE) {
        return -TORUS_EEXIST; /* closed behind our back, or adopted twice */
    }
    handle->fd = fd;
    handle->ready = TORUS_READY_READ | TORUS_READY_WRITE; /* the first attempt finds out */
    handle->state = (uint8_t)state;
    handle->polled = 0;
    handle->error = 0;
    atomic_store_explicit(&handle->kind, TORUS_KIND_SOCKET, memory_order_release);
    return fd;
}

static uint32_t engine__waiting(const struct torus_engine *engine, const struct torus_handle *handle) {
    uint32_t count = 0;
    for (unsigned side = 0; side < TORUS_SIDES; side++) {
        for (uint32_t index = handle->lists[side].first; index != 0;) {
            index = torus_pending_at(&engine->pending, index)->next;
            count++;
        }
    }
    return count;
}

/* Ends what waits, with `error` or, if that is 0, because it was cut short. Room for the completions is reserved. */
static void engine__end_waiting(struct torus_engine *engine, struct torus_handle *handle, int32_t error) {
    for (unsigned side = 0; side < TORUS_SIDES; side++) {
        while (handle->lists[side].first != 0) {
            struct torus_op *op = torus_pending_at(&engine->pending, handle->lists[side].first);
            int32_t cut = engine__cut_short(op);
            engine__finish(engine, handle, op, (struct torus_result){.res = cut < 0 && error != 0 ? -error : cut});
        }
    }
}

/* Ends what waits and forgets the descriptor. Room for the completions is reserved. */
static void engine__forget(struct torus_engine *engine, struct torus_handle *handle) {
    engine__end_waiting(engine, handle, 0);
    engine__unlist(engine, handle);
    if ((handle->state & TORUS_HANDLE_WATCHED) != 0) {
        /* Closing would do if nobody else had the file open; an adopted descriptor may live on in another process. */
        engine->syscalls++;
        engine->poller_ops->del(engine->poller, handle->fd);
    }
    handle->generation++; /* events that are on their way belong to nobody */
    handle->state = 0;
    atomic_store_explicit(&handle->kind, TORUS_KIND_NONE, memory_order_release);
}

int torus_engine_attach(struct torus_backend *backend, int fd, enum torus_kind kind) {
    struct torus_engine *engine = engine__of(backend);
    if (kind == TORUS_KIND_SOCKET) {
        static const unsigned states[] = {
            [OS_NO_STREAM] = 0,
            [OS_STREAM] = TORUS_HANDLE_STREAM,
            [OS_TCP] = TORUS_HANDLE_STREAM | TORUS_HANDLE_TCP,
        };
        return torus_engine_adopt(engine, fd, states[os_stream_kind(fd)]);
    }
    struct torus_handle *handle = torus_handles_make(&engine->handles, fd);
    if (handle == NULL) {
        return -TORUS_ENOMEM;
    }
    uint8_t none = TORUS_KIND_NONE;
    bool taken = atomic_compare_exchange_strong_explicit(&handle->kind, &none, (uint8_t)kind, memory_order_acq_rel,
                                                         memory_order_relaxed);
    return taken ? fd : -TORUS_EEXIST;
}

int torus_engine_detach(struct torus_backend *backend, int fd, enum torus_kind kind) {
    struct torus_engine *engine = engine__of(backend);
    struct torus_handle *handle = torus_handles_find(&engine->handles, fd);
    uint8_t expected = (uint8_t)kind;
    if (handle == NULL) {
        return -TORUS_EBADF;
    }
    if (kind == TORUS_KIND_FILE) {
        return atomic_compare_exchange_strong_explicit(&handle->kind, &expected, TORUS_KIND_NONE, memory_order_acq_rel,
                                                       memory_order_relaxed)
                   ? 0
                   : -TORUS_EBADF;
    }
    if (atomic_load_explicit(&handle->kind, memory_order_acquire) != kind) {
        return -TORUS_EBADF;
    }
    /* Outside a turn: what is posted here is published by the next enter. */
    if (!torus_rings_reserve(&engine->rings, engine__waiting(engine, handle) + ENGINE_COMPLETIONS_PER_ENTRY)) {
        return -TORUS_EBUSY;
    }
    engine__forget(engine, handle);
    return 0;
}

/* --- entries ------------------------------------------------------------------------------------------------------ */

static int engine__close_descriptor(struct torus_engine *engine, int fd) {
    struct torus_backend *backend = &engine->backend;
    int result = torus_engine_detach(backend, fd, TORUS_KIND_SOCKET);
    if (result == -TORUS_EBADF) {
        result = torus_engine_detach(backend, fd, TORUS_KIND_FILE);
    }
    if (result < 0) {
        return result;
    }
    engine->syscalls++;
    return os_close(fd);
}

static int engine__cancel(struct torus_engine *engine, uint64_t target) {
    struct torus_op *op = torus_pending_find(&engine->pending, target);
    if (op == NULL) {
        return -TORUS_ENOENT;
    }
    struct torus_handle *handle = torus_handles_find(&engine->handles, op->fd);
    engine__finish(engine, handle, op, (struct torus_result){.res = engine__cut_short(op)});
    if (engine__has_work(handle)) {
        engine__list(engine, handle); /* what waited behind it must not wait for an edge that has passed */
    }
    return 0;
}

static int engine__shutdown(struct torus_engine *engine, const struct torus_op *op) {
    if (torus_handles_socket(&engine->handles, op->fd) == NULL) {
        return -TORUS_EBADF;
    }
    if (op->len > TORUS_SHUT_RDWR) {
        return -TORUS_EINVAL;
    }
    engine->syscalls++;
    return os_shutdown(op->fd, op->len);
}

/* Tries an operation of a socket, or lets it wait. */
static void engine__start(struct torus_engine *engine, struct torus_op *op) {
    struct torus_handle *handle = torus_handles_socket(&engine->handles, op->fd);
    if (handle == NULL) {
        engine__post(engine, op->user_data, -TORUS_EBADF, 0);
        return;
    }
    if ((op->mode & TORUS_OP_POLL_FIRST) != 0 && (handle->state & TORUS_HANDLE_WATCHED) == 0) {
        handle->ready &= (uint8_t)~TORUS_READY_READ; /* registering brings the edge if there is something */
    }
    bool first = handle->lists[op->side].first == 0;
    bool ready = (handle->ready & (1u << op->side)) != 0;
    /* A receive does not overtake those that were left over: an enter receives only so much. */
    bool later = op->side == TORUS_SIDE_READ && (engine->run_first != NULL || torus_engine_sated(engine));
    if (op->side == TORUS_SIDE_POLL || (first && ready && !later)) {
        struct torus_result result = {0};
        if (torus_operation_step(engine, handle, op, &result) == TORUS_STEP_DONE) {
            engine__post(engine, op->user_data, result.res, result.flags);
            return;
        }
    }
    struct torus_op *waiting = torus_pending_add(&engine->pending, handle, op);
    if (waiting == NULL) {
        int32_t cut = engine__cut_short(op);
        engine__post(engine, op->user_data, cut < 0 ? -TORUS_ENOMEM : cut, 0);
        return;
    }
    int result = engine__watch(engine, handle);
    if (result < 0) {
        engine__finish(engine, handle, waiting, (struct torus_result){.res = result});
    } else if (engine__has_work(handle)) {
        engine__list(engine, handle);
    }
}

/* The first attempt of a plain send that nothing is before, without a function around the system call. False: the entry
 * has still to be executed, *done bytes of it went. */
static inline bool engine__send_first(struct torus_engine *engine, const struct torus_sqe *sqe, uint32_t *done) {
    struct torus_handle *handle = torus_handles_socket(&engine->handles, sqe->fd);
    if (handle == NULL || handle->lists[TORUS_SIDE_WRITE].first != 0 || (handle->ready & TORUS_READY_WRITE) == 0 ||
        sqe->len > INT32_MAX || !torus_regions_hold(&engine->regions, sqe->addr, sqe->len)) {
        return false;
    }
    engine->syscalls++;
    int sent = os_send(sqe->fd, torus_memory(sqe->addr), sqe->len, sqe->op_flags, NULL, 0);
    if (sent == -TORUS_EAGAIN) {
        torus_not_ready(engine, handle, TORUS_SIDE_WRITE);
        return false;
    }
    engine->bytes_out += sent > 0 ? (uint64_t)sent : 0;
    if (sent >= 0 && (uint32_t)sent < sqe->len && (sqe->op_flags & TORUS_MSG_WAITALL) != 0) {
        *done = (uint32_t)sent;
        return false;
    }
    engine__post(engine, sqe->user_data, sent, 0);
    return true;
}

static void engine__execute(struct torus_engine *engine, const struct torus_sqe *sqe) {
    if (torus_operation_is_nop(sqe)) {
        engine__post(engine, sqe->user_data, 0, 0);
        return;
    }
    uint32_t sent = 0;
    if (torus_operation_is_plain_send(sqe) && engine__send_first(engine, sqe, &sent)) {
        return;
    }
    struct torus_op op;
    bool offered = sqe->opcode < 64 && (ENGINE_OPERATIONS >> sqe->opcode & 1) != 0;
    int result = offered ? torus_operation_decode(sqe, &op) : -TORUS_EINVAL;
    if (result == 0) {
        switch (op.opcode) {
            case TORUS_OP_ASYNC_CANCEL:
                result = engine__cancel(engine, op.addr);
                break;
            case TORUS_OP_CLOSE:
                result = engine__close_descriptor(engine, op.fd);
                break;
            case TORUS_OP_SHUTDOWN:
                result = engine__shutdown(engine, &op);
                break;
            default:
                op.done = sent;
                engine__start(engine, &op);
                return;
        }
    }
    engine__post(engine, sqe->user_data, result, 0);
}

/* Returns how many entries were consumed, -EBUSY if there is no room for what they would bring. */
static int engine__consume(struct torus_engine *engine, uint32_t to_submit) {
    struct torus_rings *rings = &engine->rings;
    uint32_t published = torus_rings_published(rings);
    uint32_t count = to_submit < published ? to_submit : published;
    count = count < rings->sq_entries ? count : rings->sq_entries;
    for (uint32_t i = 0; i < count; i++) {
        if (!torus_rings_reserve(rings, ENGINE_COMPLETIONS_PER_ENTRY)) {
            return i == 0 ? -TORUS_EBUSY : (int)i;
        }
        uint32_t mask = rings->sq_entries - 1;
        const struct torus_sqe *sqe = &rings->entries[rings->sq_head++ & mask];
        if (i + 1 < count) {
            __builtin_prefetch(torus_handles_find(&engine->handles, rings->entries[rings->sq_head & mask].fd), 1);
        }
        /* Read in place: the thread that writes entries is in this call. */
        engine__execute(engine, sqe);
    }
    return (int)count;
}

/* --- turns -------------------------------------------------------------------------------------------------------- */

/* The poller found only later that it cannot watch a descriptor: nothing would ever end what waits for it. */
static void engine__unwatchable(struct torus_engine *engine, struct torus_handle *handle, int32_t error) {
    engine->poller_ops->del(engine->poller, handle->fd);
    handle->state &= (uint8_t)~TORUS_HANDLE_WATCHED;
    if (torus_rings_reserve(&engine->rings, engine__waiting(engine, handle))) {
        engine__end_waiting(engine, handle, error);
    }
}

static void engine__event(struct torus_engine *engine, const struct torus_event *event) {
    if (event->data == TORUS_POLLER_WAKE) {
        engine->woken = true;
        return;
    }
    struct torus_handle *handle = torus_handles_socket(&engine->handles, (int)(uint32_t)event->data);
    if (handle == NULL || handle->generation != event->data >> 32) {
        return; /* closed in the meantime */
    }
    if (event->events == 0) {
        engine__unwatchable(engine, handle, event->error);
        return;
    }
    uint32_t ended = TORUS_POLLRDHUP | TORUS_POLLHUP | TORUS_POLLERR | TORUS_POLLPRI;
    if ((event->events & (TORUS_POLLIN | ended)) != 0) {
        handle->ready |= TORUS_READY_READ;
    }
    if ((event->events & (TORUS_POLLOUT | TORUS_POLLHUP | TORUS_POLLERR)) != 0) {
        handle->ready |= TORUS_READY_WRITE;
    }
    if ((event->events & (ended | TORUS_POLLER_UNSURE)) != 0) {
        handle->ready |= TORUS_READY_ENDED;
        handle->error = event->error;
    }
    if (handle->lists[TORUS_SIDE_POLL].first != 0) {
        handle->polled |= event->events;
    }
    if ((handle->state & TORUS_HANDLE_LISTED) == 0 && !engine__receive_first(engine, handle)) {
        engine__turn(engine, handle); /* at once, while it is in the cache */
    }
}

/* Each system call pushes what belongs to the next connections out of the nearest caches; asking for it two events
 * ahead hides the way back. Harmless if the event turns out to be stale. */
static void engine__prefetch(struct torus_engine *engine, int next, int count) {
    if (next + 1 < count) {
        __builtin_prefetch(torus_handles_find(&engine->handles, (int)(uint32_t)engine->events[next + 1].data), 1);
    }
    if (next < count) {
        const struct torus_handle *handle =
            torus_handles_find(&engine->handles, (int)(uint32_t)engine->events[next].data);
        if (handle != NULL && handle->lists[TORUS_SIDE_READ].first != 0) {
            __builtin_prefetch(torus_pending_at(&engine->pending, handle->lists[TORUS_SIDE_READ].first), 1);
        }
    }
}

/* Lets those run that were left over, who come first because an enter receives only so much, then asks the poller and
 * lets those run that became ready. Returns the number of events or -errno. */
static int engine__poll(struct torus_engine *engine, int64_t timeout_ns) {
    engine__run(engine, engine->run_last);
    engine->syscalls++;
    int count = engine->poller_ops->wait(engine->poller, engine->events, timeout_ns);
    if (count > 0) {
        engine->events_last = count;
    }
    for (int i = 0; i < count; i++) {
        engine__prefetch(engine, i + 1, count);
        engine__event(engine, &engine->events[i]);
    }
    return count;
}

/* Whether this enter can do without asking the poller. With completions at hand the caller is not kept waiting for a
 * system call that finds nothing yet, but never twice in a row: what is ready elsewhere gets its turn. Under load, when
 * several were ready at once, the call mostly finds something, and one enter does the work of two; when it did not, the
 * next ones are spared. */
static bool engine__skip_poll(struct torus_engine *engine) {
    if (engine->pending.count == 0) {
        return true;
    }
    bool in_vain = engine->polls_spared > 0 || engine->events_last <= 1;
    bool skip = !torus_rings_empty(&engine->rings) && !engine->poll_skipped && in_vain;
    if (skip && engine->polls_spared > 0) {
        engine->polls_spared--;
    }
    engine->poll_skipped = skip;
    return skip;
}

static void engine__poll_once(struct torus_engine *engine) {
    if (engine__skip_poll(engine)) {
        engine__run(engine, engine->run_last);
        return;
    }
    bool at_hand = !torus_rings_empty(&engine->rings);
    if (engine__poll(engine, 0) == 0 && at_hand) {
        engine->polls_spared = ENGINE_POLLS_SPARED;
    }
}

/* Sleeps until there is a completion, a wake-up, or the time is over. */
static void engine__wait(struct torus_engine *engine, int64_t timeout_ns) {
    int64_t deadline = timeout_ns > 0 ? os_monotonic_nanos() + timeout_ns : 0;
    engine->poll_skipped = false;
    for (;;) {
        int count = engine__poll(engine, engine->run_first != NULL ? 0 : timeout_ns);
        if (engine->woken) {
            engine->woken = false;
            return;
        }
        if (!torus_rings_empty(&engine->rings) || (count < 0 && count != -TORUS_EINTR)) {
            return;
        }
        if (timeout_ns > 0) {
            timeout_ns = deadline - os_monotonic_nanos();
            if (timeout_ns <= 0) {
                return;
            }
        }
    }
}

int torus_engine_enter(struct torus_backend *backend, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns) {
    struct torus_engine *engine = engine__of(backend);
    engine->crossings++;
    engine->bytes_in_limit = engine->bytes_in + TORUS_ENTER_BYTES;
    torus_rings_begin(&engine->rings);
    int consumed = engine__consume(engine, to_submit);
    bool wait = min_complete > 0 && timeout_ns != 0 && consumed >= 0;
    if (wait && engine->woken) {
        engine->woken = false;
        wait = false;
    }
    if (wait && torus_rings_empty(&engine->rings)) {
        engine__wait(engine, timeout_ns);
    } else {
        engine__poll_once(engine);
    }
    torus_rings_end(&engine->rings);
    return consumed;
}

/* --- the rest of the contract --------------------------------------------------------------------------------------
 */

int torus_engine_open(const struct torus_backend_ops *ops, const struct torus_poller_ops *poller_ops,
                      const struct torus_config *config, struct torus_backend **out, char *reason, size_t size) {
    struct torus_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return torus_fail(reason, size, TORUS_ENOMEM, "out of memory");
    }
    engine->backend.ops = ops;
    engine->poller_ops = poller_ops;
    int result = torus_rings_open(&engine->rings, config);
    if (result < 0) {
        torus_fail(reason, size, -result, "the rings: %s", strerror(-result));
        goto free_engine;
    }
    result = torus_handles_open(&engine->handles);
    if (result < 0) {
        torus_fail(reason, size, -result, "the table of descriptors: %s", strerror(-result));
        goto close_rings;
    }
    result = torus_pending_open(&engine->pending);
    if (result < 0) {
        torus_fail(reason, size, -result, "the table of operations: %s", strerror(-result));
        goto close_handles;
    }
    result = poller_ops->open(&engine->poller, TORUS_EVENTS_MAX);
    if (result < 0) {
        torus_fail(reason, size, -result, "%s: %s", ops->name, strerror(-result));
        goto close_pending;
    }
    *out = &engine->backend;
    return 0;

close_pending:
    torus_pending_close(&engine->pending);
close_handles:
    torus_handles_close(&engine->handles);
close_rings:
    torus_rings_close(&engine->rings);
free_engine:
    free(engine);
    return result;
}

void torus_engine_close(struct torus_backend *backend) {
    struct torus_engine *engine = engine__of(backend);
    engine->poller_ops->close(engine->poller);
    torus_groups_free(&engine->groups);
    torus_regions_free(&engine->regions);
    torus_pending_close(&engine->pending);
    torus_handles_close(&engine->handles);
    torus_rings_close(&engine->rings);
    free(engine);
}

void torus_engine_describe(struct torus_backend *backend, char *text, size_t size) {
    struct torus_engine *engine = engine__of(backend);
    char poller[128];
    engine->poller_ops->describe(engine->poller, poller, sizeof poller);
    snprintf(text, size, "%s, sq %u, cq %u, %s", backend->ops->name, engine->rings.sq_entries, engine->rings.cq_entries,
             poller);
}

uint64_t torus_engine_operations(struct torus_backend *backend) {
    (void)backend;
    return ENGINE_OPERATIONS;
}

void torus_engine_layout(struct torus_backend *backend, struct torus_layout *out) {
    torus_rings_layout(&engine__of(backend)->rings, out);
}

int torus_engine_enable(struct torus_backend *backend) {
    (void)backend;
    return 0;
}

int torus_engine_arm_wakeup(struct torus_backend *backend, struct torus_sqe *entry) {
    (void)backend;
    (void)entry;
    return 0;
}

void torus_engine_wakeup(struct torus_backend *backend) {
    struct torus_engine *engine = engine__of(backend);
    atomic_fetch_add_explicit(&engine->wakeups, 1, memory_order_relaxed);
    engine->poller_ops->wake(engine->poller);
}

int torus_engine_register_region(struct torus_backend *backend, uint64_t address, uint64_t bytes) {
    return torus_regions_add(&engine__of(backend)->regions, address, bytes);
}

int torus_engine_unregister_region(struct torus_backend *backend, uint64_t address) {
    struct torus_engine *engine = engine__of(backend);
    int64_t bytes = torus_regions_remove(&engine->regions, address);
    if (bytes < 0) {
        return (int)bytes;
    }
    if (!torus_groups_held(&engine->groups, &engine->regions)) {
        /* A group reads its ring at any time. Removing has made the room that adding needs. */
        torus_regions_add(&engine->regions, address, (uint64_t)bytes);
        return -TORUS_EBUSY;
    }
    return 0;
}

int torus_engine_register_buffers(struct torus_backend *backend, uint32_t group, uint64_t ring, uint32_t entries) {
    struct torus_engine *engine = engine__of(backend);
    return torus_groups_add(&engine->groups, &engine->regions, group, ring, entries);
}

int torus_engine_unregister_buffers(struct torus_backend *backend, uint32_t group) {
    return torus_groups_remove(&engine__of(backend)->groups, group);
}

uint64_t torus_engine_counter(struct torus_backend *backend, enum torus_counter counter) {
    struct torus_engine *engine = engine__of(backend);
    uint64_t wakeups = atomic_load_explicit(&engine->wakeups, memory_order_relaxed);
    switch (counter) {
        case TORUS_COUNT_CROSSINGS:
            return engine->crossings;
        case TORUS_COUNT_SYSCALLS:
            return engine->syscalls + wakeups;
        case TORUS_COUNT_WOULD_BLOCK:
            return engine->would_block;
        case TORUS_COUNT_WAKEUPS:
            return wakeups;
        case TORUS_COUNT_BYTES_IN:
            return engine->bytes_in;
        case TORUS_COUNT_BYTES_OUT:
            return engine->bytes_out;
        default:
            return 0;
    }
}
