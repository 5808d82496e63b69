/*
 * An echo server straight on the rings, to be measured: echo_server BACKEND PORT [RECEIVES].
 *
 * It accepts with one multishot operation, receives with one per connection into provided buffers and sends out of
 * them. After RECEIVES messages (default: never) it ends and tells what the backend counted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "driver.h"

#define BUFFERS 2048u
#define BUFFER_BYTES 16384u

/* user_data: what, buffer, descriptor */
enum what { ACCEPT, RECEIVE, SEND, CLOSE };

static uint64_t tag(enum what what, uint16_t buffer, int fd) {
    return (uint64_t)what << 56 | (uint64_t)buffer << 32 | (uint32_t)fd;
}

struct server {
    struct driver driver;
    struct driver_group group;
    uint64_t receives;
    uint64_t turns;
};

static void room(struct server *server) {
    struct driver *driver = &server->driver;
    if (driver->tail - driver->published == driver->layout.sq_entries) {
        driver_enter(driver, 0, 0);
    }
}

static void received(struct server *server, const struct torus_cqe *cqe) {
    struct driver *driver = &server->driver;
    int fd = (int)(uint32_t)cqe->user_data;
    room(server);
    if (cqe->res > 0) {
        uint16_t buffer = (uint16_t)(cqe->flags >> TORUS_CQE_BUFFER_SHIFT);
        driver_send(driver, fd, driver_group_buffer(&server->group, buffer), (uint32_t)cqe->res, tag(SEND, buffer, fd));
        server->receives++;
    } else if (cqe->res == -105 /* ENOBUFS */) {
        driver_recv_group(driver, fd, server->group.number, true, tag(RECEIVE, 0, fd));
    } else {
        driver_entry(driver, TORUS_OP_CLOSE, fd, tag(CLOSE, 0, fd));
    }
}

static void completed(struct server *server, const struct torus_cqe *cqe) {
    if (cqe->user_data == TORUS_USER_DATA_WAKE) {
        return;
    }
    switch ((enum what)(cqe->user_data >> 56)) {
        case ACCEPT:
            if (cqe->res >= 0) {
                torus_set_option(cqe->res, IPPROTO_TCP, TCP_NODELAY, 1);
                room(server);
                driver_recv_group(&server->driver, cqe->res, server->group.number, true, tag(RECEIVE, 0, cqe->res));
            }
            break;
        case RECEIVE:
            received(server, cqe);
            break;
        case SEND:
            driver_group_give(&server->group, (uint16_t)(cqe->user_data >> 32));
            break;
        case CLOSE:
            break;
    }
}

static void report(struct server *server) {
    struct torus_backend *backend = server->driver.backend;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double receives = (double)server->receives;
    double user = (double)usage.ru_utime.tv_sec * 1e9 + (double)usage.ru_utime.tv_usec * 1e3;
    double system = (double)usage.ru_stime.tv_sec * 1e9 + (double)usage.ru_stime.tv_usec * 1e3;
    printf("%.0f messages, %.0f per turn; per message: %.3f syscalls, %.4f would block, user %.0f ns, system %.0f ns\n",
           receives, receives / (double)server->turns,
           (double)backend->ops->counter(backend, TORUS_COUNT_SYSCALLS) / receives,
           (double)backend->ops->counter(backend, TORUS_COUNT_WOULD_BLOCK) / receives, user / receives,
           system / receives);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    uint64_t limit = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX;
    static struct server server;
    struct driver *driver = &server.driver;
    driver_open(driver, argv[1], 1024, 4096);
    driver_group_open(driver, &server.group, 1, BUFFERS, BUFFER_BYTES);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = torus_socket(driver->backend, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
    CHECK_EQUAL(0, torus_set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1));
    CHECK_EQUAL(0, torus_bind(listener, &address, sizeof address));
    CHECK_EQUAL(0, torus_listen(listener, 4096));
    driver_accept(driver, listener, true, tag(ACCEPT, 0, listener));
    char text[256];
    driver->backend->ops->describe(driver->backend, text, sizeof text);
    printf("%s\n", text);
    fflush(stdout);
    while (server.receives < limit) {
        struct torus_cqe cqe;
        driver_enter(driver, 1, -1);
        server.turns++;
        while (driver_take(driver, &cqe)) {
            completed(&server, &cqe);
        }
    }
    report(&server);
    return 0;
}
