/*
 * What the engine knows about each descriptor: slots found by the descriptor's number, made in chunks whose address
 * never changes.
 */
#ifndef TORUS_HANDLES_H
#define TORUS_HANDLES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "torus/backend.h"

/* Which list of a handle an operation waits in. */
enum torus_side { TORUS_SIDE_READ, TORUS_SIDE_WRITE, TORUS_SIDE_POLL, TORUS_SIDES };

/* First and last operation that waits, by index; 0 = none. */
struct torus_list {
    uint32_t first;
    uint32_t last;
};

/* handle.ready: what the next attempt may expect. Bits 0 and 1 are 1 << TORUS_SIDE_READ and _WRITE. */
#define TORUS_READY_READ 1u
#define TORUS_READY_WRITE 2u
/* An end, an error or urgent data was announced: a short receive does not mean that nothing is left to be read. */
#define TORUS_READY_ENDED 4u

/* handle.state */
#define TORUS_HANDLE_WATCHED 1u /* known to the poller */
#define TORUS_HANDLE_LISTED 2u  /* in the run list */
#define TORUS_HANDLE_STREAM 4u  /* receiving nothing is the end */
#define TORUS_HANDLE_TCP 8u     /* a short receive means that nothing is left */

struct torus_handle {
    _Atomic uint8_t kind; /* enum torus_kind; everything else belongs to the owner and to sockets */
    uint8_t ready;
    uint8_t state;
    uint8_t unused;
    int32_t fd;
    uint32_t generation; /* of the registration with the poller */
    uint32_t polled;     /* events that the POLL side has not seen */
    struct torus_list lists[TORUS_SIDES];
    struct torus_handle *previous; /* in the run list */
    struct torus_handle *next;
    int32_t error; /* of the socket, as the poller told it; 0: none */
    uint32_t reserved;
};

_Static_assert(sizeof(struct torus_handle) == 64, "one cache line");

#define TORUS_HANDLE_CHUNK 1024u
#define TORUS_HANDLE_CHUNKS 16384u

struct torus_handles {
    _Atomic(struct torus_handle *) *chunks;
};

int torus_handles_open(struct torus_handles *handles);
void torus_handles_close(struct torus_handles *handles);

/* The slot, made if need be; any thread. NULL: no memory, or the number is too large. */
struct torus_handle *torus_handles_make(struct torus_handles *handles, int fd);

/* The slot, or NULL if it was never made. */
static inline struct torus_handle *torus_handles_find(struct torus_handles *handles, int fd) {
    uint32_t chunk = (uint32_t)fd / TORUS_HANDLE_CHUNK;
    if (chunk >= TORUS_HANDLE_CHUNKS) { /* negative numbers end here too */
        return NULL;
    }
    struct torus_handle *slots = atomic_load_explicit(&handles->chunks[chunk], memory_order_acquire);
    return slots == NULL ? NULL : &slots[(uint32_t)fd % TORUS_HANDLE_CHUNK];
}

/* The slot of a known socket, or NULL. */
static inline struct torus_handle *torus_handles_socket(struct torus_handles *handles, int fd) {
    struct torus_handle *handle = torus_handles_find(handles, fd);
    return handle != NULL && atomic_load_explicit(&handle->kind, memory_order_relaxed) == TORUS_KIND_SOCKET ? handle
                                                                                                            : NULL;
}

#endif
