/* Windows: named pipes as streams, both ends on one ring. */
#include <windows.h>

#include <string.h>

#include "driver.h"
#include "torus/errno.h"

#define ROUNDS 100
#define LARGE_BYTES (1024u * 1024u)

static char name[64];

struct ends {
    int server;
    int client;
};

static void await_client(struct driver *driver, int fd, uint64_t user_data) {
    driver_entry(driver, TORUS_OP_CONNECT, fd, user_data);
}

/* The client comes while the server's end waits, or before it does. */
static struct ends connect_ends(struct driver *driver, bool waiting) {
    struct ends ends;
    ends.server = torus_pipe(driver->backend, name, TORUS_PIPE_FIRST_SERVER);
    CHECK(ends.server >= 0);
    if (waiting) {
        await_client(driver, ends.server, 90);
        driver_expect_nothing(driver);
    }
    ends.client = torus_pipe(driver->backend, name, TORUS_PIPE_CLIENT);
    CHECK(ends.client >= 0);
    if (!waiting) {
        await_client(driver, ends.server, 90);
    }
    driver_expect(driver, 90, 0, 0);
    return ends;
}

static void close_end(struct driver *driver, int fd) {
    CHECK_EQUAL(0, torus_close(driver->backend, fd));
}

static bool is_wine(void) {
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

/* Names, and who may come when. */
static void opening(struct driver *driver) {
    CHECK_EQUAL(-TORUS_EINVAL, torus_pipe(driver->backend, "C:\\no-pipe", TORUS_PIPE_CLIENT));
    CHECK_EQUAL(-TORUS_EINVAL, torus_pipe(driver->backend, "\\\\.\\pipe\\", TORUS_PIPE_SERVER));
    CHECK_EQUAL(-TORUS_ENOENT, torus_pipe(driver->backend, name, TORUS_PIPE_CLIENT));
    struct ends ends = connect_ends(driver, true);
    int other = torus_pipe(driver->backend, name, TORUS_PIPE_FIRST_SERVER);
    if (is_wine() && other >= 0) {
        close_end(driver, other); /* Wine 8 does not know FILE_FLAG_FIRST_PIPE_INSTANCE (dlls/kernelbase/sync.c) */
    } else {
        CHECK_EQUAL(-TORUS_EADDRINUSE, other);
    }
    CHECK_EQUAL(-TORUS_EBUSY, torus_pipe(driver->backend, name, TORUS_PIPE_CLIENT));
    int second = torus_pipe(driver->backend, name, TORUS_PIPE_SERVER);
    CHECK(second >= 0);
    await_client(driver, second, 1);
    driver_expect_nothing(driver);
    driver_cancel(driver, 1, 2);
    driver_expect(driver, 1, -TORUS_ECANCELED, 0);
    driver_expect(driver, 2, 0, 0);
    char *memory = driver_memory(driver, 64);
    driver_recv(driver, second, memory, 8, 3);
    driver_expect(driver, 3, -TORUS_ENOTCONN, 0);
    driver_send(driver, second, memory, 8, 3);
    driver_expect(driver, 3, -TORUS_EPIPE, 0);
    close_end(driver, second);
    await_client(driver, ends.server, 4);
    driver_expect(driver, 4, -TORUS_EISCONN, 0);
    driver_entry(driver, TORUS_OP_SHUTDOWN, ends.server, 5)->len = TORUS_SHUT_WR;
    driver_expect(driver, 5, -TORUS_EOPNOTSUPP, 0);
    driver_entry(driver, TORUS_OP_POLL_ADD, ends.server, 6)->op_flags = TORUS_POLLIN;
    driver_expect(driver, 6, -TORUS_EOPNOTSUPP, 0);
    close_end(driver, ends.client);
    close_end(driver, ends.server);
}

/* Into memory of one's own: what waits, what is there, and the end after the data. */
static void echoing(struct driver *driver) {
    char *memory = driver_memory(driver, 256);
    for (int round = 0; round < ROUNDS; round++) {
        struct ends ends = connect_ends(driver, round % 2 == 0);
        memcpy(memory, "ping", 4);
        if (round % 3 == 0) {
            driver_recv(driver, ends.server, memory + 64, 64, 1);
            driver_expect_nothing(driver);
            driver_send(driver, ends.client, memory, 4, 2);
            uint64_t both = driver_next(driver).user_data + driver_next(driver).user_data;
            CHECK_EQUAL(3, both);
        } else {
            driver_send(driver, ends.client, memory, 4, 2);
            driver_expect(driver, 2, 4, 0);
            driver_recv(driver, ends.server, memory + 64, 64, 1);
            driver_expect(driver, 1, 4, 0);
        }
        CHECK(memcmp(memory + 64, "ping", 4) == 0);
        driver_send(driver, ends.server, memory, 3, 3);
        driver_expect(driver, 3, 3, 0);
        close_end(driver, ends.server);
        driver_recv(driver, ends.client, memory + 128, 64, 4);
        driver_expect(driver, 4, 3, 0);
        CHECK(memcmp(memory + 128, "pin", 3) == 0);
        driver_recv(driver, ends.client, memory + 128, 64, 5);
        driver_expect(driver, 5, 0, 0);
        driver_send(driver, ends.client, memory, 4, 6);
        driver_expect(driver, 6, -TORUS_EPIPE, 0);
        close_end(driver, ends.client);
    }
}

/* Into provided buffers: none is lent while nothing is there, none is taken for the end. */
static void provided(struct driver *driver) {
    struct driver_group group;
    driver_group_open(driver, &group, 1, 4, 8);
    char *memory = driver_memory(driver, 64);
    memcpy(memory, "0123456789abcdef", 16);
    for (int round = 0; round < ROUNDS; round++) {
        struct ends ends = connect_ends(driver, true);
        driver_recv_group(driver, ends.server, 1, round % 2 == 0, 1);
        driver_expect_nothing(driver);
        driver_send(driver, ends.client, memory, 12, 2);
        char got[16];
        size_t length = 0;
        bool sent = false;
        bool more = true;
        while (length < 12 || !sent) {
            struct torus_cqe cqe = driver_next(driver);
            if (cqe.user_data == 2) {
                CHECK_EQUAL(12, cqe.res);
                sent = true;
                continue;
            }
            CHECK(cqe.user_data == 1 && cqe.res > 0 && cqe.res <= 8 && (cqe.flags & TORUS_CQE_F_BUFFER) != 0);
            uint16_t id = (uint16_t)(cqe.flags >> TORUS_CQE_BUFFER_SHIFT);
            memcpy(got + length, driver_group_buffer(&group, id), (size_t)cqe.res);
            length += (size_t)cqe.res;
            driver_group_give(&group, id);
            more = (cqe.flags & TORUS_CQE_F_MORE) != 0;
            CHECK_EQUAL(round % 2 == 0, more);
            if (!more) {
                driver_recv_group(driver, ends.server, 1, false, 1);
            }
        }
        CHECK(memcmp(got, "0123456789ab", 12) == 0);
        driver_expect_nothing(driver);
        close_end(driver, ends.client);
        driver_expect(driver, 1, 0, 0);
        close_end(driver, ends.server);
    }
    struct ends ends = connect_ends(driver, true);
    driver_recv_group(driver, ends.server, 2, false, 3);
    driver_send(driver, ends.client, memory, 4, 4);
    uint64_t seen = 0;
    for (int i = 0; i < 2; i++) {
        struct torus_cqe cqe = driver_next(driver);
        CHECK_EQUAL(cqe.user_data == 3 ? -TORUS_ENOBUFS : 4, cqe.res); /* there is no such group */
        seen |= cqe.user_data;
    }
    CHECK_EQUAL(3 | 4, seen);
    driver_recv(driver, ends.server, memory + 32, 8, 5);
    driver_expect(driver, 5, 4, 0); /* and nothing is lost */
    close_end(driver, ends.client);
    close_end(driver, ends.server);
    CHECK_EQUAL(0, driver->backend->ops->unregister_buffers(driver->backend, 1));
}

/* More than the system keeps: the sender waits for the reader, all of it arrives, in order. */
static void large(struct driver *driver) {
    struct ends ends = connect_ends(driver, true);
    unsigned char *from = driver_memory(driver, LARGE_BYTES);
    unsigned char *to = driver_memory(driver, LARGE_BYTES);
    for (uint32_t i = 0; i < LARGE_BYTES; i++) {
        from[i] = (unsigned char)(i * 31u + (i >> 11));
    }
    driver_send(driver, ends.client, from, LARGE_BYTES, 1);
    driver->layout.entries[(driver->tail - 1) & (driver->layout.sq_entries - 1)].op_flags |= TORUS_MSG_WAITALL;
    driver_expect_nothing(driver);
    uint32_t got = 0;
    bool sent = false;
    driver_recv(driver, ends.server, to, LARGE_BYTES, 2);
    while (got < LARGE_BYTES || !sent) {
        struct torus_cqe cqe = driver_next(driver);
        if (cqe.user_data == 1) {
            CHECK_EQUAL(LARGE_BYTES, cqe.res);
            sent = true;
            continue;
        }
        CHECK(cqe.user_data == 2 && cqe.res > 0);
        got += (uint32_t)cqe.res;
        if (got < LARGE_BYTES) {
            driver_recv(driver, ends.server, to + got, LARGE_BYTES - got, 2);
        }
    }
    CHECK(memcmp(from, to, LARGE_BYTES) == 0);
    close_end(driver, ends.client);
    close_end(driver, ends.server);
}

/* Cancelling and closing under calls: each ends once, the handle's number may be used again at once. */
static void ending(struct driver *driver) {
    char *memory = driver_memory(driver, 2 * LARGE_BYTES);
    struct driver_group group;
    driver_group_open(driver, &group, 1, 4, 8);
    for (int round = 0; round < ROUNDS; round++) {
        struct ends ends = connect_ends(driver, true);
        if (round % 2 == 0) {
            driver_recv(driver, ends.server, memory, 8, 1);
        } else {
            driver_recv_group(driver, ends.server, 1, round % 4 == 1, 1);
        }
        driver_send(driver, ends.server, memory, LARGE_BYTES, 2);
        driver->layout.entries[(driver->tail - 1) & (driver->layout.sq_entries - 1)].op_flags |= TORUS_MSG_WAITALL;
        driver_expect_nothing(driver);
        if (round % 3 == 0) {
            driver_cancel(driver, 1, 3);
            driver_expect(driver, 1, -TORUS_ECANCELED, 0);
            driver_expect(driver, 3, 0, 0);
            driver_cancel(driver, 2, 4);
            struct torus_cqe cqe = driver_next(driver);
            CHECK(cqe.user_data == 2 && (cqe.res == -TORUS_ECANCELED || (cqe.res > 0 && cqe.res < (int)LARGE_BYTES)));
            driver_expect(driver, 4, 0, 0);
            close_end(driver, ends.server);
        } else {
            close_end(driver, ends.server);
            uint64_t seen = 0;
            for (int i = 0; i < 2; i++) {
                struct torus_cqe cqe = driver_next(driver);
                CHECK(cqe.res == -TORUS_ECANCELED || (cqe.user_data == 2 && cqe.res > 0));
                seen += cqe.user_data;
            }
            CHECK_EQUAL(3, seen);
        }
        driver_expect_nothing(driver);
        close_end(driver, ends.client);
    }
    CHECK_EQUAL(0, driver->backend->ops->unregister_buffers(driver->backend, 1));
}

int main(void) {
    struct driver driver;
    snprintf(name, sizeof name, "\\\\.\\pipe\\torus-test-%lu", GetCurrentProcessId());
    driver_open(&driver, "iocp", 64, 256);
    opening(&driver);
    echoing(&driver);
    provided(&driver);
    large(&driver);
    ending(&driver);
    driver_close(&driver);
    return 0;
}
