/*
 * The readiness engine: plays io_uring over an edge-triggered poller (epoll, kqueue).
 *
 * Each descriptor is registered with the poller at most once, when an operation first has to wait for it. An operation
 * is tried at once; if the descriptor is not ready it waits in the handle's list of its side until an edge comes. The
 * `ready` bits remember the edges, so that nothing is tried in vain. Handles with work left over are in the run list
 * and have their turn on the next enter, which then does not sleep.
 */
#ifndef TORUS_ENGINE_H
#define TORUS_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../os/os.h"
#include "buffers.h"
#include "decode.h"
#include "handles.h"
#include "pending.h"
#include "poller.h"
#include "regions.h"
#include "rings.h"
#include "torus/backend.h"

/* Events taken from the poller at once. */
#define TORUS_EVENTS_MAX 512u
/* Attempts of one operation, and operations of one side, per handle and turn: nobody starves the others. */
#define TORUS_TURN_BUDGET 16u
/* Bytes received in one enter after which what else is ready waits for the next one: what was received is still in the
 * processor's cache when it is used, and everybody's data waits for less of everybody else's. */
#define TORUS_ENTER_BYTES (256u * 1024u)

struct torus_engine {
    struct torus_backend backend;
    const struct torus_poller_ops *poller_ops;
    struct torus_poller *poller;
    struct torus_rings rings;
    struct torus_handles handles;
    struct torus_pending pending;
    struct torus_regions regions;

    /* Run list: handles whose operations have more to do than their last turn allowed. */
    struct torus_handle *run_first;
    struct torus_handle *run_last;

    bool woken;            /* a wake-up came that no waiting enter has answered yet */
    bool poll_skipped;     /* the last enter had completions at once and did not ask the poller */
    unsigned polls_spared; /* so many enters do not ask it, because one did in vain */
    int events_last;       /* of the last poll that found any */

    uint64_t crossings;
    uint64_t syscalls;
    uint64_t would_block;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t bytes_in_limit; /* bytes_in from which on this enter receives no more */

    /* What is used seldom or only in order. */
    struct torus_groups groups;
    atomic_uint_fast64_t wakeups;
    struct torus_event events[TORUS_EVENTS_MAX];
    struct torus_iovec iovecs[OS_IOVECS_MAX]; /* of the message that is being sent or received */
};

/* How an attempt at an operation went. */
enum torus_step {
    TORUS_STEP_DONE,  /* result and flags are filled */
    TORUS_STEP_WAIT,  /* the side is not ready; its bit is cleared */
    TORUS_STEP_YIELD, /* could go on, but others come first or the completion ring is nearly full */
};

struct torus_result {
    int32_t res;
    uint32_t flags;
};

/* Tries an operation of `handle` once (a multishot one as often as the budget allows). */
enum torus_step torus_operation_step(struct torus_engine *engine, struct torus_handle *handle, struct torus_op *op,
                                     struct torus_result *out);

/* Whether the poll operation is satisfied by `events`; posts and stays, or fills `out`. */
enum torus_step torus_operation_polled(struct torus_engine *engine, struct torus_op *op, uint32_t events,
                                       struct torus_result *out);

/* No buffer is left, which matters only if there is something to receive: -ENOBUFS, else what a receive would say. */
int torus_operation_without_buffer(struct torus_engine *engine, const struct torus_handle *handle,
                                   const struct torus_op *op);

/* Makes a new descriptor of the operating system known as a socket: the descriptor or -errno. `state` has the bits
 * TORUS_HANDLE_STREAM and TORUS_HANDLE_TCP. */
int torus_engine_adopt(struct torus_engine *engine, int fd, unsigned state);

/* Multishot operations pause while less than this is free in the completion ring. */
static inline uint32_t torus_engine_reserve(const struct torus_engine *engine) {
    return engine->rings.cq_entries / 4;
}

/* Whether this enter has received its share. */
static inline bool torus_engine_sated(const struct torus_engine *engine) {
    return engine->bytes_in >= engine->bytes_in_limit;
}

/* Whether multishot receives pause: the completion ring fills up, or this enter has received its share. */
static inline bool torus_engine_pauses(const struct torus_engine *engine) {
    return torus_rings_room(&engine->rings) <= torus_engine_reserve(engine) || torus_engine_sated(engine);
}

/* The functions of a backend that is this engine over a poller; see backend.h. `ops` is its table. */
int torus_engine_open(const struct torus_backend_ops *ops, const struct torus_poller_ops *poller_ops,
                      const struct torus_config *config, struct torus_backend **out, char *reason, size_t size);
void torus_engine_close(struct torus_backend *backend);
void torus_engine_describe(struct torus_backend *backend, char *text, size_t size);
uint64_t torus_engine_operations(struct torus_backend *backend);
void torus_engine_layout(struct torus_backend *backend, struct torus_layout *out);
int torus_engine_enable(struct torus_backend *backend);
int torus_engine_arm_wakeup(struct torus_backend *backend, struct torus_sqe *entry);
int torus_engine_enter(struct torus_backend *backend, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns);
void torus_engine_wakeup(struct torus_backend *backend);
int torus_engine_register_region(struct torus_backend *backend, uint64_t address, uint64_t bytes);
int torus_engine_unregister_region(struct torus_backend *backend, uint64_t address);
int torus_engine_register_buffers(struct torus_backend *backend, uint32_t group, uint64_t ring, uint32_t entries);
int torus_engine_unregister_buffers(struct torus_backend *backend, uint32_t group);
int torus_engine_attach(struct torus_backend *backend, int fd, enum torus_kind kind);
int torus_engine_detach(struct torus_backend *backend, int fd, enum torus_kind kind);
uint64_t torus_engine_counter(struct torus_backend *backend, enum torus_counter counter);

/* All of them but available() and open(), for the table of a backend. */
#define TORUS_ENGINE_OPS                                                                                      \
    .nonblocking = true, .close = torus_engine_close, .describe = torus_engine_describe,                      \
    .operations = torus_engine_operations, .layout = torus_engine_layout, .enable = torus_engine_enable,      \
    .arm_wakeup = torus_engine_arm_wakeup, .enter = torus_engine_enter, .wakeup = torus_engine_wakeup,        \
    .register_region = torus_engine_register_region, .unregister_region = torus_engine_unregister_region,     \
    .register_buffers = torus_engine_register_buffers, .unregister_buffers = torus_engine_unregister_buffers, \
    .attach = torus_engine_attach, .detach = torus_engine_detach, .counter = torus_engine_counter

#endif
