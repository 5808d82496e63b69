/*
 * echo_test BACKEND: many connections at once, multishot accept and receive into provided buffers, sends out of them.
 * Every byte must come back, in order, and each multishot operation ends exactly once.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver.h"

#define CONNECTIONS 200
#define ROUNDS 20
#define BUFFERS 64u /* fewer than connections: some receives find none */
#define BUFFER_BYTES 512u
#define MESSAGE_MAX 1500

enum what { ACCEPT = 1, RECEIVE, SEND, CLOSE };

static struct driver driver;
static struct driver_group group;
static int open_connections;
static int accepted;
static int closed;
static int starved;

static uint64_t tag(enum what what, uint32_t buffer, int fd) {
    return (uint64_t)what << 56 | (uint64_t)buffer << 32 | (uint32_t)fd;
}

static void room(void) {
    if (driver.tail - driver.published == driver.layout.sq_entries) {
        driver_enter(&driver, 0, 0);
    }
}

static void received(const struct torus_cqe *cqe, int fd) {
    room();
    if (cqe->res > 0) {
        CHECK((cqe->flags & TORUS_CQE_F_BUFFER) != 0 && (cqe->flags & TORUS_CQE_F_MORE) != 0);
        uint16_t buffer = (uint16_t)(cqe->flags >> TORUS_CQE_BUFFER_SHIFT);
        CHECK(buffer < BUFFERS);
        driver_send(&driver, fd, driver_group_buffer(&group, buffer), (uint32_t)cqe->res, tag(SEND, buffer, fd));
        return;
    }
    CHECK((cqe->flags & TORUS_CQE_F_MORE) == 0);
    if (cqe->res == -ENOBUFS) {
        starved++;
        driver_recv_group(&driver, fd, group.number, true, tag(RECEIVE, 0, fd));
    } else {
        CHECK_EQUAL(0, cqe->res);
        driver_entry(&driver, TORUS_OP_CLOSE, fd, tag(CLOSE, 0, fd));
    }
}

static void completed(const struct torus_cqe *cqe) {
    int fd = (int)(uint32_t)cqe->user_data;
    switch ((enum what)(cqe->user_data >> 56 & 0xf)) {
        case ACCEPT:
            CHECK(cqe->res >= 0 && (cqe->flags & TORUS_CQE_F_MORE) != 0);
            accepted++;
            open_connections++;
            room();
            driver_recv_group(&driver, cqe->res, group.number, true, tag(RECEIVE, 0, cqe->res));
            break;
        case RECEIVE:
            received(cqe, fd);
            break;
        case SEND:
            CHECK(cqe->res > 0);
            driver_group_give(&group, (uint16_t)(cqe->user_data >> 32));
            break;
        case CLOSE:
            CHECK_EQUAL(0, cqe->res);
            open_connections--;
            closed++;
            break;
    }
}

static void turn(int64_t timeout_ns) {
    struct torus_cqe cqe;
    driver_enter(&driver, timeout_ns == 0 ? 0 : 1, timeout_ns);
    while (driver_take(&driver, &cqe)) {
        if (cqe.user_data != TORUS_USER_DATA_WAKE) {
            completed(&cqe);
        }
    }
}

/* What connection `at` sends in a round; different for each. */
static size_t fill(unsigned char *out, int at, int round) {
    size_t bytes = (size_t)(1 + (at * 37 + round * 101) % MESSAGE_MAX);
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (unsigned char)(at + round * 7 + (int)i);
    }
    return bytes;
}

static void one_round(const int *peers, int round) {
    unsigned char sent[MESSAGE_MAX];
    unsigned char got[MESSAGE_MAX];
    for (int i = 0; i < CONNECTIONS; i++) {
        size_t bytes = fill(sent, i, round);
        CHECK_EQUAL(bytes, send(peers[i], sent, bytes, 0));
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        size_t bytes = fill(sent, i, round);
        for (size_t have = 0; have < bytes;) {
            ssize_t count = recv(peers[i], got + have, bytes - have, MSG_DONTWAIT);
            CHECK(count > 0 || (count < 0 && errno == EAGAIN));
            have += count > 0 ? (size_t)count : 0;
            if (count < 0) {
                turn(DRIVER_SECOND / 100);
            }
        }
        CHECK(memcmp(sent, got, bytes) == 0);
    }
}

int main(int argc, char **argv) {
    CHECK_EQUAL(2, argc);
    driver_open(&driver, argv[1], 256, 1024);
    driver_group_open(&driver, &group, 3, BUFFERS, BUFFER_BYTES);
    uint16_t port;
    int listener = driver_listen(&driver, &port);
    driver_accept(&driver, listener, true, tag(ACCEPT, 0, listener));
    int peers[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) {
        peers[i] = driver_dial(port);
        turn(0);
    }
    while (accepted < CONNECTIONS) {
        turn(DRIVER_SECOND);
    }
    for (int round = 0; round < ROUNDS; round++) {
        one_round(peers, round);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        CHECK_EQUAL(0, close(peers[i]));
    }
    while (open_connections > 0) {
        turn(DRIVER_SECOND);
    }
    CHECK_EQUAL(CONNECTIONS, closed);
    CHECK(starved > 0);
    driver_cancel(&driver, tag(ACCEPT, 0, listener), 99);
    struct torus_cqe first = driver_next(&driver);
    struct torus_cqe second = driver_next(&driver);
    CHECK_EQUAL(0, (first.user_data == 99 ? first : second).res);
    CHECK_EQUAL(-ECANCELED, (first.user_data == 99 ? second : first).res);
    CHECK_EQUAL(0, torus_close(driver.backend, listener));
    driver_close(&driver);
    return 0;
}
