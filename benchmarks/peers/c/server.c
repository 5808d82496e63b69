#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void server_fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

void server_parse(struct server_options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (value != NULL && strcmp(argv[i], "--host") == 0) {
            options->host = value;
        } else if (value != NULL && strcmp(argv[i], "--port") == 0) {
            options->port = atoi(value);
        } else if (value != NULL && strcmp(argv[i], "--buffer") == 0) {
            options->buffer_bytes = strtoul(value, NULL, 10);
        } else if (value != NULL && strcmp(argv[i], "--buffers") == 0) {
            options->buffers = atoi(value);
        } else {
            fprintf(stderr, "usage: %s [--host ADDRESS] [--port N] [--buffer BYTES] [--buffers N]\n", argv[0]);
            exit(2);
        }
    }
}

/* There is nothing to flush, so leaving at once is a clean end. */
static void on_terminate(int signal_number) {
    (void)signal_number;
    _exit(0);
}

int server_listen(const struct server_options *options, const char *backend) {
    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = on_terminate};
    sigaction(SIGTERM, &action, NULL);

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        server_fail("socket");
    }
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)options->port)};
    if (inet_pton(AF_INET, options->host, &address.sin_addr) != 1) {
        fprintf(stderr, "not a numeric IPv4 address: %s\n", options->host);
        exit(2);
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        server_fail("bind");
    }
    if (listen(fd, SERVER_BACKLOG) != 0) {
        server_fail("listen");
    }
    socklen_t length = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("listening %s:%d backend=%s\n", options->host, ntohs(address.sin_port), backend);
    fflush(stdout);
    return fd;
}

void server_no_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
