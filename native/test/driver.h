/* The user's side of the rings for tests: what Java does, in C. Every function ends the test if something is wrong. */
#ifndef TORUS_DRIVER_H
#define TORUS_DRIVER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "check.h"
#include "torus/backend.h"
#include "torus/control.h"

#define DRIVER_SECOND INT64_C(1000000000)
/* Longer than anything here takes: reached only by a test that fails. */
#define DRIVER_PATIENCE (20 * DRIVER_SECOND)

#define DRIVER_MEMORIES 32u

struct driver {
    struct torus_backend *backend;
    struct torus_layout layout;
    _Atomic uint32_t *sq_head, *sq_tail, *cq_head, *cq_tail;
    struct torus_cqe *completions;
    uint32_t tail;                 /* of the submission ring, not yet published */
    uint32_t published;            /* up to where it was */
    void *memory[DRIVER_MEMORIES]; /* freed when closing */
    uint32_t memories;
};

/* Opens and enables. Ends the program with success, after a message, if the backend cannot be used here. */
void driver_open(struct driver *driver, const char *backend, uint32_t sq_entries, uint32_t cq_entries);
void driver_close(struct driver *driver);

/* The next entry, cleared. There must be room. */
struct torus_sqe *driver_entry(struct driver *driver, uint8_t opcode, int fd, uint64_t user_data);

/* Publishes and enters until all is consumed; min_complete and timeout apply to the last enter. */
void driver_enter(struct driver *driver, uint32_t min_complete, int64_t timeout_ns);

/* Takes one completion if there is one. */
bool driver_take(struct driver *driver, struct torus_cqe *out);

/* Waits for the next completion that is not the wake-up's. */
struct torus_cqe driver_next(struct driver *driver);

/* Waits for one that must be this. */
void driver_expect(struct driver *driver, uint64_t user_data, int32_t res, uint32_t flags);

/* Enters without waiting; no completion may come. */
void driver_expect_nothing(struct driver *driver);

/* Page-aligned memory that is registered. */
void *driver_memory(struct driver *driver, size_t bytes);

/* A provided-buffer ring with all its buffers in it. */
struct driver_group {
    struct torus_buf *ring;
    unsigned char *memory;
    uint32_t buffers;
    uint32_t bytes;
    uint16_t tail;
    uint16_t number;
};
void driver_group_open(struct driver *driver, struct driver_group *group, uint16_t number, uint32_t buffers,
                       uint32_t bytes);
void driver_group_give(struct driver_group *group, uint16_t id);
unsigned char *driver_group_buffer(struct driver_group *group, uint16_t id);

void driver_recv(struct driver *driver, int fd, void *memory, uint32_t bytes, uint64_t user_data);
void driver_recv_group(struct driver *driver, int fd, uint16_t group, bool multishot, uint64_t user_data);
void driver_send(struct driver *driver, int fd, const void *memory, uint32_t bytes, uint64_t user_data);
void driver_accept(struct driver *driver, int fd, bool multishot, uint64_t user_data);
void driver_cancel(struct driver *driver, uint64_t target, uint64_t user_data);

/* A listener on 127.0.0.1 that the backend owns; *port. */
int driver_listen(struct driver *driver, uint16_t *port);

/* A blocking connection of the test itself to that port, without Nagle's delay. */
int driver_dial(uint16_t port);

/* A connection over TCP: one end owned by the backend, the other the test's own. */
void driver_pair(struct driver *driver, int *owned, int *peer);

#endif
