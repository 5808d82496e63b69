/* All that a readiness system must offer for the engine to make completions of it: epoll and kqueue are a file each. */
#ifndef TORUS_POLLER_H
#define TORUS_POLLER_H

#include <stdint.h>

#define POLLER_IN 1u
#define POLLER_OUT 2u
#define POLLER_HUP 4u /* the peer has ended one direction or both: what is there can still be read */
#define POLLER_ERR 8u

struct poller_event {
    uint64_t token; /* as given to add; POLLER_WAKE for a wake-up */
    uint32_t ready;
    int32_t error; /* error of a failed connect where the system tells it, or 0 */
};

#define POLLER_WAKE UINT64_MAX
#define POLLER_EVENTS 256

struct poller;

/* 0 or -errno */
int poller_open(struct poller **poller);
/* Edge-triggered, both directions, until removed; what is ready already is reported by the next wait. */
int poller_add(struct poller *poller, int fd, uint64_t token);
void poller_remove(struct poller *poller, int fd);
/* Number of events, 0 at the timeout or when interrupted; negative timeout: for ever. */
int poller_wait(struct poller *poller, struct poller_event *events, int room, int64_t timeout_ns);
/* Any thread. */
int poller_wake(struct poller *poller);
void poller_close(struct poller *poller);

#endif
