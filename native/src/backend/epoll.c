/*
 * epoll: the poller of the readiness engine on Linux. epoll(7), epoll_wait(2), eventfd(2).
 *
 *   add     EPOLL_CTL_ADD, edge-triggered, once per handle     wake   write to an eventfd that is never read
 *   remove  EPOLL_CTL_DEL                                      wait   epoll_pwait2, or epoll_wait before 5.11
 */
#define _GNU_SOURCE
#include "../ring/engine.h"
#include "../ring/poller.h"

#ifdef __linux__

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NR_EPOLL_PWAIT2 441

struct poller {
    int fd;
    int wake_fd;
    int has_pwait2;
};

int poller_open(struct poller **out) {
    struct poller *poller = calloc(1, sizeof *poller);
    if (poller == NULL) {
        return -ENOMEM;
    }
    int error;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0) {
        error = -errno;
        goto err_free;
    }
    poller->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poller->wake_fd < 0) {
        error = -errno;
        goto err_epoll;
    }
    /* edge-triggered: every write is an edge, so the eventfd need not be read */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = POLLER_WAKE};
    if (epoll_ctl(poller->fd, EPOLL_CTL_ADD, poller->wake_fd, &event) < 0) {
        error = -errno;
        goto err_wake;
    }
    /* present in headers, yet ENOSYS on older kernels and under qemu (netty#12343): try it once */
    struct timespec none = {0, 0};
    poller->has_pwait2 = syscall(NR_EPOLL_PWAIT2, poller->fd, &event, 1, &none, NULL, 0) >= 0;
    *out = poller;
    return 0;
err_wake:
    close(poller->wake_fd);
err_epoll:
    close(poller->fd);
err_free:
    free(poller);
    return error;
}

int poller_add(struct poller *poller, int fd, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = token};
    return epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void poller_remove(struct poller *poller, int fd) {
    struct epoll_event unused = {0};
    epoll_ctl(poller->fd, EPOLL_CTL_DEL, fd, &unused);
}

static int epoll__wait(struct poller *poller, struct epoll_event *events, int room, int64_t timeout_ns) {
    if (timeout_ns > 0 && poller->has_pwait2) {
        struct timespec timeout = {timeout_ns / 1000000000LL, timeout_ns % 1000000000LL};
        return (int)syscall(NR_EPOLL_PWAIT2, poller->fd, events, room, &timeout, NULL, 0);
    }
    int64_t ms = timeout_ns <= 0 ? timeout_ns : (timeout_ns + 999999) / 1000000; /* up: rounding down would spin */
    return epoll_wait(poller->fd, events, room, ms < 0 ? -1 : ms > 1000000000 ? 1000000000 : (int)ms);
}

int poller_wait(struct poller *poller, struct poller_event *out, int room, int64_t timeout_ns) {
    struct epoll_event events[POLLER_EVENTS];
    int count = epoll__wait(poller, events, room < POLLER_EVENTS ? room : POLLER_EVENTS, timeout_ns);
    if (count < 0) {
        return errno == EINTR ? 0 : -errno;
    }
    for (int i = 0; i < count; i++) {
        uint32_t from = events[i].events;
        uint32_t ready = (from & EPOLLIN ? POLLER_IN : 0) | (from & EPOLLOUT ? POLLER_OUT : 0) |
                         (from & (EPOLLHUP | EPOLLRDHUP) ? POLLER_HUP : 0) | (from & EPOLLERR ? POLLER_ERR : 0);
        out[i] = (struct poller_event){events[i].data.u64, ready, 0};
    }
    return count;
}

int poller_wake(struct poller *poller) {
    uint64_t one = 1;
    return write(poller->wake_fd, &one, sizeof one) == (ssize_t)sizeof one ? 0 : -errno;
}

void poller_close(struct poller *poller) {
    close(poller->wake_fd);
    close(poller->fd);
    free(poller);
}

const struct torus_backend torus_epoll = ENGINE_BACKEND("epoll");

#endif
