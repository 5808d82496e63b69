/*
 * epoll: the poller of the readiness engine on Linux.
 *
 *   add    epoll_ctl(ADD, IN | OUT | RDHUP | PRI | ET)
 *   wait   epoll_pwait2 where the timeout is finer than a millisecond, else epoll_wait; inline as those in linux_hot.h
 *   wake   a write to an eventfd that is watched edge-triggered and never read
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../ring/engine.h"

/* The same number on every architecture; not every libc has the function. */
#define EPOLL_SYS_PWAIT2 441

#define NANOS_PER_SECOND INT64_C(1000000000)
#define NANOS_PER_MILLI INT64_C(1000000)

_Static_assert(EPOLLIN == TORUS_POLLIN && EPOLLOUT == TORUS_POLLOUT && EPOLLERR == TORUS_POLLERR, "EPOLL*");
_Static_assert(EPOLLHUP == TORUS_POLLHUP && EPOLLPRI == TORUS_POLLPRI && EPOLLRDHUP == TORUS_POLLRDHUP, "EPOLL*");

struct torus_poller {
    int fd;
    int wake_fd;
    bool pwait2;
    int max_events;
    struct epoll_event events[];
};

struct epoll__timespec {
    int64_t seconds;
    int64_t nanoseconds;
};

/* Number of events or -errno. */
static inline int epoll__pwait2(struct torus_poller *poller, int64_t timeout_ns) {
    struct epoll__timespec timeout = {timeout_ns / NANOS_PER_SECOND, timeout_ns % NANOS_PER_SECOND};
    return (int)os_system_call(EPOLL_SYS_PWAIT2, poller->fd, (long)poller->events, poller->max_events, (long)&timeout,
                               0, 0);
}

static int epoll__open(struct torus_poller **out, uint32_t max_events) {
    struct torus_poller *poller = calloc(1, sizeof *poller + max_events * sizeof poller->events[0]);
    if (poller == NULL) {
        return -ENOMEM;
    }
    int result;
    poller->max_events = (int)max_events;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0) {
        result = -errno;
        goto free_poller;
    }
    poller->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poller->wake_fd < 0) {
        result = -errno;
        goto close_epoll;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = TORUS_POLLER_WAKE};
    if (epoll_ctl(poller->fd, EPOLL_CTL_ADD, poller->wake_fd, &event) < 0) {
        result = -errno;
        goto close_wake;
    }
    /* Kernels before 5.11 do not have it, some seccomp filters refuse it: find out once. */
    poller->pwait2 = epoll__pwait2(poller, 0) == 0;
    *out = poller;
    return 0;

close_wake:
    close(poller->wake_fd);
close_epoll:
    close(poller->fd);
free_poller:
    free(poller);
    return result;
}

static int epoll__add(struct torus_poller *poller, int fd, uint64_t data) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET, .data.u64 = data};
    return epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int epoll__del(struct torus_poller *poller, int fd) {
    struct epoll_event unused = {0};
    return epoll_ctl(poller->fd, EPOLL_CTL_DEL, fd, &unused) < 0 ? -errno : 0;
}

static inline int epoll__sleep(struct torus_poller *poller, int64_t timeout_ns) {
    if (timeout_ns > 0 && poller->pwait2) {
        return epoll__pwait2(poller, timeout_ns);
    }
    /* Milliseconds, rounded up: rounded down, the last part of a wait would be spent spinning. */
    int64_t millis = timeout_ns < 0 ? -1 : timeout_ns / NANOS_PER_MILLI + (timeout_ns % NANOS_PER_MILLI != 0);
    int timeout = millis > INT_MAX ? INT_MAX : (int)millis;
    return (int)os_system_call(SYS_epoll_pwait, poller->fd, (long)poller->events, poller->max_events, timeout, 0, 0);
}

static int epoll__wait(struct torus_poller *poller, struct torus_event *out, int64_t timeout_ns) {
    int count = epoll__sleep(poller, timeout_ns);
    for (int i = 0; i < count; i++) {
        out[i].data = poller->events[i].data.u64;
        out[i].events = poller->events[i].events;
        out[i].error = 0; /* asked for by who wants to know: SO_ERROR */
    }
    return count;
}

static void epoll__wake(struct torus_poller *poller) {
    uint64_t one = 1;
    while (write(poller->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

static void epoll__describe(struct torus_poller *poller, char *text, size_t size) {
    snprintf(text, size, "%s", poller->pwait2 ? "epoll_pwait2" : "epoll_wait (no epoll_pwait2: whole milliseconds)");
}

static void epoll__close(struct torus_poller *poller) {
    close(poller->wake_fd);
    close(poller->fd);
    free(poller);
}

static const struct torus_poller_ops epoll__poller_ops = {
    .open = epoll__open,
    .add = epoll__add,
    .del = epoll__del,
    .wait = epoll__wait,
    .wake = epoll__wake,
    .describe = epoll__describe,
    .close = epoll__close,
};

static int epoll__available(char *reason, size_t size) {
    struct torus_poller *poller;
    int result = epoll__open(&poller, 1);
    if (result < 0) {
        return torus_fail(reason, size, -result, "epoll or eventfd cannot be used (errno %d)", -result);
    }
    epoll__close(poller);
    return 0;
}

static int epoll__open_backend(const struct torus_config *config, struct torus_backend **out, char *reason,
                               size_t size) {
    return torus_engine_open(&torus_epoll, &epoll__poller_ops, config, out, reason, size);
}

const struct torus_backend_ops torus_epoll = {
    .name = "epoll",
    .available = epoll__available,
    .open = epoll__open_backend,
    TORUS_ENGINE_OPS,
};
