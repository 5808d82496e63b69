/*
 * rules_test BACKEND: the rules of the ring that need no more than one thread, each a function with the number it has
 * in the contract or the trap it was written for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver.h"

static const char *backend_name;
static bool emulated;

static uint64_t address(const void *memory) {
    return (uint64_t)(uintptr_t)memory;
}

static void peer_send(int fd, const void *data, size_t bytes) {
    CHECK_EQUAL(bytes, send(fd, data, bytes, MSG_NOSIGNAL));
}

/* --- 1, 4: receiving ---------------------------------------------------------------------------------------------- */

static void data_then_end_of_stream(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 64);
    driver_recv(&d, fd, memory, 64, 10);
    driver_expect_nothing(&d);
    peer_send(peer, "abc", 3);
    CHECK_EQUAL(0, shutdown(peer, SHUT_WR));
    driver_expect(&d, 10, 3, 0);
    CHECK(memcmp(memory, "abc", 3) == 0);
    driver_recv(&d, fd, memory, 64, 11);
    driver_expect(&d, 11, 0, 0);
    driver_recv(&d, fd, memory, 64, 12);
    driver_expect(&d, 12, 0, 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* The end arrives together with more data than a receive takes: RDHUP is told once, the rest must still be read. */
static void end_announced_before_all_is_read(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 4096);
    driver_recv(&d, fd, memory, 16, 10);
    driver_expect_nothing(&d);
    peer_send(peer, "0123456789012345678901234567890123456789", 40);
    close(peer);
    driver_expect(&d, 10, 16, 0);
    driver_recv(&d, fd, memory, 16, 11);
    driver_expect(&d, 11, 16, 0);
    driver_recv(&d, fd, memory, 4096, 12);
    driver_expect(&d, 12, 8, 0);
    driver_recv(&d, fd, memory, 4096, 13);
    driver_expect(&d, 13, 0, 0);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* A receive stops short in front of urgent data although more is there, and no edge will announce it. */
static void urgent_data_does_not_stall(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 4096);
    driver_recv(&d, fd, memory, 4096, 10);
    driver_expect_nothing(&d);
    peer_send(peer, "before", 6);
    CHECK_EQUAL(1, send(peer, "!", 1, MSG_OOB));
    peer_send(peer, "after", 5);
    size_t total = 0;
    for (uint64_t user_data = 10; total < 11; user_data++) {
        struct torus_cqe cqe = driver_next(&d);
        CHECK_EQUAL(user_data, cqe.user_data);
        CHECK(cqe.res > 0);
        total += (size_t)cqe.res;
        driver_recv(&d, fd, memory + total, 4096 - (uint32_t)total, user_data + 1);
    }
    CHECK(memcmp(memory, "beforeafter", 11) == 0);
    close(peer);
    CHECK_EQUAL(0, driver_next(&d).res);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* A multishot receive that uses up its budget in its first try, before the descriptor is known to the poller, must hear
 * of what comes later. */
static void multishot_beyond_its_budget(void) {
    enum { MESSAGES = 64 };
    struct driver d;
    struct driver_group group;
    int fd, peer;
    driver_open(&d, backend_name, 64, 512);
    driver_group_open(&d, &group, 1, 128, 16);
    driver_pair(&d, &fd, &peer);
    unsigned char data[MESSAGES * 16] = {0};
    peer_send(peer, data, sizeof data);
    driver_recv_group(&d, fd, 1, true, 10);
    size_t total = 0;
    while (total < sizeof data) {
        struct torus_cqe cqe = driver_next(&d);
        CHECK(cqe.res > 0 && (cqe.flags & TORUS_CQE_F_MORE) != 0);
        total += (size_t)cqe.res;
    }
    driver_expect_nothing(&d);
    peer_send(peer, "x", 1);
    CHECK_EQUAL(1, driver_next(&d).res);
    close(peer);
    CHECK_EQUAL(0, driver_next(&d).res);
    torus_close(d.backend, fd);
    driver_close(&d);
}

static void poll_first_still_sees_what_is_there(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 64);
    peer_send(peer, "abc", 3);
    driver_recv(&d, fd, memory, 64, 10);
    d.layout.entries[(d.tail - 1) & 15].ioprio = TORUS_RECV_POLL_FIRST;
    driver_expect(&d, 10, 3, 0);
    driver_recv(&d, fd, memory, 64, 11);
    d.layout.entries[(d.tail - 1) & 15].ioprio = TORUS_RECV_POLL_FIRST;
    driver_expect_nothing(&d);
    peer_send(peer, "de", 2);
    driver_expect(&d, 11, 2, 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* A stream of local sockets stops short in front of a passed descriptor: that is not the end of what is there. */
static void local_stream_with_descriptors(void) {
    struct driver d;
    int pair[2];
    driver_open(&d, backend_name, 16, 64);
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    CHECK_EQUAL(pair[0], torus_adopt(d.backend, pair[0]));
    unsigned char *memory = driver_memory(&d, 4096);
    driver_recv(&d, pair[0], memory, 4096, 10);
    driver_expect_nothing(&d);
    peer_send(pair[1], "one", 3);
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {"two", 3};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &pair[1], sizeof(int));
    CHECK_EQUAL(3, sendmsg(pair[1], &message, 0));
    peer_send(pair[1], "three", 5);
    size_t total = 0;
    for (uint64_t user_data = 10; total < 11; user_data++) {
        struct torus_cqe cqe = driver_next(&d);
        CHECK_EQUAL(user_data, cqe.user_data);
        CHECK(cqe.res > 0);
        total += (size_t)cqe.res;
        if (total < 11) {
            driver_recv(&d, pair[0], memory + total, 4096 - (uint32_t)total, user_data + 1);
        }
    }
    CHECK(memcmp(memory, "onetwothree", 11) == 0);
    close(pair[1]);
    torus_close(d.backend, pair[0]);
    driver_close(&d);
}

/* --- 3, 10: sending ----------------------------------------------------------------------------------------------- */

/* Reads at the peer until `bytes` came, with the backend taking turns. */
static void drain(struct driver *d, int peer, size_t bytes) {
    static char sink[1 << 16];
    for (size_t have = 0; have < bytes;) {
        ssize_t count = recv(peer, sink, sizeof sink, MSG_DONTWAIT);
        CHECK(count > 0 || (count < 0 && errno == EAGAIN));
        have += count > 0 ? (size_t)count : 0;
        driver_enter(d, 0, 0);
    }
}

static void send_waits_until_all_is_sent(void) {
    enum { BYTES = 16 << 20 };
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, BYTES);
    driver_send(&d, fd, memory, BYTES, 10);
    driver_expect_nothing(&d);
    drain(&d, peer, BYTES);
    driver_expect(&d, 10, BYTES, 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

static void message_of_parts_waits_until_all_is_sent(void) {
    enum { PART = 5 << 20, PARTS = 3 };
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, PART);
    struct torus_iovec *parts = driver_memory(&d, PARTS * sizeof *parts);
    struct torus_msghdr *message = driver_memory(&d, sizeof *message);
    for (int i = 0; i < PARTS; i++) {
        parts[i] = (struct torus_iovec){.base = address(memory), .len = PART};
    }
    *message = (struct torus_msghdr){.iov = address(parts), .iovlen = PARTS};
    struct torus_sqe *entry = driver_entry(&d, TORUS_OP_SENDMSG, fd, 10);
    entry->addr = address(message);
    entry->len = 1;
    entry->op_flags = TORUS_MSG_WAITALL | TORUS_MSG_NOSIGNAL;
    driver_expect_nothing(&d);
    drain(&d, peer, (size_t)PARTS * PART);
    driver_expect(&d, 10, PARTS * PART, 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

static void cancelled_send_tells_what_went(void) {
    enum { BYTES = 16 << 20 };
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, BYTES);
    driver_send(&d, fd, memory, BYTES, 10);
    driver_expect_nothing(&d);
    driver_cancel(&d, 10, 11);
    struct torus_cqe one = driver_next(&d);
    struct torus_cqe two = driver_next(&d);
    struct torus_cqe sent = one.user_data == 10 ? one : two;
    CHECK(sent.res > 0 && sent.res < BYTES);
    drain(&d, peer, (size_t)sent.res);
    char byte;
    CHECK(recv(peer, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

static void peer_gone_is_an_error_not_a_signal(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 64);
    peer_send(peer, "unread", 6);
    struct linger reset = {.l_onoff = 1};
    CHECK_EQUAL(0, setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    close(peer);
    int last = 0;
    for (int i = 0; i < 3; i++) {
        driver_send(&d, fd, memory, 64, 10);
        last = driver_next(&d).res;
    }
    CHECK_EQUAL(-EPIPE, last);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* --- 6: cancelling ------------------------------------------------------------------------------------------------ */

static void cancel_of_nothing_and_of_something(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 64);
    driver_cancel(&d, 77, 5);
    driver_expect(&d, 5, -ENOENT, 0);
    driver_recv(&d, fd, memory, 64, 10);
    driver_expect_nothing(&d);
    driver_cancel(&d, 10, 11);
    struct torus_cqe one = driver_next(&d);
    struct torus_cqe two = driver_next(&d);
    CHECK_EQUAL(-ECANCELED, (one.user_data == 10 ? one : two).res);
    CHECK_EQUAL(0, (one.user_data == 11 ? one : two).res);
    peer_send(peer, "abc", 3);
    driver_expect_nothing(&d);
    driver_recv(&d, fd, memory, 64, 12);
    driver_expect(&d, 12, 3, 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* Thousands that wait, cancelled one by one: must not take long, and each ends once. */
static void cancel_among_many(void) {
    enum { MANY = 20000 };
    struct driver d;
    int fd, peer;
    static unsigned char ended[MANY + 1];
    driver_open(&d, backend_name, 256, 1024);
    driver_pair(&d, &fd, &peer);
    memset(ended, 0, sizeof ended);
    for (int i = 1; i <= MANY; i++) {
        struct torus_sqe *entry = driver_entry(&d, TORUS_OP_POLL_ADD, fd, (uint64_t)i);
        entry->op_flags = TORUS_POLLIN;
        if (i % 128 == 0) {
            driver_enter(&d, 0, 0);
        }
    }
    driver_expect_nothing(&d);
    for (int i = 1; i <= MANY; i++) {
        driver_cancel(&d, (uint64_t)i, UINT64_C(1) << 40);
        struct torus_cqe one = driver_next(&d);
        struct torus_cqe two = driver_next(&d);
        struct torus_cqe target = one.user_data >> 40 != 0 ? two : one;
        CHECK_EQUAL(i, target.user_data);
        CHECK_EQUAL(-ECANCELED, target.res);
        CHECK_EQUAL(0, ended[i]++);
    }
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* --- 8: a full completion ring ------------------------------------------------------------------------------------ */

static void full_completion_ring_loses_nothing(void) {
    enum { ROUNDS = 64, EACH = 16 };
    struct driver d;
    driver_open(&d, backend_name, EACH, 2 * EACH);
    for (uint64_t i = 0; i < (uint64_t)ROUNDS * EACH; i++) {
        driver_entry(&d, TORUS_OP_NOP, -1, i + 1);
        if (i % EACH == EACH - 1) {
            driver_enter(&d, 0, 0);
        }
    }
    for (uint64_t i = 0; i < (uint64_t)ROUNDS * EACH; i++) {
        driver_expect(&d, i + 1, 0, 0);
    }
    driver_expect_nothing(&d);
    driver_close(&d);
}

static void multishot_waits_for_room(void) {
    enum { MESSAGES = 200 };
    struct driver d;
    struct driver_group group;
    int fd, peer;
    driver_open(&d, backend_name, 8, 16);
    driver_group_open(&d, &group, 1, 256, 16);
    driver_pair(&d, &fd, &peer);
    driver_recv_group(&d, fd, 1, true, 10);
    driver_expect_nothing(&d);
    unsigned char data[MESSAGES * 16];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(i * 31);
    }
    peer_send(peer, data, sizeof data);
    for (int i = 0; i < 20; i++) {
        driver_enter(&d, 0, 0);
    }
    size_t total = 0;
    while (total < sizeof data) {
        struct torus_cqe cqe = driver_next(&d);
        if (cqe.res > 0) {
            const unsigned char *got = driver_group_buffer(&group, (uint16_t)(cqe.flags >> 16));
            CHECK(memcmp(got, data + total, (size_t)cqe.res) == 0);
            total += (size_t)cqe.res;
        }
        if ((cqe.flags & TORUS_CQE_F_MORE) == 0) {
            driver_recv_group(&d, fd, 1, true, 10); /* io_uring may end it when the ring overflows */
        }
    }
    close(peer);
    driver_expect(&d, 10, 0, 0);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* --- 11: provided buffers ----------------------------------------------------------------------------------------- */

static void no_buffer_left(void) {
    struct driver d;
    struct driver_group group;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_group_open(&d, &group, 1, 2, 4);
    driver_pair(&d, &fd, &peer);
    driver_recv_group(&d, fd, 1, true, 10);
    driver_expect_nothing(&d);
    peer_send(peer, "aaaabbbbcc", 10);
    driver_expect(&d, 10, 4, TORUS_CQE_F_BUFFER | TORUS_CQE_F_MORE | 0u << 16);
    driver_expect(&d, 10, 4, TORUS_CQE_F_BUFFER | TORUS_CQE_F_MORE | 1u << 16);
    driver_expect(&d, 10, -ENOBUFS, 0);
    driver_group_give(&group, 1);
    driver_recv_group(&d, fd, 1, true, 11);
    driver_expect(&d, 11, 2, TORUS_CQE_F_BUFFER | TORUS_CQE_F_MORE | 1u << 16);
    CHECK(memcmp(driver_group_buffer(&group, 1), "cc", 2) == 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* Sixteen-bit indexes: more buffers go round than they can count. */
static void buffer_ring_wraps(void) {
    struct driver d;
    struct driver_group group;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_group_open(&d, &group, 1, 4, 4);
    driver_pair(&d, &fd, &peer);
    driver_recv_group(&d, fd, 1, true, 10);
    for (int i = 0; i < 70000; i++) {
        peer_send(peer, &i, sizeof i);
        struct torus_cqe cqe = driver_next(&d);
        CHECK_EQUAL(sizeof i, cqe.res);
        uint16_t id = (uint16_t)(cqe.flags >> TORUS_CQE_BUFFER_SHIFT);
        CHECK(memcmp(driver_group_buffer(&group, id), &i, sizeof i) == 0);
        driver_group_give(&group, id);
    }
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* --- 12, 14: entering --------------------------------------------------------------------------------------------- */

static void entering_keeps_time(void) {
    struct driver d;
    struct timespec before, after;
    driver_open(&d, backend_name, 16, 64);
    static const int64_t timeouts[] = {0, 300 * 1000, 1500 * 1000, 20 * 1000 * 1000};
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        clock_gettime(CLOCK_MONOTONIC, &before);
        driver_enter(&d, 1, timeouts[i]);
        clock_gettime(CLOCK_MONOTONIC, &after);
        int64_t took = (after.tv_sec - before.tv_sec) * DRIVER_SECOND + after.tv_nsec - before.tv_nsec;
        CHECK(took >= timeouts[i]);
        CHECK(took < DRIVER_PATIENCE);
    }
    driver_close(&d);
}

/* A connection with endless data and one with a single byte: the byte must come through. */
static void nobody_starves(void) {
    struct driver d;
    struct driver_group group;
    int busy, busy_peer, calm, calm_peer;
    driver_open(&d, backend_name, 64, 256);
    driver_group_open(&d, &group, 1, 64, 64);
    driver_pair(&d, &busy, &busy_peer);
    driver_pair(&d, &calm, &calm_peer);
    CHECK_EQUAL(0, fcntl(busy_peer, F_SETFL, O_NONBLOCK));
    driver_recv_group(&d, busy, 1, true, 10);
    unsigned char *memory = driver_memory(&d, 64);
    driver_recv(&d, calm, memory, 64, 11);
    driver_expect_nothing(&d);
    static char flood[1 << 16];
    bool sent = false;
    for (int turns = 0;; turns++) {
        CHECK(turns < 10000);
        while (send(busy_peer, flood, sizeof flood, 0) > 0) {
        }
        if (turns == 10) {
            peer_send(calm_peer, "x", 1);
            sent = true;
        }
        struct torus_cqe cqe = driver_next(&d);
        if (cqe.user_data == 11) {
            CHECK(sent);
            break;
        }
        if (cqe.res > 0) {
            driver_group_give(&group, (uint16_t)(cqe.flags >> TORUS_CQE_BUFFER_SHIFT));
        }
        if ((cqe.flags & TORUS_CQE_F_MORE) == 0) {
            driver_recv_group(&d, busy, 1, true, 10);
        }
    }
    close(busy_peer);
    close(calm_peer);
    driver_close(&d);
    close(busy);
    close(calm);
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static void connecting_and_being_refused(void) {
    struct driver d;
    uint16_t port;
    driver_open(&d, backend_name, 16, 64);
    int listener = driver_listen(&d, &port);
    struct sockaddr_in *to = driver_memory(&d, sizeof *to);
    *to =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = torus_socket(d.backend, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
    struct torus_sqe *entry = driver_entry(&d, TORUS_OP_CONNECT, fd, 10);
    entry->addr = address(to);
    entry->off = sizeof *to;
    driver_expect(&d, 10, 0, 0);
    struct sockaddr_storage name;
    CHECK_EQUAL(sizeof *to, torus_peer_address(fd, &name));
    CHECK_EQUAL(port, ntohs(((struct sockaddr_in *)&name)->sin_port));
    entry = driver_entry(&d, TORUS_OP_CONNECT, fd, 11);
    entry->addr = address(to);
    entry->off = sizeof *to;
    driver_expect(&d, 11, -EISCONN, 0);
    CHECK_EQUAL(0, torus_close(d.backend, fd));
    CHECK_EQUAL(0, torus_close(d.backend, listener));
    fd = torus_socket(d.backend, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
    entry = driver_entry(&d, TORUS_OP_CONNECT, fd, 12);
    entry->addr = address(to);
    entry->off = sizeof *to;
    driver_expect(&d, 12, -ECONNREFUSED, 0);
    CHECK_EQUAL(0, torus_close(d.backend, fd));
    driver_close(&d);
}

/* No descriptor left: the accept says so once instead of spinning, and works again when there is one. */
static void out_of_descriptors(void) {
    struct driver d;
    uint16_t port;
    struct rlimit limit, lower;
    driver_open(&d, backend_name, 16, 64);
    int listener = driver_listen(&d, &port);
    int peer = driver_dial(port);
    CHECK_EQUAL(0, getrlimit(RLIMIT_NOFILE, &limit));
    int next = dup(0);
    CHECK(next >= 0);
    close(next);
    lower = limit;
    lower.rlim_cur = (rlim_t)next;
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &lower));
    driver_accept(&d, listener, true, 10);
    driver_expect(&d, 10, -EMFILE, 0);
    driver_expect_nothing(&d);
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &limit));
    driver_accept(&d, listener, true, 11);
    struct torus_cqe cqe = driver_next(&d);
    CHECK(cqe.res >= 0 && (cqe.flags & TORUS_CQE_F_MORE) != 0);
    CHECK_EQUAL(0, torus_close(d.backend, cqe.res));
    close(peer);
    driver_cancel(&d, 11, 12);
    driver_next(&d);
    driver_next(&d);
    CHECK_EQUAL(0, torus_close(d.backend, listener));
    driver_close(&d);
}

static void closing_ends_what_waits(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 64);
    driver_recv(&d, fd, memory, 64, 10);
    driver_entry(&d, TORUS_OP_POLL_ADD, fd, 11)->op_flags = TORUS_POLLIN;
    driver_expect_nothing(&d);
    driver_entry(&d, TORUS_OP_CLOSE, fd, 12);
    driver_expect(&d, 10, -ECANCELED, 0);
    driver_expect(&d, 11, -ECANCELED, 0);
    driver_expect(&d, 12, 0, 0);
    char byte;
    CHECK_EQUAL(0, recv(peer, &byte, 1, 0));
    /* The number is free again: what it names next is another descriptor. */
    driver_entry(&d, TORUS_OP_CLOSE, fd, 13);
    driver_expect(&d, 13, -EBADF, 0);
    close(peer);
    driver_close(&d);
}

/* Closed and opened again between the poller's report and its use: the old connection's event must not reach the new.
 */
static void descriptor_number_reused(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 64, 256);
    unsigned char *memory = driver_memory(&d, 64);
    for (int i = 0; i < 200; i++) {
        driver_pair(&d, &fd, &peer);
        driver_recv(&d, fd, memory, 64, 10);
        driver_enter(&d, 0, 0);
        peer_send(peer, "old", 3);
        driver_entry(&d, TORUS_OP_CLOSE, fd, 11);
        driver_enter(&d, 0, 0);
        struct torus_cqe cqe;
        do {
            cqe = driver_next(&d);
        } while (cqe.user_data != 11);
        close(peer);
        int again, again_peer;
        driver_pair(&d, &again, &again_peer);
        driver_recv(&d, again, memory, 64, 20);
        driver_expect_nothing(&d);
        peer_send(again_peer, "fresh", 5);
        driver_expect(&d, 20, 5, 0);
        close(again_peer);
        CHECK_EQUAL(0, torus_close(d.backend, again));
    }
    driver_close(&d);
}

static void polling(void) {
    struct driver d;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    driver_entry(&d, TORUS_OP_POLL_ADD, fd, 10)->op_flags = TORUS_POLLOUT;
    driver_expect(&d, 10, TORUS_POLLOUT, 0);
    struct torus_sqe *entry = driver_entry(&d, TORUS_OP_POLL_ADD, fd, 11);
    entry->op_flags = TORUS_POLLIN;
    entry->len = TORUS_POLL_ADD_MULTI;
    driver_expect_nothing(&d);
    peer_send(peer, "a", 1);
    driver_expect(&d, 11, TORUS_POLLIN, TORUS_CQE_F_MORE);
    peer_send(peer, "b", 1);
    driver_expect(&d, 11, TORUS_POLLIN, TORUS_CQE_F_MORE);
    driver_cancel(&d, 11, 12);
    driver_next(&d);
    driver_next(&d);
    close(peer);
    driver_entry(&d, TORUS_OP_POLL_ADD, fd, 13)->op_flags = TORUS_POLLIN | TORUS_POLLRDHUP;
    struct torus_cqe cqe = driver_next(&d);
    CHECK((cqe.res & TORUS_POLLRDHUP) != 0);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* --- what emulation has to check itself --------------------------------------------------------------------------- */

static void foreign_memory_and_descriptors(void) {
    struct driver d;
    int fd, peer;
    static unsigned char foreign[64];
    driver_open(&d, backend_name, 16, 64);
    driver_pair(&d, &fd, &peer);
    unsigned char *memory = driver_memory(&d, 4096);
    driver_recv(&d, fd, foreign, sizeof foreign, 10);
    driver_expect(&d, 10, -EFAULT, 0);
    driver_recv(&d, fd, memory + 4000, 97, 11);
    driver_expect(&d, 11, -EFAULT, 0);
    driver_send(&d, fd, (void *)UINTPTR_MAX, 2, 12);
    driver_expect(&d, 12, -EFAULT, 0);
    driver_recv(&d, peer, memory, 1, 13); /* open, but not the backend's */
    driver_expect(&d, 13, -EBADF, 0);
    driver_recv(&d, -1, memory, 1, 14);
    driver_expect(&d, 14, -EBADF, 0);
    struct torus_iovec *part = (struct torus_iovec *)memory;
    struct torus_msghdr *message = (struct torus_msghdr *)(memory + 64);
    *part = (struct torus_iovec){.base = address(foreign), .len = 1};
    *message = (struct torus_msghdr){.iov = address(part), .iovlen = 1};
    driver_entry(&d, TORUS_OP_SENDMSG, fd, 15)->addr = address(message);
    driver_expect(&d, 15, -EFAULT, 0);
    driver_entry(&d, 200, fd, 16);
    driver_expect(&d, 16, -EINVAL, 0);
    driver_entry(&d, TORUS_OP_READ, fd, 17);
    driver_expect(&d, 17, -EINVAL, 0);
    CHECK_EQUAL(0, d.backend->ops->unregister_region(d.backend, address(memory)));
    driver_recv(&d, fd, memory, 1, 18);
    driver_expect(&d, 18, -EFAULT, 0);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

/* In steady state a message costs a receive, a send and its share of a wait: nothing is tried in vain. */
static void nothing_is_tried_in_vain(void) {
    enum { MESSAGES = 1000 };
    struct driver d;
    struct driver_group group;
    int fd, peer;
    driver_open(&d, backend_name, 16, 64);
    driver_group_open(&d, &group, 1, 4, 256);
    driver_pair(&d, &fd, &peer);
    driver_recv_group(&d, fd, 1, true, 10);
    driver_expect_nothing(&d);
    uint64_t before = d.backend->ops->counter(d.backend, TORUS_COUNT_SYSCALLS);
    uint64_t in_vain = d.backend->ops->counter(d.backend, TORUS_COUNT_WOULD_BLOCK);
    for (int i = 0; i < MESSAGES; i++) {
        char byte = 'x';
        peer_send(peer, &byte, 1);
        struct torus_cqe cqe = driver_next(&d);
        CHECK_EQUAL(1, cqe.res);
        uint16_t id = (uint16_t)(cqe.flags >> TORUS_CQE_BUFFER_SHIFT);
        driver_send(&d, fd, driver_group_buffer(&group, id), 1, 11);
        driver_expect(&d, 11, 1, 0);
        driver_group_give(&group, id);
        CHECK_EQUAL(1, recv(peer, &byte, 1, 0));
    }
    CHECK_EQUAL(in_vain, d.backend->ops->counter(d.backend, TORUS_COUNT_WOULD_BLOCK));
    uint64_t calls = d.backend->ops->counter(d.backend, TORUS_COUNT_SYSCALLS) - before;
    CHECK(calls <= 3 * MESSAGES);
    close(peer);
    torus_close(d.backend, fd);
    driver_close(&d);
}

int main(int argc, char **argv) {
    CHECK_EQUAL(2, argc);
    backend_name = argv[1];
    emulated = strcmp(backend_name, "io_uring") != 0;
    data_then_end_of_stream();
    end_announced_before_all_is_read();
    multishot_beyond_its_budget();
    poll_first_still_sees_what_is_there();
    local_stream_with_descriptors();
    send_waits_until_all_is_sent();
    message_of_parts_waits_until_all_is_sent();
    cancelled_send_tells_what_went();
    peer_gone_is_an_error_not_a_signal();
    cancel_of_nothing_and_of_something();
    cancel_among_many();
    full_completion_ring_loses_nothing();
    multishot_waits_for_room();
    no_buffer_left();
    buffer_ring_wraps();
    entering_keeps_time();
    nobody_starves();
    connecting_and_being_refused();
    out_of_descriptors();
    polling();
    if (emulated) {
        urgent_data_does_not_stall();
        closing_ends_what_waits();
        descriptor_number_reused();
        foreign_memory_and_descriptors();
        nothing_is_tried_in_vain();
    }
    return 0;
}
