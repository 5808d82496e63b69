/*
 * A TCP echo server on epoll, as plain and fast as it gets: one thread, edge-triggered, one registration per connection
 * for its whole life, no second receive after a short one.
 *
 * One receive per connection and turn: a connection whose receive filled the buffer may have more, and since no new
 * edge would tell, it waits in the `again` list for the next turn, behind the others.
 */
#include "server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024 };

struct connection {
    int fd;
    bool readable; /* an edge came while a write was pending */
    bool peer_closed;
    bool queued; /* is in the again list */
    struct connection *next;
    char *pending; /* what the socket did not take, NULL mostly */
    size_t pending_offset;
    size_t pending_bytes;
};

struct server {
    int poller;
    int listener;
    char *buffer;
    size_t buffer_bytes;
    struct connection *again_first;
    struct connection *again_last;
};

static void again(struct server *server, struct connection *connection) {
    if (connection->queued) {
        return;
    }
    connection->queued = true;
    connection->next = NULL;
    if (server->again_last == NULL) {
        server->again_first = connection;
    } else {
        server->again_last->next = connection;
    }
    server->again_last = connection;
}

static void close_connection(struct connection *connection) {
    close(connection->fd);
    free(connection->pending);
    free(connection);
}

/* Sends or keeps the rest; false: the connection is broken. */
static bool send_all(struct connection *connection, const char *data, size_t bytes) {
    ssize_t sent = send(connection->fd, data, bytes, MSG_NOSIGNAL);
    if (sent == (ssize_t)bytes) {
        return true;
    }
    if (sent < 0 && errno != EAGAIN) {
        return false;
    }
    size_t done = sent < 0 ? 0 : (size_t)sent;
    connection->pending_bytes = bytes - done;
    connection->pending_offset = 0;
    connection->pending = malloc(connection->pending_bytes);
    if (connection->pending == NULL) {
        return false;
    }
    memcpy(connection->pending, data + done, connection->pending_bytes);
    return true;
}

/* Writes what is pending; false: the connection is broken. */
static bool flush(struct connection *connection) {
    ssize_t sent =
        send(connection->fd, connection->pending + connection->pending_offset, connection->pending_bytes, MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN;
    }
    connection->pending_offset += (size_t)sent;
    connection->pending_bytes -= (size_t)sent;
    if (connection->pending_bytes == 0) {
        free(connection->pending);
        connection->pending = NULL;
    }
    return true;
}

/* One receive and its echo; false: the connection has ended. */
static bool echo_once(struct server *server, struct connection *connection) {
    ssize_t received = recv(connection->fd, server->buffer, server->buffer_bytes, 0);
    if (received < 0) {
        connection->readable = false;
        return errno == EAGAIN;
    }
    if (received == 0 || !send_all(connection, server->buffer, (size_t)received)) {
        return false;
    }
    /* A short receive emptied the socket; after the peer's end only one more receive tells. */
    connection->readable = (size_t)received == server->buffer_bytes || connection->peer_closed;
    return true;
}

/* Does one step of a connection that an event or the again list named. */
static void step(struct server *server, struct connection *connection) {
    bool alive = connection->pending == NULL || flush(connection);
    if (alive && connection->pending == NULL && connection->readable) {
        alive = echo_once(server, connection);
    }
    if (!alive) {
        close_connection(connection);
    } else if (connection->readable && connection->pending == NULL) {
        again(server, connection);
    }
}

static void accept_all(struct server *server) {
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        server_no_delay(fd);
        struct connection *connection = calloc(1, sizeof *connection);
        if (connection == NULL) {
            server_fail("calloc");
        }
        connection->fd = fd;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};
        if (epoll_ctl(server->poller, EPOLL_CTL_ADD, fd, &event) != 0) {
            server_fail("epoll_ctl");
        }
    }
}

static void on_event(struct server *server, const struct epoll_event *event) {
    struct connection *connection = event->data.ptr;
    if (connection == NULL) {
        accept_all(server);
        return;
    }
    if ((event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        connection->readable = true;
    }
    if ((event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        connection->peer_closed = true;
    }
    if (!connection->queued && (connection->readable || connection->pending != NULL)) {
        step(server, connection);
    }
}

/* Every connection that was in the list when the turn began gets one step. */
static void run_again(struct server *server) {
    struct connection *connection = server->again_first;
    server->again_first = NULL;
    server->again_last = NULL;
    while (connection != NULL) {
        struct connection *next = connection->next;
        connection->queued = false;
        step(server, connection);
        connection = next;
    }
}

int main(int argc, char **argv) {
    struct server_options options = {.host = "127.0.0.1", .port = 0, .buffer_bytes = 65536, .buffers = 1};
    server_parse(&options, argc, argv);
    struct server server = {.buffer = malloc(options.buffer_bytes), .buffer_bytes = options.buffer_bytes};
    server.poller = epoll_create1(EPOLL_CLOEXEC);
    if (server.poller < 0 || server.buffer == NULL) {
        server_fail("epoll_create1");
    }
    server.listener = server_listen(&options, "c-epoll");
    struct epoll_event accepting = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    if (epoll_ctl(server.poller, EPOLL_CTL_ADD, server.listener, &accepting) != 0) {
        server_fail("epoll_ctl");
    }
    static struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(server.poller, events, EVENTS, server.again_first == NULL ? -1 : 0);
        if (count < 0 && errno != EINTR) {
            server_fail("epoll_wait");
        }
        for (int i = 0; i < count; i++) {
            on_event(&server, &events[i]);
        }
        run_again(&server);
    }
}
