#include "filters.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <linux/sockios.h>

#define NANOS_PER_SECOND INT64_C(1000000000)

/* What Linux tells of a descriptor. */
struct facts {
    unsigned ready; /* POLL* */
    bool stream;    /* a stream socket */
    bool listens;
    bool tcp;
    struct tcp_info info;
};

static int filters__option(int fd, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? -1 : value;
}

static bool filters__facts(int fd, struct facts *out) {
    struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI};
    *out = (struct facts){0};
    if (poll(&entry, 1, 0) < 0 || (entry.revents & POLLNVAL) != 0) {
        return false;
    }
    out->ready = (unsigned short)entry.revents;
    out->stream = filters__option(fd, SO_TYPE) == SOCK_STREAM;
    out->listens = filters__option(fd, SO_ACCEPTCONN) == 1;
    if (out->stream && filters__option(fd, SO_PROTOCOL) == IPPROTO_TCP) {
        socklen_t length = sizeof out->info;
        out->tcp = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &out->info, &length) == 0;
    }
    return true;
}

/* A TCP socket that is not connected and never was: no round trip was measured. */
static bool filters__never_connected(const struct facts *facts) {
    return facts->tcp && facts->info.tcpi_state == TCP_CLOSE && facts->info.tcpi_rtt == 0;
}

/*
 * fflags at EV_EOF are the socket's error. Linux cannot tell it without taking it away, so only that of a failed
 * connect is told here, where kqueue's documented way to learn it is this one. As with libkqueue, SO_ERROR is 0 then.
 */
static int filters__error(int fd, const struct facts *facts, int *error) {
    if (!filters__never_connected(facts)) {
        *error = 0;
    } else if ((facts->ready & POLLERR) != 0) {
        *error = filters__option(fd, SO_ERROR);
    }
    return *error;
}

static intptr_t filters__readable(int fd, const struct facts *facts) {
    if (facts->listens) {
        return facts->tcp ? (intptr_t)facts->info.tcpi_unacked : 1; /* of a listener: the backlog */
    }
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) < 0 ? 0 : bytes;
}

static intptr_t filters__writable(int fd) {
    int room = filters__option(fd, SO_SNDBUF);
    int queued = 0;
    if (room < 0 || ioctl(fd, SIOCOUTQ, &queued) < 0) {
        return PIPE_BUF;
    }
    return room > queued ? room - queued : 1;
}

/* shutdown(SHUT_WR): nothing can be written any more, which is EV_EOF for EVFILT_WRITE. */
static bool filters__shut(const struct facts *facts) {
    unsigned state = facts->tcp ? facts->info.tcpi_state : 0;
    return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

static bool filters__read(int fd, const struct facts *facts, unsigned flags, struct kevent *event) {
    bool ended = (facts->ready & (POLLRDHUP | POLLHUP)) != 0;
    bool urgent = (facts->ready & POLLPRI) != 0;
    if ((facts->ready & (POLLIN | POLLERR)) == 0 && !ended && !(urgent && (flags & EV_OOBAND) != 0)) {
        return false;
    }
    event->data = filters__readable(fd, facts);
    event->flags = (uint16_t)((ended ? EV_EOF : 0) | (urgent ? EV_OOBAND : 0));
    return true;
}

static bool filters__write(int fd, const struct facts *facts, struct kevent *event) {
    bool ended = (facts->ready & POLLHUP) != 0 || filters__shut(facts) ||
                 ((facts->ready & POLLERR) != 0 && filters__option(fd, SO_TYPE) < 0); /* of a pipe: no reader */
    if ((facts->ready & (POLLOUT | POLLERR)) == 0 && !ended) {
        return false;
    }
    event->data = filters__writable(fd);
    event->flags = ended ? EV_EOF : 0;
    return true;
}

bool filter_look(int fd, int filter, unsigned flags, int *error, struct kevent *event) {
    struct facts facts;
    if (!filters__facts(fd, &facts)) {
        return false;
    }
    int socket_error = filters__error(fd, &facts, error);
    if (filters__never_connected(&facts) && socket_error == 0) {
        return false; /* Linux calls it hung up, kqueue says nothing of it */
    }
    event->flags = 0;
    event->fflags = 0;
    bool active = filter == EVFILT_READ ? filters__read(fd, &facts, flags, event) : filters__write(fd, &facts, event);
    if (active && (event->flags & EV_EOF) != 0) {
        event->fflags = (uint32_t)socket_error;
    }
    return active;
}

int filter_timer(intptr_t data, unsigned fflags, bool once) {
    int64_t unit = (fflags & NOTE_SECONDS) != 0    ? NANOS_PER_SECOND
                   : (fflags & NOTE_USECONDS) != 0 ? 1000
                   : (fflags & NOTE_NSECONDS) != 0 ? 1
                                                   : 1000000;
    if (data < 0 || data > INT64_MAX / unit) {
        errno = EINVAL;
        return -1;
    }
    int64_t nanos = data == 0 ? 1 : data * unit; /* 0 would switch the timer off */
    struct itimerspec setting = {.it_value = {nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND}};
    if (!once) {
        setting.it_interval = setting.it_value;
    }
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0) {
        timerfd_settime(fd, 0, &setting, NULL);
    }
    return fd;
}
