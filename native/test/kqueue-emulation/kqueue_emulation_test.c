/*
 * The test double of kqueue by itself. What is expected is what kqueue(2) of macOS and of FreeBSD describe; each test
 * names the part of the page. Where Linux below makes the double differ, the test is called "differs" and says how.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/event.h>
#include <sys/socket.h>

#include "../check.h"

static const struct timespec at_once = {0, 0};
/* A safety net: waits of this length end because something comes. */
static const struct timespec patience = {20, 0};

static int queue;

static int change(uintptr_t ident, int filter, unsigned flags, unsigned fflags, intptr_t data) {
    struct kevent one;
    EV_SET(&one, ident, (int16_t)filter, flags, fflags, data, (void *)(ident + 1000));
    return kevent(queue, &one, 1, NULL, 0, &at_once);
}

static int take(struct kevent *out, int room) {
    return kevent(queue, NULL, 0, out, room, &at_once);
}

/* Waits for one event, which must be of this filter. */
static struct kevent next(uintptr_t ident, int filter) {
    struct kevent event;
    CHECK_EQUAL(1, kevent(queue, NULL, 0, &event, 1, &patience));
    CHECK_EQUAL(ident, event.ident);
    CHECK_EQUAL(filter, event.filter);
    CHECK_EQUAL(ident + 1000, (uintptr_t)event.udata);
    return event;
}

static void nothing(void) {
    struct kevent event;
    CHECK_EQUAL(0, take(&event, 1));
}

static void put(int fd, const char *text) {
    CHECK_EQUAL(strlen(text), write(fd, text, strlen(text)));
}

static void get(int fd, size_t bytes) {
    char buffer[64];
    CHECK(bytes <= sizeof buffer);
    CHECK_EQUAL(bytes, read(fd, buffer, bytes));
}

static void pair(int *fds) {
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
}

static void close_pair(const int *fds) {
    close(fds[0]);
    close(fds[1]);
}

static struct sockaddr_in loopback(void) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listener(struct sockaddr_in *address) {
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = loopback();
    CHECK_EQUAL(0, bind(fd, (struct sockaddr *)address, sizeof *address));
    CHECK_EQUAL(0, listen(fd, 16));
    CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)address, &length));
    return fd;
}

/* [0] is non-blocking */
static void tcp_pair(int *fds) {
    struct sockaddr_in address;
    int listening = listener(&address);
    fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQUAL(0, connect(fds[1], (struct sockaddr *)&address, sizeof address));
    fds[0] = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
    CHECK(fds[0] >= 0);
    close(listening);
}

/* --- EVFILT_READ and EVFILT_WRITE --------------------------------------------------------------------------------- */

/* "data" of EVFILT_READ is what can be read; without EV_CLEAR the filter is told as long as it is active. */
static void reading_is_level_triggered(void) {
    int fds[2];
    struct kevent event;
    pair(fds);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0));
    nothing();
    put(fds[1], "four");
    CHECK_EQUAL(4, next((uintptr_t)fds[0], EVFILT_READ).data);
    CHECK_EQUAL(4, next((uintptr_t)fds[0], EVFILT_READ).data);
    get(fds[0], 1);
    CHECK_EQUAL(3, next((uintptr_t)fds[0], EVFILT_READ).data);
    get(fds[0], 3);
    CHECK_EQUAL(0, take(&event, 1));
    close_pair(fds);
}

/* EV_CLEAR: the state is reset once the event is taken; more data sets it again, even if the old was not read. */
static void clear_tells_transitions(void) {
    int fds[2];
    pair(fds);
    put(fds[1], "ab");
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
    CHECK_EQUAL(2, next((uintptr_t)fds[0], EVFILT_READ).data); /* what was ready before is told too */
    nothing();
    put(fds[1], "c");
    CHECK_EQUAL(3, next((uintptr_t)fds[0], EVFILT_READ).data);
    nothing();
    close_pair(fds);
}

/* The two filters of a descriptor are two events; data that arrives says nothing of writing. */
static void filters_are_separate(void) {
    int fds[2];
    pair(fds);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0));
    CHECK(next((uintptr_t)fds[0], EVFILT_WRITE).data > 0);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
    put(fds[1], "x");
    next((uintptr_t)fds[0], EVFILT_READ);
    nothing();
    close_pair(fds);
}

/* EVFILT_WRITE becomes active again when there is room after there was none. */
static void writing_waits_for_room(void) {
    int fds[2];
    static char block[65536];
    pair(fds);
    while (write(fds[0], block, sizeof block) > 0) {
    }
    CHECK_EQUAL(EAGAIN, errno);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0));
    nothing();
    while (read(fds[1], block, sizeof block) > 0) {
    }
    next((uintptr_t)fds[0], EVFILT_WRITE);
    close_pair(fds);
}

/* EV_EOF comes with the data in front of the end, and stays until they are read. */
static void the_end_comes_with_data(void) {
    int fds[2];
    tcp_pair(fds);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
    put(fds[1], "last");
    CHECK_EQUAL(0, shutdown(fds[1], SHUT_WR));
    struct kevent event = next((uintptr_t)fds[0], EVFILT_READ);
    if ((event.flags & EV_EOF) == 0) {
        event = next((uintptr_t)fds[0], EVFILT_READ); /* the end came a moment later */
    }
    CHECK((event.flags & EV_EOF) != 0);
    CHECK(event.data >= 4);
    CHECK_EQUAL(0, event.fflags);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_WRITE, EV_ADD, 0, 0));
    CHECK((next((uintptr_t)fds[0], EVFILT_WRITE).flags & EV_EOF) == 0); /* it can still be written to */
    CHECK_EQUAL(0, shutdown(fds[0], SHUT_WR));
    CHECK((next((uintptr_t)fds[0], EVFILT_WRITE).flags & EV_EOF) != 0);
    close_pair(fds);
}

/* A listening socket is readable while connections wait; data is their number. */
static void listeners_tell_their_backlog(void) {
    struct sockaddr_in address;
    int listening = listener(&address);
    int peers[2];
    for (int i = 0; i < 2; i++) {
        peers[i] = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_EQUAL(0, connect(peers[i], (struct sockaddr *)&address, sizeof address));
    }
    CHECK_EQUAL(0, change((uintptr_t)listening, EVFILT_READ, EV_ADD, 0, 0));
    CHECK_EQUAL(2, next((uintptr_t)listening, EVFILT_READ).data);
    close_pair(peers);
    close(listening);
}

/* A socket that was never connected has nothing to tell, where Linux calls it hung up. A failed connect is EV_EOF with
 * the error in fflags. */
static void a_failed_connect_tells_its_error(void) {
    struct sockaddr_in address;
    int unused = listener(&address);
    close(unused); /* nobody listens there now */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK_EQUAL(0, change((uintptr_t)fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0));
    nothing();
    int result = connect(fd, (struct sockaddr *)&address, sizeof address);
    CHECK(result < 0 && errno == EINPROGRESS);
    struct kevent event = next((uintptr_t)fd, EVFILT_WRITE);
    CHECK((event.flags & EV_EOF) != 0);
    CHECK_EQUAL(ECONNREFUSED, event.fflags);
    close(fd);
}

/* Differs: on macOS and FreeBSD fflags leave SO_ERROR as it is, Linux lets it be read once. libkqueue does the same. */
static void differs_so_error_is_taken_by_fflags(void) {
    struct sockaddr_in address;
    int error = -1;
    socklen_t length = sizeof error;
    close(listener(&address));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) < 0);
    CHECK_EQUAL(0, change((uintptr_t)fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0));
    CHECK_EQUAL(ECONNREFUSED, next((uintptr_t)fd, EVFILT_WRITE).fflags);
    CHECK_EQUAL(0, getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
    CHECK_EQUAL(0, error);
    close(fd);
}

/* Differs: the error of a connection that was reset stays with the socket and is not in fflags; see filters.c. */
static void differs_a_reset_has_no_fflags(void) {
    int fds[2];
    struct linger at_once_closed = {1, 0};
    tcp_pair(fds);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
    CHECK_EQUAL(0, setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &at_once_closed, sizeof at_once_closed));
    close(fds[1]);
    struct kevent event = next((uintptr_t)fds[0], EVFILT_READ);
    CHECK((event.flags & EV_EOF) != 0);
    CHECK_EQUAL(0, event.fflags);
    char byte;
    CHECK(read(fds[0], &byte, 1) < 0 && errno == ECONNRESET);
    close(fds[0]);
}

/* sys/event.h of macOS: urgent data makes EVFILT_READ active if EV_OOBAND was given, and is told by the same flag. */
static void urgent_data_is_flagged(void) {
    int fds[2];
    tcp_pair(fds);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR | EV_OOBAND, 0, 0));
    CHECK_EQUAL(1, send(fds[1], "!", 1, MSG_OOB));
    CHECK((next((uintptr_t)fds[0], EVFILT_READ).flags & EV_OOBAND) != 0);
    close_pair(fds);
}

/* Pipes: EV_EOF for the reader when the writer has gone, and the other way round. */
static void pipes_end(void) {
    int fds[2];
    CHECK_EQUAL(0, pipe(fds));
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0));
    put(fds[1], "x");
    CHECK_EQUAL(1, next((uintptr_t)fds[0], EVFILT_READ).data);
    close(fds[1]);
    CHECK((next((uintptr_t)fds[0], EVFILT_READ).flags & EV_EOF) != 0);
    close(fds[0]);
    CHECK_EQUAL(0, pipe(fds));
    CHECK_EQUAL(0, change((uintptr_t)fds[1], EVFILT_WRITE, EV_ADD, 0, 0));
    close(fds[0]);
    CHECK((next((uintptr_t)fds[1], EVFILT_WRITE).flags & EV_EOF) != 0);
    close(fds[1]);
}

/* Differs: epoll takes no files, where macOS calls them readable up to their end. The backend never asks. */
static void differs_files_are_refused(void) {
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(change((uintptr_t)fd, EVFILT_READ, EV_ADD, 0, 0) < 0);
    CHECK_EQUAL(EPERM, errno);
    close(fd);
}

/* Closing a descriptor removes its events; the next of that number starts without. */
static void closing_removes_events(void) {
    int fds[2];
    pair(fds);
    put(fds[1], "x");
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0));
    int number = fds[0];
    close(fds[0]);
    nothing();
    int again = dup2(fds[1], number);
    CHECK_EQUAL(number, again);
    CHECK(change((uintptr_t)again, EVFILT_READ, EV_DELETE, 0, 0) < 0);
    CHECK_EQUAL(ENOENT, errno);
    close(again);
    close(fds[1]);
}

/* --- flags -------------------------------------------------------------------------------------------------------- */

/* EV_ONESHOT: told once, then deleted. */
static void oneshot_is_deleted(void) {
    int fds[2];
    pair(fds);
    put(fds[1], "x");
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_ONESHOT, 0, 0));
    next((uintptr_t)fds[0], EVFILT_READ);
    nothing();
    CHECK(change((uintptr_t)fds[0], EVFILT_READ, EV_DELETE, 0, 0) < 0);
    CHECK_EQUAL(ENOENT, errno);
    close_pair(fds);
}

/* EV_DISPATCH: told once, then disabled; EV_ENABLE, or EV_ADD, brings it back. */
static void dispatch_is_disabled(void) {
    int fds[2];
    pair(fds);
    put(fds[1], "x");
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_DISPATCH, 0, 0));
    next((uintptr_t)fds[0], EVFILT_READ);
    nothing();
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ENABLE, 0, 0));
    next((uintptr_t)fds[0], EVFILT_READ);
    nothing();
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_DISPATCH, 0, 0));
    next((uintptr_t)fds[0], EVFILT_READ);
    close_pair(fds);
}

/* EV_DISABLE: not told; what came in the meantime is told when enabled. EV_ADD enables unless EV_DISABLE is with it. */
static void disabled_events_wait(void) {
    int fds[2];
    pair(fds);
    put(fds[1], "x");
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR | EV_DISABLE, 0, 0));
    nothing();
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ENABLE, 0, 0));
    next((uintptr_t)fds[0], EVFILT_READ);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_DISABLE, 0, 0));
    put(fds[1], "y");
    nothing();
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ENABLE, 0, 0));
    CHECK_EQUAL(2, next((uintptr_t)fds[0], EVFILT_READ).data);
    close_pair(fds);
}

/* Adding again changes the parameters and makes no second event. */
static void adding_again_modifies(void) {
    int fds[2];
    struct kevent events[4];
    struct kevent one;
    pair(fds);
    put(fds[1], "x");
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0));
    EV_SET(&one, fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, (void *)7);
    CHECK_EQUAL(0, kevent(queue, &one, 1, NULL, 0, &at_once));
    CHECK_EQUAL(1, take(events, 4));
    CHECK_EQUAL(7, (uintptr_t)events[0].udata);
    nothing();
    close_pair(fds);
}

/* EV_RECEIPT: each change answers with EV_ERROR and data 0 or an errno, and no event is taken along. */
static void receipts_answer_changes(void) {
    int fds[2];
    struct kevent both[2];
    pair(fds);
    put(fds[1], "x");
    EV_SET(&both[0], fds[0], EVFILT_WRITE, EV_DELETE | EV_RECEIPT, 0, 0, NULL);
    EV_SET(&both[1], fds[0], EVFILT_READ, EV_ADD | EV_RECEIPT, 0, 0, NULL);
    CHECK_EQUAL(2, kevent(queue, both, 2, both, 2, NULL));
    CHECK((both[0].flags & EV_ERROR) != 0 && (both[1].flags & EV_ERROR) != 0);
    CHECK_EQUAL(ENOENT, both[0].data);
    CHECK_EQUAL(0, both[1].data);
    CHECK_EQUAL(1, take(both, 2));
    CHECK_EQUAL(EVFILT_READ, both[0].filter);
    close_pair(fds);
}

/* ERRORS: a change that fails is an event with EV_ERROR if there is room, and the others are applied; without room the
 * call fails with its errno. */
static void failures_are_events_while_there_is_room(void) {
    int fds[2];
    struct kevent events[2];
    struct kevent changes[3];
    pair(fds);
    EV_SET(&changes[0], fds[0], 99, EV_ADD, 0, 0, NULL);
    EV_SET(&changes[1], 60000, EVFILT_READ, EV_ADD, 0, 0, (void *)5);
    EV_SET(&changes[2], fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, NULL);
    CHECK_EQUAL(2, kevent(queue, changes, 3, events, 2, &at_once));
    CHECK_EQUAL(EINVAL, events[0].data);
    CHECK_EQUAL(EBADF, events[1].data);
    CHECK_EQUAL(5, (uintptr_t)events[1].udata);
    CHECK((events[1].flags & EV_ERROR) != 0);
    CHECK_EQUAL(0, change((uintptr_t)fds[0], EVFILT_READ, EV_DELETE, 0, 0)); /* the third was applied */
    CHECK(kevent(queue, changes, 1, NULL, 0, &at_once) < 0 && errno == EINVAL);
    CHECK(kevent(fds[0], NULL, 0, events, 1, &at_once) < 0 && errno == EBADF); /* no kqueue */
    close_pair(fds);
}

/* --- EVFILT_USER -------------------------------------------------------------------------------------------------- */

/* NOTE_TRIGGER makes it active; the two upper bits of fflags say how the lower 24 change what is stored. */
static void users_are_triggered(void) {
    CHECK_EQUAL(0, change(3, EVFILT_USER, EV_ADD | EV_CLEAR, NOTE_FFCOPY | 6, 0));
    nothing();
    CHECK_EQUAL(0, change(3, EVFILT_USER, 0, NOTE_TRIGGER, 0));
    CHECK_EQUAL(6, next(3, EVFILT_USER).fflags);
    nothing();
    CHECK_EQUAL(0, change(3, EVFILT_USER, 0, NOTE_FFOR | NOTE_TRIGGER | 9, 0));
    CHECK_EQUAL(0, change(3, EVFILT_USER, 0, NOTE_FFAND | NOTE_TRIGGER | 13, 0));
    CHECK_EQUAL(13, next(3, EVFILT_USER).fflags); /* (6 | 9) & 13; two triggers, one event */
    nothing();
    CHECK_EQUAL(0, change(3, EVFILT_USER, EV_DELETE, 0, 0));
    CHECK(change(3, EVFILT_USER, 0, NOTE_TRIGGER, 0) < 0 && errno == ENOENT);
}

static void users_without_clear_stay(void) {
    CHECK_EQUAL(0, change(4, EVFILT_USER, EV_ADD, 0, 0));
    CHECK_EQUAL(0, change(4, EVFILT_USER, 0, NOTE_TRIGGER, 0));
    next(4, EVFILT_USER);
    next(4, EVFILT_USER);
    CHECK_EQUAL(0, change(4, EVFILT_USER, EV_DELETE, 0, 0));
}

static void *trigger(void *times) {
    for (int i = 0; i < *(int *)times; i++) {
        CHECK_EQUAL(0, change(5, EVFILT_USER, 0, NOTE_TRIGGER, 0));
    }
    CHECK_EQUAL(0, change(6, EVFILT_USER, 0, NOTE_TRIGGER, 0));
    return NULL;
}

/* A thread that sleeps in kevent without a timeout is woken by another one's trigger. */
static void another_thread_wakes(void) {
    int times = 2000;
    pthread_t thread;
    struct kevent event;
    CHECK_EQUAL(0, change(5, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0));
    CHECK_EQUAL(0, change(6, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0));
    CHECK_EQUAL(0, pthread_create(&thread, NULL, trigger, &times));
    do {
        CHECK_EQUAL(1, kevent(queue, NULL, 0, &event, 1, NULL));
    } while (event.ident != 6);
    CHECK_EQUAL(0, pthread_join(thread, NULL));
    take(&event, 1);
    CHECK_EQUAL(0, change(5, EVFILT_USER, EV_DELETE, 0, 0));
    CHECK_EQUAL(0, change(6, EVFILT_USER, EV_DELETE, 0, 0));
}

/* --- EVFILT_TIMER ------------------------------------------------------------------------------------------------- */

/* The period is in milliseconds unless fflags say otherwise; data counts how often it went off since it was taken. */
static void timers_repeat(void) {
    CHECK_EQUAL(0, change(8, EVFILT_TIMER, EV_ADD, NOTE_USECONDS, 500));
    CHECK(next(8, EVFILT_TIMER).data >= 1);
    CHECK(next(8, EVFILT_TIMER).data >= 1);
    CHECK_EQUAL(0, change(8, EVFILT_TIMER, EV_DELETE, 0, 0));
    nothing();
}

static void timers_go_off_once(void) {
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK_EQUAL(0, change(9, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 20));
    CHECK_EQUAL(1, next(9, EVFILT_TIMER).data);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec >= 20000000LL);
    CHECK(change(9, EVFILT_TIMER, EV_DELETE, 0, 0) < 0 && errno == ENOENT);
}

/* --- kevent ------------------------------------------------------------------------------------------------------- */

/* No more events than there is room for, and the others are not forgotten; those that stay active take turns. */
static void events_take_turns(void) {
    enum { MANY = 10 };
    int fds[MANY][2];
    int seen[MANY] = {0};
    struct kevent events[3];
    for (int i = 0; i < MANY; i++) {
        pair(fds[i]);
        put(fds[i][1], "x");
        CHECK_EQUAL(0, change((uintptr_t)fds[i][0], EVFILT_READ, EV_ADD, 0, 0));
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(3, take(events, 3));
        for (int e = 0; e < 3; e++) {
            for (int f = 0; f < MANY; f++) {
                seen[f] += events[e].ident == (uintptr_t)fds[f][0];
            }
        }
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(3, seen[i]);
        close_pair(fds[i]);
    }
}

/* Changes come before events: what was just added is told by the same call. */
static void changes_come_first(void) {
    int fds[2];
    struct kevent one;
    pair(fds);
    put(fds[1], "x");
    EV_SET(&one, fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, NULL);
    CHECK_EQUAL(1, kevent(queue, &one, 1, &one, 1, &patience));
    CHECK_EQUAL(EVFILT_READ, one.filter);
    close_pair(fds);
}

/* Closing a kqueue leaves nothing behind: as many descriptors as before. */
static void closing_gives_everything_back(void) {
    int before = dup(0);
    close(before);
    for (int i = 0; i < 100; i++) {
        int other = kqueue();
        struct kevent one;
        CHECK(other >= 0);
        EV_SET(&one, 1, EVFILT_TIMER, EV_ADD, 0, 1000, NULL);
        CHECK_EQUAL(0, kevent(other, &one, 1, NULL, 0, &at_once));
        CHECK_EQUAL(0, close(other));
    }
    int after = dup(0);
    CHECK_EQUAL(before, after);
    close(after);
}

int main(void) {
    queue = kqueue();
    CHECK(queue >= 0);
    reading_is_level_triggered();
    clear_tells_transitions();
    filters_are_separate();
    writing_waits_for_room();
    the_end_comes_with_data();
    listeners_tell_their_backlog();
    a_failed_connect_tells_its_error();
    differs_so_error_is_taken_by_fflags();
    differs_a_reset_has_no_fflags();
    urgent_data_is_flagged();
    pipes_end();
    differs_files_are_refused();
    closing_removes_events();
    oneshot_is_deleted();
    dispatch_is_disabled();
    disabled_events_wait();
    adding_again_modifies();
    receipts_answer_changes();
    failures_are_events_while_there_is_room();
    users_are_triggered();
    users_without_clear_stay();
    another_thread_wakes();
    timers_repeat();
    timers_go_off_once();
    events_take_turns();
    changes_come_first();
    closing_gives_everything_back();
    close(queue);
    return 0;
}
