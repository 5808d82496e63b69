/*
 * Closed-loop load generator: one thread on epoll keeps a number of messages outstanding on each of a number of
 * connections and measures the time from sending a message to the last byte of its answer.
 *
 * With --rate it is an open loop: messages are due at fixed times, whatever the server does, and the time counts from
 * when a message was due; a server that stalls is charged for all that should have been sent meanwhile (no coordinated
 * omission).
 *
 * After the warm-up it counts for the given time and prints one line of JSON. With --pid it reads the server's CPU time
 * at the same two instants, so CPU time per message is exact.
 */
#include "histogram.h"
#include "process_cpu.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 1024, RECEIVE_BYTES = 1 << 18, CONNECT_SECONDS = 20, STALL_SECONDS = 10, RATE_SLOTS = 1024 };

struct options {
    const char *host;
    int port;
    int connections;
    size_t bytes;
    int pipeline;
    double seconds;
    double warmup;
    double rate;       /* messages per second in all; 0: as fast as answers come */
    double hold;       /* seconds between connecting and the first message */
    uint64_t messages; /* 0: no limit */
    int pid;
    bool http;
    bool accept; /* a new connection for every message */
    bool verify;
    bool buckets; /* the whole histogram in the result */
    bool linger;  /* keeps the connections after printing the result, until standard input ends */
};

struct connection {
    int fd;
    bool waiting_writable;
    int outstanding;
    int oldest;         /* index of the oldest outstanding message in sent_at */
    size_t received;    /* bytes of the present answer so far */
    size_t unsent;      /* bytes the socket did not take yet */
    size_t send_offset; /* where in the pattern they start */
    uint64_t *sent_at;
};

struct load {
    struct options options;
    struct sockaddr_in address;
    int poller;
    char *requests; /* pipeline + 1 requests in a row */
    size_t request_bytes;
    size_t answer_bytes;
    char *receive_buffer;
    struct connection *connections;
    struct histogram latency;
    uint64_t messages; /* in the window */
    bool measuring;
    uint64_t now;
    uint64_t rate_start;
    uint64_t due; /* when the next message is to be sent, at a fixed rate */
    uint64_t sent;
    int next; /* the connection that it is for */
};

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t clock_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static void wait_writable(struct load *load, struct connection *connection, bool wanted) {
    if (connection->waiting_writable == wanted) {
        return;
    }
    connection->waiting_writable = wanted;
    struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = connection};
    if (epoll_ctl(load->poller, EPOLL_CTL_MOD, connection->fd, &event) != 0) {
        fail("epoll_ctl");
    }
}

static void flush(struct load *load, struct connection *connection) {
    while (connection->unsent > 0) {
        size_t in_a_row = load->request_bytes * (size_t)load->options.pipeline;
        size_t chunk = connection->unsent < in_a_row ? connection->unsent : in_a_row;
        ssize_t sent = send(connection->fd, load->requests + connection->send_offset, chunk, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) {
                fail("send");
            }
            wait_writable(load, connection, true);
            return;
        }
        connection->unsent -= (size_t)sent;
        connection->send_offset = (connection->send_offset + (size_t)sent) % load->request_bytes;
    }
    wait_writable(load, connection, false);
}

/* How many messages can be outstanding on a connection. */
static int slots(const struct load *load) {
    return load->options.rate > 0 ? RATE_SLOTS : load->options.pipeline;
}

static void send_messages(struct load *load, struct connection *connection, int count, uint64_t stamp) {
    for (int i = 0; i < count; i++) {
        connection->sent_at[(connection->oldest + connection->outstanding) % slots(load)] = stamp;
        connection->outstanding++;
    }
    connection->unsent += load->request_bytes * (size_t)count;
    flush(load, connection);
}

/* Sends what is due. A connection that is full makes all wait; the messages count from when they were due nevertheless.
 */
static void send_due(struct load *load) {
    while (load->due <= load->now) {
        struct connection *connection = &load->connections[load->next];
        if (connection->outstanding == slots(load)) {
            return;
        }
        send_messages(load, connection, 1, load->due);
        load->sent++;
        load->due = load->rate_start + (uint64_t)((double)load->sent * 1e9 / load->options.rate);
        load->next = (load->next + 1) % load->options.connections;
    }
}

static void open_connection(struct load *load, struct connection *connection) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail("socket");
    }
    if (load->options.accept) { /* closed by reset: no TIME_WAIT, or the ports would run out */
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    if (connect(fd, (struct sockaddr *)&load->address, sizeof load->address) != 0) {
        fail("connect");
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->fd = fd;
    connection->waiting_writable = false;
    connection->outstanding = 0;
    connection->oldest = 0;
    connection->received = 0;
    connection->unsent = 0;
    connection->send_offset = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(load->poller, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll_ctl");
    }
}

static void verify(const struct load *load, const struct connection *connection, size_t bytes) {
    size_t offset = connection->received;
    for (size_t i = 0; i < bytes; i++) {
        if (load->receive_buffer[i] != load->requests[(offset + i) % load->request_bytes]) {
            fprintf(stderr, "load: byte %zu of a message came back wrong\n", (offset + i) % load->request_bytes);
            exit(3);
        }
    }
}

static int take_answers(struct load *load, struct connection *connection, size_t bytes) {
    int done = 0;
    connection->received += bytes;
    while (connection->received >= load->answer_bytes) {
        connection->received -= load->answer_bytes;
        if (connection->outstanding == 0) {
            fprintf(stderr, "load: more bytes came back than were sent\n");
            exit(3);
        }
        if (load->measuring) {
            histogram_record(&load->latency, load->now - connection->sent_at[connection->oldest]);
            load->messages++;
        }
        connection->oldest = (connection->oldest + 1) % slots(load);
        connection->outstanding--;
        done++;
    }
    return done;
}

static void receive(struct load *load, struct connection *connection) {
    ssize_t got = recv(connection->fd, load->receive_buffer, RECEIVE_BYTES, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        errno = got == 0 ? ECONNRESET : errno;
        fail("the server closed a connection");
    }
    if (load->options.verify) {
        verify(load, connection, (size_t)got);
    }
    load->now = clock_ns();
    int done = take_answers(load, connection, (size_t)got);
    if (done > 0 && load->options.accept) {
        close(connection->fd);
        open_connection(load, connection);
    }
    if (done > 0 && load->options.rate == 0) {
        send_messages(load, connection, done, clock_ns());
    }
}

/* Waits for answers; at a fixed rate no longer than until the next message is due. */
static int wait_events(struct load *load, struct epoll_event *events) {
    if (load->options.rate == 0) {
        int count = epoll_wait(load->poller, events, EVENTS, STALL_SECONDS * 1000);
        if (count == 0) {
            errno = ETIMEDOUT;
            fail("no answer");
        }
        return count;
    }
    send_due(load);
    uint64_t wait = load->due > load->now ? load->due - load->now : 1000000;
    struct timespec timeout = {.tv_sec = (time_t)(wait / 1000000000), .tv_nsec = (long)(wait % 1000000000)};
    return epoll_pwait2(load->poller, events, EVENTS, &timeout, NULL);
}

/* Runs until the deadline or the message limit; ends the process when the server stalls. */
static void run_until(struct load *load, uint64_t deadline) {
    static struct epoll_event events[EVENTS];
    uint64_t limit = load->options.messages;
    while ((load->now = clock_ns()) < deadline && (limit == 0 || load->messages < limit)) {
        int count = wait_events(load, events);
        if (count < 0 && errno != EINTR) {
            fail("epoll_wait");
        }
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if ((events[i].events & EPOLLOUT) != 0) {
                flush(load, connection);
            }
            if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
                receive(load, connection);
            }
        }
    }
}

/* Asks once, so that the length of every later answer is known. */
static size_t http_answer_bytes(struct load *load) {
    struct connection probe = {.sent_at = (uint64_t[1]){0}};
    open_connection(load, &probe);
    if (send(probe.fd, load->requests, load->request_bytes, MSG_NOSIGNAL) != (ssize_t)load->request_bytes) {
        fail("send");
    }
    size_t have = 0;
    for (;;) {
        ssize_t got = recv(probe.fd, load->receive_buffer + have, RECEIVE_BYTES - have - 1, 0);
        if (got <= 0) {
            fail("the server closed the first connection");
        }
        have += (size_t)got;
        load->receive_buffer[have] = '\0';
        const char *end = strstr(load->receive_buffer, "\r\n\r\n");
        const char *length = strcasestr(load->receive_buffer, "\r\ncontent-length:");
        if (end != NULL && (length == NULL || length > end)) {
            fprintf(stderr, "load: the answer has no Content-Length\n");
            exit(3);
        }
        if (end != NULL) {
            size_t total = (size_t)(end - load->receive_buffer) + 4 + strtoul(length + 17, NULL, 10);
            if (have >= total) {
                close(probe.fd);
                return total;
            }
        }
    }
}

static void prepare_requests(struct load *load) {
    static const char http[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
    load->request_bytes = load->options.http ? sizeof http - 1 : load->options.bytes;
    size_t copies = (size_t)load->options.pipeline + 1;
    load->requests = malloc(load->request_bytes * copies);
    if (load->requests == NULL) {
        fail("malloc");
    }
    for (size_t i = 0; i < load->request_bytes * copies; i++) {
        size_t at = i % load->request_bytes;
        load->requests[i] = load->options.http ? http[at] : (char)('!' + (at * 31 + at / 94) % 94);
    }
    load->answer_bytes = load->options.http ? http_answer_bytes(load) : load->request_bytes;
}

static void open_all(struct load *load) {
    int pipeline = load->options.pipeline;
    load->connections = calloc((size_t)load->options.connections, sizeof *load->connections);
    uint64_t *stamps = calloc((size_t)load->options.connections * (size_t)slots(load), sizeof *stamps);
    if (load->connections == NULL || stamps == NULL) {
        fail("calloc");
    }
    for (int i = 0; i < load->options.connections; i++) {
        load->connections[i].sent_at = stamps + (size_t)i * (size_t)slots(load);
        open_connection(load, &load->connections[i]);
    }
    struct timespec hold = {.tv_sec = (time_t)load->options.hold};
    hold.tv_nsec = (long)((load->options.hold - (double)hold.tv_sec) * 1e9);
    nanosleep(&hold, NULL);
    load->rate_start = load->due = clock_ns();
    for (int i = 0; load->options.rate == 0 && i < load->options.connections; i++) {
        send_messages(load, &load->connections[i], pipeline, clock_ns());
    }
}

static void print_result(const struct load *load, double seconds, const struct process_cpu *before,
                         const struct process_cpu *after) {
    const struct histogram *latency = &load->latency;
    printf("{\"connections\":%d,\"bytes\":%zu,\"pipeline\":%d,\"messages\":%" PRIu64 ",\"seconds\":%.6f",
           load->options.connections, load->request_bytes, load->options.pipeline, load->messages, seconds);
    printf(",\"per_second\":%.1f", (double)load->messages / seconds);
    printf(",\"latency_us\":{\"mean\":%.2f,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"p99.9\":%.2f,\"max\":%.2f}",
           latency->total == 0 ? 0.0 : (double)latency->sum / (double)latency->total / 1e3,
           (double)histogram_quantile(latency, 0.5) / 1e3, (double)histogram_quantile(latency, 0.9) / 1e3,
           (double)histogram_quantile(latency, 0.99) / 1e3, (double)histogram_quantile(latency, 0.999) / 1e3,
           (double)latency->max / 1e3);
    if (load->options.pid > 0) {
        double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
        printf(",\"server\":{\"cpu_s\":%.9f,\"user_s\":%.3f,\"system_s\":%.3f,\"voluntary_switches\":%" PRIu64 "}",
               (double)(after->total_ns - before->total_ns) / 1e9,
               (double)(after->user_ticks - before->user_ticks) * tick,
               (double)(after->system_ticks - before->system_ticks) * tick,
               after->switches_voluntary - before->switches_voluntary);
    }
    if (load->options.buckets) {
        printf(",\"buckets_ns\":");
        histogram_print(latency, stdout);
    }
    printf("}\n");
}

static const char *const usage =
    "usage: load --port N [--host ADDRESS] [--connections N] [--bytes N] [--pipeline N] [--seconds S] [--warmup S]\n"
    "            [--hold S] [--rate N] [--messages N] [--pid SERVER] [--http] [--accept] [--verify] [--linger] "
    "[--buckets]\n";

static bool parse_flag(struct options *options, const char *name) {
    bool *flag = strcmp(name, "--http") == 0      ? &options->http
                 : strcmp(name, "--accept") == 0  ? &options->accept
                 : strcmp(name, "--verify") == 0  ? &options->verify
                 : strcmp(name, "--linger") == 0  ? &options->linger
                 : strcmp(name, "--buckets") == 0 ? &options->buckets
                                                  : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

static bool parse_value(struct options *options, const char *name, const char *value) {
    if (strcmp(name, "--host") == 0) {
        options->host = value;
    } else if (strcmp(name, "--port") == 0) {
        options->port = atoi(value);
    } else if (strcmp(name, "--connections") == 0) {
        options->connections = atoi(value);
    } else if (strcmp(name, "--bytes") == 0) {
        options->bytes = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--pipeline") == 0) {
        options->pipeline = atoi(value);
    } else if (strcmp(name, "--seconds") == 0) {
        options->seconds = atof(value);
    } else if (strcmp(name, "--warmup") == 0) {
        options->warmup = atof(value);
    } else if (strcmp(name, "--rate") == 0) {
        options->rate = atof(value);
    } else if (strcmp(name, "--hold") == 0) {
        options->hold = atof(value);
    } else if (strcmp(name, "--messages") == 0) {
        options->messages = strtoull(value, NULL, 10);
    } else if (strcmp(name, "--pid") == 0) {
        options->pid = atoi(value);
    } else {
        return false;
    }
    return true;
}

static void parse(struct options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (parse_flag(options, argv[i])) {
            continue;
        }
        if (i + 1 == argc || !parse_value(options, argv[i], argv[i + 1])) {
            fputs(usage, stderr);
            exit(2);
        }
        i++;
    }
    if (options->port <= 0 || options->connections <= 0 || options->bytes == 0 || options->pipeline <= 0) {
        fputs(usage, stderr);
        exit(2);
    }
    if (options->rate < 0 || (options->rate > 0 && (options->pipeline != 1 || options->accept))) {
        fprintf(stderr, "load: --rate is for one message at a time on connections that stay\n");
        exit(2);
    }
    if (options->accept && (options->pipeline != 1 || options->http)) {
        fprintf(stderr, "load: --accept is for one message per connection\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    static struct load load = {
        .options = {.host = "127.0.0.1", .connections = 1, .bytes = 64, .pipeline = 1, .seconds = 5, .warmup = 1}};
    parse(&load.options, argc, argv);
    load.address.sin_family = AF_INET;
    load.address.sin_port = htons((unsigned short)load.options.port);
    if (inet_pton(AF_INET, load.options.host, &load.address.sin_addr) != 1) {
        fprintf(stderr, "load: not a numeric IPv4 address: %s\n", load.options.host);
        return 2;
    }
    load.receive_buffer = malloc(RECEIVE_BYTES);
    load.poller = epoll_create1(EPOLL_CLOEXEC);
    if (load.receive_buffer == NULL || load.poller < 0) {
        fail("set-up");
    }
    prepare_requests(&load);
    open_all(&load);
    run_until(&load, clock_ns() + (uint64_t)(load.options.warmup * 1e9));

    struct process_cpu before = {0};
    struct process_cpu after = {0};
    if (load.options.pid > 0 && process_cpu_read(load.options.pid, &before) != 0) {
        fail("reading the server's CPU time");
    }
    uint64_t start = clock_ns();
    load.measuring = true;
    run_until(&load, start + (uint64_t)(load.options.seconds * 1e9));
    uint64_t end = clock_ns();
    if (load.options.pid > 0 && process_cpu_read(load.options.pid, &after) != 0) {
        fail("reading the server's CPU time");
    }
    print_result(&load, (double)(end - start) / 1e9, &before, &after);
    if (load.options.linger) {
        fflush(stdout);
        while (getchar() != EOF) {
        }
    }
    return 0;
}
