/*
 * kqueue: the poller of the readiness engine on macOS.
 *
 *   add    two changes, EVFILT_READ and EVFILT_WRITE with EV_ADD | EV_CLEAR, which the next wait takes along
 *   wait   one kevent: first the changes, then the events
 *   del    a change that still waits is dropped, otherwise kevent(EV_DELETE) at once
 *   wake   kevent(EVFILT_USER, NOTE_TRIGGER)
 *
 * Built for tests on Linux too, over the double in native/test/kqueue-emulation. It relies on what the manual pages of
 * macOS and FreeBSD say and on nothing else; `data` of EVFILT_WRITE, for one, is never read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../ring/engine.h"
#include "torus/errno.h"

#define NANOS_PER_SECOND INT64_C(1000000000)
/* A longer wait is made of several: xnu refuses more than 10^8 seconds. */
#define KQUEUE_TIMEOUT_MAX (INT64_C(86400) * NANOS_PER_SECOND)

#define KQUEUE_WAKE_IDENT 1
#define KQUEUE_CHANGES_FIRST 64

/* Urgent data stops a receive short; sys/event.h of macOS: with the flag the filter also returns for it. */
#if !defined(EV_OOBAND)
#define EV_OOBAND 0
#endif

/* kqueue(2): EV_EOF comes with the data in front of the end. libkqueue (src/linux/read.c) tells it only without data,
 * and tells nothing more once they were told. */
#if defined(LIBKQUEUE)
#define KQUEUE_READABLE (TORUS_POLLIN | TORUS_POLLER_UNSURE)
#else
#define KQUEUE_READABLE TORUS_POLLIN
#endif

/* Which directions of a descriptor have ended: hung up is when both have. */
#define KQUEUE_READ_ENDED 1u
#define KQUEUE_WRITE_ENDED 2u

struct torus_poller {
    int fd;
    int max_events;
    struct kevent *changes;
    int changes_count;
    int changes_room;
    uint8_t *ended; /* by descriptor */
    size_t ended_room;
    struct kevent events[];
};

static const struct timespec kqueue__at_once = {0, 0};

static int kqueue__open(struct torus_poller **out, uint32_t max_events) {
    struct torus_poller *poller = calloc(1, sizeof *poller + max_events * sizeof poller->events[0]);
    if (poller == NULL) {
        return -TORUS_ENOMEM;
    }
    poller->max_events = (int)max_events;
    poller->fd = kqueue();
    if (poller->fd < 0) {
        int result = os_error();
        free(poller);
        return result;
    }
    struct kevent wake;
    EV_SET(&wake, KQUEUE_WAKE_IDENT, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, (void *)(uintptr_t)TORUS_POLLER_WAKE);
    if (fcntl(poller->fd, F_SETFD, FD_CLOEXEC) < 0 || kevent(poller->fd, &wake, 1, NULL, 0, &kqueue__at_once) < 0) {
        int result = os_error();
        close(poller->fd);
        free(poller);
        return result;
    }
    *out = poller;
    return 0;
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

/* Room for `count` elements more or less at `*array`; it grows by doubling. */
static bool kqueue__grow(void **array, size_t element, size_t *room, size_t count) {
    if (count <= *room) {
        return true;
    }
    size_t wanted = *room < KQUEUE_CHANGES_FIRST ? KQUEUE_CHANGES_FIRST : *room;
    while (wanted < count) {
        wanted *= 2;
    }
    void *grown = realloc(*array, wanted * element);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *room = wanted;
    return true;
}

static bool kqueue__room(struct torus_poller *poller, int fd) {
    size_t changes_room = (size_t)poller->changes_room;
    void *changes = poller->changes;
    void *ended = poller->ended;
    bool grown = kqueue__grow(&changes, sizeof *poller->changes, &changes_room, (size_t)poller->changes_count + 2);
    poller->changes = changes;
    poller->changes_room = (int)changes_room;
    grown = grown && kqueue__grow(&ended, sizeof *poller->ended, &poller->ended_room, (size_t)fd + 1);
    poller->ended = ended;
    return grown;
}

/* Files are always ready, or once and never again, depending on the system: their readiness means nothing. */
static int kqueue__watchable(int fd) {
    struct stat status;
    if (fstat(fd, &status) < 0) {
        return os_error();
    }
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode) ? -TORUS_EPERM : 0;
}

static int kqueue__add(struct torus_poller *poller, int fd, uint64_t data) {
    int result = kqueue__watchable(fd);
    if (result < 0) {
        return result;
    }
    if (!kqueue__room(poller, fd)) {
        return -TORUS_ENOMEM;
    }
    poller->ended[fd] = 0;
    void *udata = (void *)(uintptr_t)data;
    struct kevent *change = &poller->changes[poller->changes_count];
    /* EV_ENABLE is part of EV_ADD, except in libkqueue. */
    EV_SET(&change[0], fd, EVFILT_READ, EV_ADD | EV_ENABLE | EV_CLEAR | EV_OOBAND, 0, 0, udata);
    EV_SET(&change[1], fd, EVFILT_WRITE, EV_ADD | EV_ENABLE | EV_CLEAR, 0, 0, udata);
    poller->changes_count += 2;
    return 0;
}

/* Drops the changes of a descriptor that no kevent has seen yet. */
static bool kqueue__drop(struct torus_poller *poller, int fd) {
    int kept = 0;
    for (int i = 0; i < poller->changes_count; i++) {
        if (poller->changes[i].ident != (uintptr_t)fd) {
            poller->changes[kept++] = poller->changes[i];
        }
    }
    bool dropped = kept < poller->changes_count;
    poller->changes_count = kept;
    return dropped;
}

static int kqueue__del(struct torus_poller *poller, int fd) {
    if (kqueue__drop(poller, fd)) {
        return 0;
    }
    /* With receipts both are done, be the first there or not, and no event is taken along. */
    struct kevent changes[2];
    struct kevent receipts[2];
    EV_SET(&changes[0], fd, EVFILT_READ, EV_DELETE | EV_RECEIPT, 0, 0, NULL);
    EV_SET(&changes[1], fd, EVFILT_WRITE, EV_DELETE | EV_RECEIPT, 0, 0, NULL);
    return kevent(poller->fd, changes, 2, receipts, 2, &kqueue__at_once) < 0 ? os_error() : 0;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

/* A change that failed. EPIPE: a pipe whose other end has gone already. False: nothing the engine needs to know. */
static bool kqueue__refused(const struct kevent *event, struct torus_event *out) {
    bool reads = event->filter == EVFILT_READ;
    if (event->data == EPIPE) {
        out->events = reads ? TORUS_POLLIN | TORUS_POLLHUP : TORUS_POLLOUT | TORUS_POLLERR;
        return true;
    }
    if (event->data == 0 || (!reads && event->data == EINVAL)) {
        return false; /* it can be read from, though not be written to */
    }
    out->events = 0;
    out->error = event->data == EINVAL ? TORUS_EPERM : os_errno((int)event->data);
    return true;
}

/* Fills `out`; false: nothing is to be told. */
static bool kqueue__translate(struct torus_poller *poller, const struct kevent *event, struct torus_event *out) {
    bool reads = event->filter == EVFILT_READ;
    out->data = (uint64_t)(uintptr_t)event->udata;
    out->error = 0;
    if ((event->flags & EV_ERROR) != 0) {
        return kqueue__refused(event, out);
    }
    out->events = reads ? KQUEUE_READABLE : TORUS_POLLOUT;
    if ((event->flags & EV_OOBAND) != 0) {
        out->events |= TORUS_POLLPRI;
    }
    if ((event->flags & EV_EOF) != 0) {
        /* There may be data in front of the end: nothing but receiving 0 bytes is the end. */
        uint8_t *ended = &poller->ended[event->ident];
        *ended |= reads ? KQUEUE_READ_ENDED : KQUEUE_WRITE_ENDED;
        out->events |= reads ? TORUS_POLLRDHUP : 0;
        out->events |= *ended == (KQUEUE_READ_ENDED | KQUEUE_WRITE_ENDED) ? TORUS_POLLHUP : 0;
        if (event->fflags != 0) {
            out->events |= TORUS_POLLERR;
            out->error = os_errno((int)event->fflags);
        }
    }
    return true;
}

static int kqueue__wait(struct torus_poller *poller, struct torus_event *out, int64_t timeout_ns) {
    int changes = poller->changes_count;
    if (changes > poller->max_events) {
        changes = poller->max_events; /* each may come back as an error; the others have their turn in the next wait */
        timeout_ns = 0;
    }
    timeout_ns = timeout_ns > KQUEUE_TIMEOUT_MAX ? KQUEUE_TIMEOUT_MAX : timeout_ns;
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / NANOS_PER_SECOND),
                               .tv_nsec = (long)(timeout_ns % NANOS_PER_SECOND)};
    int count = kevent(poller->fd, poller->changes, changes, poller->events, poller->max_events,
                       timeout_ns < 0 ? NULL : &timeout);
    int result = count < 0 ? os_error() : 0;
    if (changes > 0 && (count >= 0 || result == -TORUS_EINTR)) {
        /* An interrupted kevent has applied its changes: kqueue(2) of FreeBSD, section ERRORS. */
        poller->changes_count -= changes;
        memmove(poller->changes, poller->changes + changes, (size_t)poller->changes_count * sizeof *poller->changes);
    }
    for (int i = 0; i < count; i++) {
        result += kqueue__translate(poller, &poller->events[i], &out[result]);
    }
    return result;
}

static void kqueue__wake(struct torus_poller *poller) {
    struct kevent trigger;
    EV_SET(&trigger, KQUEUE_WAKE_IDENT, EVFILT_USER, 0, NOTE_TRIGGER, 0, (void *)(uintptr_t)TORUS_POLLER_WAKE);
    while (kevent(poller->fd, &trigger, 1, NULL, 0, &kqueue__at_once) < 0 && errno == EINTR) {
    }
}

static void kqueue__describe(struct torus_poller *poller, char *text, size_t size) {
    (void)poller;
    snprintf(text, size, "kevent");
}

static void kqueue__close(struct torus_poller *poller) {
    close(poller->fd);
    free(poller->changes);
    free(poller->ended);
    free(poller);
}

static const struct torus_poller_ops kqueue__poller_ops = {
    .open = kqueue__open,
    .add = kqueue__add,
    .del = kqueue__del,
    .wait = kqueue__wait,
    .wake = kqueue__wake,
    .describe = kqueue__describe,
    .close = kqueue__close,
};

static int kqueue__available(char *reason, size_t size) {
    struct torus_poller *poller;
    int result = kqueue__open(&poller, 1);
    if (result < 0) {
        return torus_fail(reason, size, -result, "kqueue cannot be used (errno %d)", -result);
    }
    kqueue__close(poller);
    return 0;
}

static int kqueue__open_backend(const struct torus_config *config, struct torus_backend **out, char *reason,
                                size_t size) {
    return torus_engine_open(&torus_kqueue, &kqueue__poller_ops, config, out, reason, size);
}

const struct torus_backend_ops torus_kqueue = {
    .name = "kqueue",
    .available = kqueue__available,
    .open = kqueue__open_backend,
    TORUS_ENGINE_OPS,
};
