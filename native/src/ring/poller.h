/*
 * All that the readiness engine wants from an operating system: an edge-triggered poller and a way to be woken.
 * Functions answer a value >= 0 or -errno in Linux numbering.
 */
#ifndef TORUS_POLLER_H
#define TORUS_POLLER_H

#include <stddef.h>
#include <stdint.h>

/* `data` of the event that says wake() was called. Never the data of a descriptor. */
#define TORUS_POLLER_WAKE UINT64_MAX

/* In `events`: an end may follow the data of which no event of its own will tell, so a short receive is no proof that
 * nothing is left. */
#define TORUS_POLLER_UNSURE (UINT32_C(1) << 31)

struct torus_event {
    uint64_t data;
    uint32_t events; /* TORUS_POLLIN, OUT, RDHUP, HUP, ERR, PRI; 0: the descriptor cannot be watched after all */
    int32_t error;   /* Linux's errno: why it cannot, or that of the socket if the poller knows it; else 0 */
};

struct torus_poller;

struct torus_poller_ops {
    int (*open)(struct torus_poller **out, uint32_t max_events);

    /* Watches for both directions, edge-triggered; what is ready already is reported too. -EPERM: cannot be watched. */
    int (*add)(struct torus_poller *poller, int fd, uint64_t data);

    int (*del)(struct torus_poller *poller, int fd);

    /* Number of events (at most max_events), 0 at the timeout; timeout_ns 0 polls, negative waits for ever. */
    int (*wait)(struct torus_poller *poller, struct torus_event *out, int64_t timeout_ns);

    /* Any thread. Ends the present or the next wait(). */
    void (*wake)(struct torus_poller *poller);

    /* Some words for people: which system calls are in use. */
    void (*describe)(struct torus_poller *poller, char *text, size_t size);

    void (*close)(struct torus_poller *poller);
};

#endif
