/*
 * kqueue() and kevent() over epoll, for tests on Linux. Each kqueue is
 *
 *   an epoll, whose descriptor is the kqueue's own, of
 *     an epoll with the descriptors of EVFILT_READ, edge-triggered
 *     an epoll with the descriptors of EVFILT_WRITE, edge-triggered
 *     an eventfd, written when a change that another thread makes raises a note
 *     a timerfd per EVFILT_TIMER
 *
 * An edge raises a note (kqueue's word for what was added). When events are taken each raised note is looked at: if
 * its filter is active it is told; it then stays raised unless it has EV_CLEAR, which is what makes it level-triggered.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "filters.h"
#include "sys/event.h"

#undef close

#define NANOS_PER_SECOND INT64_C(1000000000)
#define QUEUES_MAX 65536
#define EDGES_MAX 64

/* epoll_data of what is not a timer. */
enum { EDGE_READ = 1, EDGE_WRITE, EDGE_WOKEN };

struct note {
    struct kevent settings; /* ident, filter, udata; flags: EV_CLEAR and the like; fflags, data as added */
    struct note *next;      /* of the same kqueue */
    struct note *raised_next;
    bool raised;
    bool disabled;
    int timer_fd;
    int error;       /* of a socket whose connect has failed */
    uint32_t fflags; /* of EVFILT_USER: what is stored */
};

struct queue {
    pthread_mutex_t lock;
    int fd;
    int edges[2]; /* of reading and of writing */
    int woken;
    struct note **by_fd[2]; /* descriptors */
    size_t by_fd_count;
    struct note *others; /* users and timers */
    struct note *raised_first;
    struct note **raised_last;
};

static pthread_mutex_t queues_lock = PTHREAD_MUTEX_INITIALIZER;
static struct queue *queues[QUEUES_MAX];

static struct queue *queue__of(int fd) {
    pthread_mutex_lock(&queues_lock);
    struct queue *queue = fd >= 0 && fd < QUEUES_MAX ? queues[fd] : NULL;
    pthread_mutex_unlock(&queues_lock);
    return queue;
}

/* --- notes -------------------------------------------------------------------------------------------------------- */

static bool note__is_of_descriptor(int filter) {
    return filter == EVFILT_READ || filter == EVFILT_WRITE;
}

static int note__side(int filter) {
    return filter == EVFILT_READ ? 0 : 1;
}

static void note__raise(struct queue *queue, struct note *note) {
    if (!note->raised) {
        note->raised = true;
        note->raised_next = NULL;
        *queue->raised_last = note;
        queue->raised_last = &note->raised_next;
    }
}

static void note__lower(struct queue *queue, struct note *note) {
    if (!note->raised) {
        return;
    }
    struct note **link = &queue->raised_first;
    while (*link != note) {
        link = &(*link)->raised_next;
    }
    *link = note->raised_next;
    if (*link == NULL) {
        queue->raised_last = link;
    }
    note->raised = false;
}

static struct note **note__find(struct queue *queue, uintptr_t ident, int filter) {
    static struct note *nothing = NULL;
    if (note__is_of_descriptor(filter)) {
        return ident < queue->by_fd_count ? &queue->by_fd[note__side(filter)][ident] : &nothing;
    }
    struct note **link = &queue->others;
    while (*link != NULL && ((*link)->settings.ident != ident || (*link)->settings.filter != filter)) {
        link = &(*link)->next;
    }
    return link;
}

static void note__remove(struct queue *queue, struct note **link) {
    struct note *note = *link;
    note__lower(queue, note);
    *link = note->next;
    if (note__is_of_descriptor(note->settings.filter)) {
        struct epoll_event unused = {0}; /* fails if the descriptor is closed, which has removed it */
        epoll_ctl(queue->edges[note__side(note->settings.filter)], EPOLL_CTL_DEL, (int)note->settings.ident, &unused);
    }
    if (note->timer_fd >= 0) {
        close(note->timer_fd);
    }
    free(note);
}

static bool note__grow(struct queue *queue, uintptr_t ident) {
    if (ident < queue->by_fd_count) {
        return true;
    }
    size_t count = (ident + 1) * 2;
    for (int side = 0; side < 2; side++) {
        struct note **grown = realloc(queue->by_fd[side], count * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        memset(grown + queue->by_fd_count, 0, (count - queue->by_fd_count) * sizeof *grown);
        queue->by_fd[side] = grown;
    }
    queue->by_fd_count = count;
    return true;
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

static int change__watch(struct queue *queue, const struct kevent *change) {
    int side = note__side(change->filter);
    uint32_t events = side == 0 ? EPOLLIN | EPOLLRDHUP | EPOLLPRI : EPOLLOUT;
    struct epoll_event event = {.events = events | EPOLLET, .data.u64 = change->ident};
    return epoll_ctl(queue->edges[side], EPOLL_CTL_ADD, (int)change->ident, &event) < 0 ? errno : 0;
}

static int change__start_timer(struct queue *queue, struct note *note, const struct kevent *change) {
    int fd = filter_timer(change->data, change->fflags, (change->flags & EV_ONESHOT) != 0);
    if (fd < 0) {
        return errno;
    }
    if (note->timer_fd >= 0) {
        close(note->timer_fd); /* added again: starts anew */
    }
    note->timer_fd = fd;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = note};
    return epoll_ctl(queue->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? errno : 0;
}

static int change__known(const struct kevent *change) {
    switch (change->filter) {
        case EVFILT_READ:
        case EVFILT_WRITE:
            return change->ident < QUEUES_MAX ? 0 : EBADF;
        case EVFILT_TIMER:
        case EVFILT_USER:
            return 0;
        default:
            return EINVAL;
    }
}

/* The note of an EV_ADD, made if there is none; NULL and *error. */
static struct note *change__note(struct queue *queue, const struct kevent *change, int *error) {
    bool descriptor = note__is_of_descriptor(change->filter);
    if (descriptor && !note__grow(queue, change->ident)) {
        *error = ENOMEM;
        return NULL;
    }
    struct note **link = note__find(queue, change->ident, change->filter);
    if (descriptor) {
        *error = change__watch(queue, change);
        if (*error == 0 && *link != NULL) {
            note__remove(queue, link); /* of a descriptor of that number that was closed since */
            *error = change__watch(queue, change);
        }
        if (*error != 0 && *error != EEXIST) {
            return NULL;
        }
        *error = 0;
    }
    if (*link == NULL) {
        struct note *note = calloc(1, sizeof *note);
        if (note == NULL) {
            *error = ENOMEM;
            return NULL;
        }
        note->timer_fd = -1;
        *link = note;
    }
    return *link;
}

static int change__add(struct queue *queue, const struct kevent *change) {
    int error = 0;
    struct note *note = change__note(queue, change, &error);
    if (note == NULL) {
        return error;
    }
    note->settings = *change;
    if (change->filter == EVFILT_TIMER) {
        note->settings.flags |= EV_CLEAR; /* set internally: kqueue(2) */
        return change__start_timer(queue, note, change);
    }
    if (note__is_of_descriptor(change->filter)) {
        note__raise(queue, note); /* what is ready already is told too */
    }
    return 0;
}

/* EVFILT_USER: combines the given fflags with the stored ones, and triggers. */
static void change__user(struct queue *queue, struct note *note, uint32_t fflags) {
    uint32_t given = fflags & NOTE_FFLAGSMASK;
    switch (fflags & NOTE_FFCTRLMASK) {
        case NOTE_FFAND:
            note->fflags &= given;
            break;
        case NOTE_FFOR:
            note->fflags |= given;
            break;
        case NOTE_FFCOPY:
            note->fflags = given;
            break;
        default:
            break;
    }
    if ((fflags & NOTE_TRIGGER) != 0) {
        note__raise(queue, note);
    }
}

/* Another thread may sleep on what this change has raised or enabled. */
static void change__tell(struct queue *queue) {
    uint64_t one = 1;
    ssize_t written = write(queue->woken, &one, sizeof one);
    (void)written;
}

static int change__apply(struct queue *queue, const struct kevent *change) {
    int error = change__known(change);
    if (error != 0) {
        return error;
    }
    if ((change->flags & EV_ADD) != 0) {
        error = change__add(queue, change);
        if (error != 0) {
            return error;
        }
    }
    struct note **link = note__find(queue, change->ident, change->filter);
    if (*link == NULL) {
        return ENOENT;
    }
    if ((change->flags & EV_DELETE) != 0) {
        note__remove(queue, link);
        return 0;
    }
    struct note *note = *link;
    if (change->filter == EVFILT_USER) {
        change__user(queue, note, change->fflags);
    }
    if ((change->flags & EV_DISABLE) != 0) {
        note->disabled = true;
    } else if ((change->flags & (EV_ENABLE | EV_ADD)) != 0) {
        note->disabled = false; /* adding enables, unless EV_DISABLE is given */
    }
    if (note->raised) {
        change__tell(queue);
    }
    return 0;
}

/*
 * Applies changes in order. A failure, and with EV_RECEIPT success, becomes an event with EV_ERROR while there is room;
 * without room the call fails, and the changes after it are not applied. The number of events, or -1.
 */
static int change__all(struct queue *queue, const struct kevent *changes, int changes_count, struct kevent *events,
                       int events_count) {
    int told = 0;
    for (int i = 0; i < changes_count; i++) {
        struct kevent change = changes[i]; /* both lists may be the same array */
        int error = change__apply(queue, &change);
        if (error == 0 && (change.flags & EV_RECEIPT) == 0) {
            continue;
        }
        if (told < events_count) {
            change.flags = EV_ERROR;
            change.data = error;
            events[told++] = change;
        } else if (error != 0) {
            errno = error;
            return -1;
        } else {
            break; /* a receipt that finds no room: what follows is not processed */
        }
    }
    return told;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static void events__side(struct queue *queue, int side) {
    struct epoll_event edges[EDGES_MAX];
    int count;
    do {
        count = epoll_wait(queue->edges[side], edges, EDGES_MAX, 0);
        for (int i = 0; i < count; i++) {
            struct note *note = queue->by_fd[side][edges[i].data.u64];
            if (note != NULL) {
                note__raise(queue, note);
            }
        }
    } while (count == EDGES_MAX);
}

/* Raises the notes that had an edge. */
static void events__edges(struct queue *queue) {
    struct epoll_event edges[EDGES_MAX];
    int count;
    do {
        count = epoll_wait(queue->fd, edges, EDGES_MAX, 0);
        for (int i = 0; i < count; i++) {
            uint64_t unused;
            if (edges[i].data.u64 == EDGE_READ || edges[i].data.u64 == EDGE_WRITE) {
                events__side(queue, edges[i].data.u64 == EDGE_READ ? 0 : 1);
            } else if (edges[i].data.u64 == EDGE_WOKEN) {
                ssize_t got = read(queue->woken, &unused, sizeof unused);
                (void)got;
            } else {
                note__raise(queue, edges[i].data.ptr);
            }
        }
    } while (count == EDGES_MAX);
}

/* Whether the filter is active; then `event` is what to tell. */
static bool events__look(struct note *note, struct kevent *event) {
    *event = note->settings;
    event->flags = (uint16_t)(note->settings.flags & (EV_ONESHOT | EV_CLEAR | EV_DISPATCH));
    if (note->settings.filter == EVFILT_USER) {
        event->fflags = note->fflags;
        return true;
    }
    if (note->settings.filter == EVFILT_TIMER) {
        uint64_t expirations = 0;
        bool gone_off = read(note->timer_fd, &expirations, sizeof expirations) > 0;
        event->data = (intptr_t)expirations;
        return gone_off;
    }
    struct kevent said = {0};
    int fd = (int)note->settings.ident;
    bool active = filter_look(fd, note->settings.filter, note->settings.flags, &note->error, &said);
    event->flags |= said.flags;
    event->fflags = said.fflags;
    event->data = said.data;
    return active;
}

static void events__told(struct queue *queue, struct note *note) {
    if ((note->settings.flags & EV_ONESHOT) != 0) {
        note__remove(queue, note__find(queue, note->settings.ident, note->settings.filter));
        return;
    }
    if ((note->settings.flags & EV_DISPATCH) != 0) {
        note->disabled = true;
    }
    if ((note->settings.flags & EV_CLEAR) == 0) {
        note__raise(queue, note); /* at the end: others come first */
    }
}

static int events__take(struct queue *queue, struct kevent *events, int events_count) {
    int taken = 0;
    struct note *last = NULL;
    for (struct note *note = queue->raised_first; note != NULL; note = note->raised_next) {
        last = note;
    }
    struct note *next = queue->raised_first;
    for (bool more = last != NULL; more && taken < events_count;) {
        struct note *note = next;
        next = note->raised_next;
        more = note != last;
        if (note->disabled) {
            continue; /* stays raised: told when it is enabled */
        }
        note__lower(queue, note);
        if (events__look(note, &events[taken])) {
            taken++;
            events__told(queue, note);
        }
    }
    return taken;
}

static int64_t events__now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

/* Sleeps until an edge comes, without taking it: 1, 0 at the deadline (negative: none), or -1. */
static int events__sleep(const struct queue *queue, int64_t deadline) {
    struct pollfd entry = {.fd = queue->fd, .events = POLLIN};
    int64_t left = deadline - events__now();
    left = left < 0 ? 0 : left;
    struct timespec timeout = {left / NANOS_PER_SECOND, left % NANOS_PER_SECOND};
    return ppoll(&entry, 1, deadline < 0 ? NULL : &timeout, NULL);
}

/* --- the functions ------------------------------------------------------------------------------------------------ */

int kevent(int fd, const struct kevent *changes, int changes_count, struct kevent *events, int events_count,
           const struct timespec *timeout) {
    struct queue *queue = queue__of(fd);
    if (queue == NULL) {
        errno = EBADF;
        return -1;
    }
    int64_t deadline =
        timeout == NULL ? -1 : events__now() + (int64_t)timeout->tv_sec * NANOS_PER_SECOND + timeout->tv_nsec;
    pthread_mutex_lock(&queue->lock);
    int result = change__all(queue, changes, changes_count, events, events_count);
    bool slept = true;
    while (result == 0 && events_count > 0) {
        events__edges(queue);
        result = events__take(queue, events, events_count);
        if (result > 0 || !slept) {
            break;
        }
        pthread_mutex_unlock(&queue->lock);
        int edge = events__sleep(queue, deadline);
        pthread_mutex_lock(&queue->lock);
        if (edge < 0) {
            result = -1;
        }
        slept = edge > 0;
    }
    pthread_mutex_unlock(&queue->lock);
    return result;
}

static bool queue__add(int epoll, int fd, uint32_t mode, uint64_t data) {
    struct epoll_event event = {.events = EPOLLIN | mode, .data.u64 = data};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void queue__free(struct queue *queue) {
    const int fds[] = {queue->woken, queue->edges[0], queue->edges[1], queue->fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    free(queue->by_fd[0]);
    free(queue->by_fd[1]);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

int kqueue(void) {
    struct queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL) {
        return -1;
    }
    pthread_mutex_init(&queue->lock, NULL);
    queue->raised_last = &queue->raised_first;
    queue->fd = epoll_create1(0);
    queue->edges[0] = epoll_create1(EPOLL_CLOEXEC);
    queue->edges[1] = epoll_create1(EPOLL_CLOEXEC);
    queue->woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->fd < 0 || queue->fd >= QUEUES_MAX || queue->edges[0] < 0 || queue->edges[1] < 0 || queue->woken < 0 ||
        !queue__add(queue->fd, queue->edges[0], 0, EDGE_READ) ||
        !queue__add(queue->fd, queue->edges[1], 0, EDGE_WRITE) ||
        !queue__add(queue->fd, queue->woken, EPOLLET, EDGE_WOKEN)) {
        int error = errno;
        queue__free(queue);
        errno = error;
        return -1;
    }
    pthread_mutex_lock(&queues_lock);
    queues[queue->fd] = queue;
    pthread_mutex_unlock(&queues_lock);
    return queue->fd;
}

static void queue__close(struct queue *queue) {
    pthread_mutex_lock(&queues_lock);
    queues[queue->fd] = NULL;
    pthread_mutex_unlock(&queues_lock);
    for (int side = 0; side < 2; side++) {
        for (size_t fd = 0; fd < queue->by_fd_count; fd++) {
            if (queue->by_fd[side][fd] != NULL) {
                note__remove(queue, &queue->by_fd[side][fd]);
            }
        }
    }
    while (queue->others != NULL) {
        note__remove(queue, &queue->others);
    }
    queue__free(queue);
}

/* Closing the last descriptor of a kqueue ends it; closing any other deletes the filters that are attached to it. */
int kqueue_emulation_close(int fd) {
    struct queue *queue = queue__of(fd);
    if (queue != NULL) {
        queue__close(queue);
        return 0;
    }
    for (int i = 0; fd >= 0 && i < QUEUES_MAX; i++) {
        queue = queue__of(i);
        if (queue == NULL) {
            continue;
        }
        pthread_mutex_lock(&queue->lock);
        for (int side = 0; side < 2; side++) {
            if ((size_t)fd < queue->by_fd_count && queue->by_fd[side][fd] != NULL) {
                note__remove(queue, &queue->by_fd[side][fd]);
            }
        }
        pthread_mutex_unlock(&queue->lock);
    }
    return close(fd);
}
