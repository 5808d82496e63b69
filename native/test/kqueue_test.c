/* What kqueue has and epoll has not: changes that wait for the next kevent, and fail there; errors in fflags. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver.h"
#include "torus/errno.h"

static struct driver d;

static void opened(uint32_t entries) {
    driver_open(&d, "kqueue", entries, 4 * entries);
}

static uint64_t syscalls(void) {
    return d.backend->ops->counter(d.backend, TORUS_COUNT_SYSCALLS);
}

/* The last bytes and the end of the stream come as one event; none of the bytes is lost. */
static void bytes_that_come_with_the_end_are_received(void) {
    int owned;
    int peer;
    opened(16);
    unsigned char *memory = driver_memory(&d, 4096);
    driver_pair(&d, &owned, &peer);
    driver_recv(&d, owned, memory, 4, 1);
    driver_enter(&d, 0, 0); /* waits, and is watched from now on */
    driver_expect_nothing(&d);
    CHECK_EQUAL(10, send(peer, "0123456789", 10, 0));
    CHECK_EQUAL(0, close(peer));
    driver_expect(&d, 1, 4, 0);
    driver_recv(&d, owned, memory + 4, 4, 2);
    driver_expect(&d, 2, 4, 0);
    driver_recv(&d, owned, memory + 8, 100, 3);
    driver_expect(&d, 3, 2, 0);
    driver_recv(&d, owned, memory, 100, 4);
    driver_expect(&d, 4, 0, 0);
    CHECK(memcmp(memory + 4, "456789", 6) == 0);
    CHECK_EQUAL(0, torus_close(d.backend, owned));
    driver_close(&d);
}

/* SO_ERROR is 0 once the double has told the error in fflags: the result can only come from there. */
static void a_refused_connect_ends_with_what_fflags_say(void) {
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof nobody;
    int taken = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQUAL(0, bind(taken, (struct sockaddr *)&nobody, sizeof nobody)); /* and does not listen */
    CHECK_EQUAL(0, getsockname(taken, (struct sockaddr *)&nobody, &length));
    opened(16);
    void *address = driver_memory(&d, 4096);
    memcpy(address, &nobody, sizeof nobody);
    int fd = torus_socket(d.backend, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
    struct torus_sqe *entry = driver_entry(&d, TORUS_OP_CONNECT, fd, 1);
    entry->addr = (uint64_t)(uintptr_t)address;
    entry->off = sizeof nobody;
    driver_expect(&d, 1, -TORUS_ECONNREFUSED, 0);
    CHECK_EQUAL(0, torus_close(d.backend, fd));
    CHECK_EQUAL(0, close(taken));
    driver_close(&d);
}

/* A change that fails, does so in the wait: what waits for that descriptor is told. */
static void what_cannot_be_watched_is_told_by_the_wait(void) {
    opened(16);
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC); /* neither file nor folder, and epoll below the double refuses it */
    CHECK_EQUAL(fd, torus_adopt(d.backend, fd));
    for (uint64_t i = 1; i <= 2; i++) { /* again: it is not taken for watched */
        driver_entry(&d, TORUS_OP_POLL_ADD, fd, i)->op_flags = TORUS_POLLPRI;
        driver_expect(&d, i, -TORUS_EPERM, 0);
    }
    CHECK_EQUAL(0, torus_close(d.backend, fd));
    driver_close(&d);
}

/* A change that no kevent has seen is dropped with its descriptor; the next of that number has its own. */
static void a_number_used_again_before_the_wait_is_not_confused(void) {
    int pairs[2][2];
    opened(16);
    unsigned char *memory = driver_memory(&d, 4096);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
    }
    int number = pairs[0][0];
    CHECK_EQUAL(number, torus_adopt(d.backend, number));
    driver_recv(&d, number, memory, 8, 1);
    driver_entry(&d, TORUS_OP_CLOSE, number, 2);
    struct torus_cqe cqe;
    driver_enter(&d, 0, 0); /* one enter: the descriptor is known, waits, and is gone */
    CHECK(driver_take(&d, &cqe));
    CHECK_EQUAL(1, cqe.user_data);
    CHECK_EQUAL(-TORUS_ECANCELED, cqe.res);
    CHECK(driver_take(&d, &cqe));
    CHECK_EQUAL(0, cqe.res);
    CHECK_EQUAL(number, dup2(pairs[1][0], number));
    CHECK_EQUAL(number, torus_adopt(d.backend, number));
    driver_recv(&d, number, memory, 8, 3);
    driver_expect_nothing(&d);
    CHECK_EQUAL(3, send(pairs[1][1], "new", 3, 0));
    driver_expect(&d, 3, 3, 0);
    CHECK_EQUAL(0, torus_close(d.backend, number));
    CHECK_EQUAL(0, close(pairs[0][1]));
    CHECK_EQUAL(0, close(pairs[1][0]));
    CHECK_EQUAL(0, close(pairs[1][1]));
    driver_close(&d);
}

/* More changes than events fit into one kevent: all of them are applied. */
static void many_are_watched_in_one_turn(void) {
    enum { MANY = 400 };
    static int pairs[MANY][2];
    opened(512);
    unsigned char *memory = driver_memory(&d, 8 * MANY);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
        CHECK_EQUAL(pairs[i][0], torus_adopt(d.backend, pairs[i][0]));
        driver_recv(&d, pairs[i][0], memory + 8 * i, 8, 1 + (uint64_t)i);
    }
    uint64_t before = syscalls();
    driver_enter(&d, 0, 0);
    /* An attempt to receive and a look at the descriptor each; the 800 changes are part of waiting. */
    CHECK(syscalls() - before <= 2 * MANY + 2);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(1, send(pairs[i][1], "x", 1, 0));
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(1, driver_next(&d).res);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(0, torus_close(d.backend, pairs[i][0]));
        CHECK_EQUAL(0, close(pairs[i][1]));
    }
    driver_close(&d);
}

/* Hung up is when both directions have ended, which kqueue tells one by one. */
static void hung_up_is_when_both_directions_have_ended(void) {
    int owned;
    int peer;
    opened(16);
    driver_pair(&d, &owned, &peer);
    driver_entry(&d, TORUS_OP_POLL_ADD, owned, 1)->op_flags = TORUS_POLLRDHUP;
    driver_expect_nothing(&d);
    CHECK_EQUAL(0, shutdown(peer, SHUT_WR));
    driver_expect(&d, 1, TORUS_POLLRDHUP, 0);
    driver_entry(&d, TORUS_OP_POLL_ADD, owned, 2); /* an empty mask still hears of HUP */
    driver_expect_nothing(&d);
    struct torus_sqe *entry = driver_entry(&d, TORUS_OP_SHUTDOWN, owned, 3);
    entry->len = TORUS_SHUT_WR;
    driver_expect(&d, 3, 0, 0);
    driver_expect(&d, 2, TORUS_POLLHUP, 0);
    CHECK_EQUAL(0, torus_close(d.backend, owned));
    CHECK_EQUAL(0, close(peer));
    driver_close(&d);
}

int main(void) {
    bytes_that_come_with_the_end_are_received();
    a_refused_connect_ends_with_what_fflags_say();
    what_cannot_be_watched_is_told_by_the_wait();
    a_number_used_again_before_the_wait_is_not_confused();
    many_are_watched_in_one_turn();
    hung_up_is_when_both_directions_have_ended();
    return 0;
}
