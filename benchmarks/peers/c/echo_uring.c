/*
 * A TCP echo server on io_uring with everything that helps: multishot accept, multishot receive into a ring of provided
 * buffers, sends straight out of the received buffer, DEFER_TASKRUN with a single issuer, registered ring descriptor.
 *
 * One send per connection is in flight; what is received meanwhile waits in a list through `next_buffer`, so bytes keep
 * their order. A connection that holds too many buffers is not read until it has sent them.
 */
#include "server.h"

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENTRIES = 4096, COMPLETIONS = 16384, GROUP = 0, NO_BUFFER = -1, MAX_QUEUED = 32 };
enum operation { ACCEPT, RECEIVE, SEND, CANCEL, CLOSE };

struct connection {
    bool open;
    bool receiving; /* a receive is armed */
    bool cancelling;
    bool ended; /* end of stream or error: close when nothing is in flight */
    bool sending;
    int queued;
    int first; /* buffers waiting to be sent, by id */
    int last;
};

struct server {
    struct io_uring ring;
    struct io_uring_buf_ring *buffer_ring;
    char *memory;
    size_t buffer_bytes;
    int buffers;
    int *next_buffer;
    int *lengths;
    int listener;
    int given;                      /* buffers added to the ring but not yet published */
    int starving;                   /* connections that ended with ENOBUFS */
    struct connection *connections; /* by descriptor */
    int limit;
};

static uint64_t tag(enum operation operation, int fd, int buffer) {
    return (uint64_t)operation << 56 | (uint64_t)(uint32_t)buffer << 32 | (uint32_t)fd;
}

static struct io_uring_sqe *entry(struct server *server) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&server->ring);
    while (sqe == NULL) {
        io_uring_submit(&server->ring);
        sqe = io_uring_get_sqe(&server->ring);
    }
    return sqe;
}

static void arm_accept(struct server *server) {
    struct io_uring_sqe *sqe = entry(server);
    io_uring_prep_multishot_accept(sqe, server->listener, NULL, NULL, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(sqe, tag(ACCEPT, server->listener, 0));
}

static void arm_receive(struct server *server, int fd) {
    struct io_uring_sqe *sqe = entry(server);
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
    io_uring_sqe_set_data64(sqe, tag(RECEIVE, fd, 0));
    server->connections[fd].receiving = true;
}

static void give_back(struct server *server, int buffer) {
    io_uring_buf_ring_add(server->buffer_ring, server->memory + (size_t)buffer * server->buffer_bytes,
                          (unsigned)server->buffer_bytes, (unsigned short)buffer,
                          io_uring_buf_ring_mask((unsigned)server->buffers), server->given);
    server->given++;
}

static void publish(struct server *server) {
    if (server->given > 0) {
        io_uring_buf_ring_advance(server->buffer_ring, server->given);
        server->given = 0;
    }
}

static void send_buffer(struct server *server, int fd, int buffer) {
    struct io_uring_sqe *sqe = entry(server);
    io_uring_prep_send(sqe, fd, server->memory + (size_t)buffer * server->buffer_bytes, (size_t)server->lengths[buffer],
                       MSG_NOSIGNAL | MSG_WAITALL);
    io_uring_sqe_set_data64(sqe, tag(SEND, fd, buffer));
    server->connections[fd].sending = true;
}

static void close_if_idle(struct server *server, int fd) {
    struct connection *connection = &server->connections[fd];
    if (!connection->open || !connection->ended || connection->receiving || connection->sending ||
        connection->cancelling) {
        return;
    }
    connection->open = false;
    struct io_uring_sqe *sqe = entry(server);
    io_uring_prep_close(sqe, fd);
    io_uring_sqe_set_data64(sqe, tag(CLOSE, fd, 0));
}

static void cancel_receive(struct server *server, int fd) {
    struct io_uring_sqe *sqe = entry(server);
    io_uring_prep_cancel64(sqe, tag(RECEIVE, fd, 0), 0);
    io_uring_sqe_set_data64(sqe, tag(CANCEL, fd, 0));
    server->connections[fd].cancelling = true;
}

static void drop_queued(struct server *server, struct connection *connection) {
    while (connection->first != NO_BUFFER) {
        int buffer = connection->first;
        connection->first = server->next_buffer[buffer];
        give_back(server, buffer);
    }
    connection->queued = 0;
}

static void enqueue(struct server *server, int fd, int buffer) {
    struct connection *connection = &server->connections[fd];
    server->next_buffer[buffer] = NO_BUFFER;
    if (connection->first == NO_BUFFER) {
        connection->first = buffer;
    } else {
        server->next_buffer[connection->last] = buffer;
    }
    connection->last = buffer;
    if (++connection->queued == MAX_QUEUED && connection->receiving && !connection->cancelling) {
        cancel_receive(server, fd);
    }
}

static void on_accept(struct server *server, const struct io_uring_cqe *cqe) {
    int fd = cqe->res;
    if (fd >= server->limit) {
        close(fd);
    } else if (fd >= 0) {
        server_no_delay(fd);
        server->connections[fd] = (struct connection){.open = true, .first = NO_BUFFER, .last = NO_BUFFER};
        arm_receive(server, fd);
    }
    if ((cqe->flags & IORING_CQE_F_MORE) == 0) {
        arm_accept(server);
    }
}

static void on_receive(struct server *server, int fd, const struct io_uring_cqe *cqe) {
    struct connection *connection = &server->connections[fd];
    connection->receiving = (cqe->flags & IORING_CQE_F_MORE) != 0;
    if (cqe->res > 0) {
        int buffer = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
        server->lengths[buffer] = cqe->res;
        if (connection->ended) {
            give_back(server, buffer);
        } else if (connection->sending) {
            enqueue(server, fd, buffer);
        } else {
            send_buffer(server, fd, buffer);
        }
    } else if (cqe->res != -ENOBUFS && cqe->res != -ECANCELED) {
        connection->ended = connection->ended || !connection->receiving;
    }
    if (!connection->receiving && !connection->ended) {
        if (cqe->res == -ENOBUFS) {
            publish(server);
            server->starving++;
        } else if (connection->queued < MAX_QUEUED && !connection->cancelling) {
            arm_receive(server, fd);
        }
    }
    close_if_idle(server, fd);
}

static void on_send(struct server *server, int fd, int buffer, int result) {
    struct connection *connection = &server->connections[fd];
    connection->sending = false;
    if (result != server->lengths[buffer]) {
        connection->ended = true;
        drop_queued(server, connection);
        if (connection->receiving && !connection->cancelling) {
            cancel_receive(server, fd);
        }
    }
    give_back(server, buffer);
    if (connection->first != NO_BUFFER) {
        int next = connection->first;
        connection->first = server->next_buffer[next];
        connection->queued--;
        send_buffer(server, fd, next);
    } else if (!connection->receiving && !connection->ended && !connection->cancelling && server->starving == 0) {
        arm_receive(server, fd);
    }
    close_if_idle(server, fd);
}

/* After a turn in which buffers ran out: everyone whose receive ended for that reason reads again. */
static void feed_starving(struct server *server) {
    server->starving = 0;
    for (int fd = 0; fd < server->limit; fd++) {
        struct connection *connection = &server->connections[fd];
        if (connection->open && !connection->receiving && !connection->ended && !connection->cancelling &&
            !connection->sending) {
            arm_receive(server, fd);
        }
    }
}

static void on_completion(struct server *server, const struct io_uring_cqe *cqe) {
    uint64_t data = cqe->user_data;
    int fd = (int)(uint32_t)data;
    int buffer = (int)(data >> 32 & 0xffffu);
    switch ((enum operation)(data >> 56)) {
        case ACCEPT:
            on_accept(server, cqe);
            break;
        case RECEIVE:
            on_receive(server, fd, cqe);
            break;
        case SEND:
            on_send(server, fd, buffer, cqe->res);
            break;
        case CANCEL:
            server->connections[fd].cancelling = false;
            if (!server->connections[fd].receiving && !server->connections[fd].ended &&
                server->connections[fd].queued < MAX_QUEUED) {
                arm_receive(server, fd);
            }
            close_if_idle(server, fd);
            break;
        case CLOSE:
            break;
    }
}

static void set_up(struct server *server, const struct server_options *options) {
    struct io_uring_params params = {
        .flags =
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
        .cq_entries = COMPLETIONS,
    };
    int result = io_uring_queue_init_params(ENTRIES, &server->ring, &params);
    if (result < 0) {
        errno = -result;
        server_fail("io_uring_queue_init_params");
    }
    io_uring_register_ring_fd(&server->ring);
    size_t ring_bytes = (size_t)server->buffers * sizeof(struct io_uring_buf);
    void *ring_memory = NULL;
    if (posix_memalign(&ring_memory, 4096, ring_bytes) != 0 ||
        posix_memalign((void **)&server->memory, 4096, (size_t)server->buffers * server->buffer_bytes) != 0) {
        server_fail("posix_memalign");
    }
    server->buffer_ring = ring_memory;
    io_uring_buf_ring_init(server->buffer_ring);
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)ring_memory, .ring_entries = (unsigned)server->buffers, .bgid = GROUP};
    result = io_uring_register_buf_ring(&server->ring, &registration, 0);
    if (result < 0) {
        errno = -result;
        server_fail("io_uring_register_buf_ring");
    }
    for (int i = 0; i < server->buffers; i++) {
        give_back(server, i);
    }
    publish(server);
    server->listener = server_listen(options, "c-io_uring");
}

int main(int argc, char **argv) {
    struct server_options options = {.host = "127.0.0.1", .port = 0, .buffer_bytes = 4096, .buffers = 2048};
    server_parse(&options, argc, argv);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    static struct server server;
    server.limit = files.rlim_cur < 0x100000 ? (int)files.rlim_cur : 0x100000;
    server.connections = calloc((size_t)server.limit, sizeof *server.connections);
    server.buffers = options.buffers;
    server.buffer_bytes = options.buffer_bytes;
    server.next_buffer = calloc((size_t)options.buffers, sizeof *server.next_buffer);
    server.lengths = calloc((size_t)options.buffers, sizeof *server.lengths);
    set_up(&server, &options);
    arm_accept(&server);
    for (;;) {
        int result = io_uring_submit_and_wait(&server.ring, 1);
        if (result < 0 && result != -EINTR && result != -EBUSY) {
            errno = -result;
            server_fail("io_uring_enter");
        }
        struct io_uring_cqe *cqe;
        unsigned head;
        unsigned count = 0;
        io_uring_for_each_cqe(&server.ring, head, cqe) {
            on_completion(&server, cqe);
            count++;
        }
        io_uring_cq_advance(&server.ring, count);
        publish(&server);
        if (server.starving > 0) {
            feed_starving(&server);
        }
    }
}
