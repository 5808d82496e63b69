/* What both C echo servers share: options, the listening socket, the ready line and the end on SIGTERM. */
#ifndef PEERS_SERVER_H
#define PEERS_SERVER_H

#include <stddef.h>

enum { SERVER_BACKLOG = 4096 };

struct server_options {
    const char *host; /* numeric IPv4 address */
    int port;         /* 0: any */
    size_t buffer_bytes;
    int buffers;
};

/* Parses --host, --port, --buffer and --buffers over the defaults in *options; exits with status 2 on anything else. */
void server_parse(struct server_options *options, int argc, char **argv);

/* A non-blocking listening socket; prints "listening HOST:PORT backend=NAME"; SIGTERM ends the process with status 0.
 */
int server_listen(const struct server_options *options, const char *backend);

void server_no_delay(int fd);

/* Prints what failed with the errno and exits with status 1. */
_Noreturn void server_fail(const char *what);

#endif
