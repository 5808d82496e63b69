/*
 * Files by io_uring in C: liburing, one thread, `depth` operations in flight, everything submitted with one
 * io_uring_enter per turn. Reads one command per line and answers one line of JSON; see ../files.py for both.
 *
 *   files_uring FILE BYTES
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_DEPTH 256

static struct io_uring ring;
static const char *path;
static uint64_t file_bytes;
static int file;
static char *buffers;
static uint64_t random_state = 0x9E3779B97F4A7C15u;
static uint64_t next_sequential;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* xorshift, the same in every contestant. */
static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t position(bool sequential, uint32_t bytes) {
    uint64_t blocks = file_bytes / bytes;
    return (sequential ? next_sequential++ % blocks : (next_random() >> 1) % blocks) * bytes;
}

enum operation { READ, WRITE, SYNC, OPEN, STAT };

/* What is in flight under a number: for SYNC a write and then the sync, for OPEN an open and then the close. */
static struct {
    bool second;
    int fd;
    struct statx status;
} slots[MAX_DEPTH];

static void queue(enum operation operation, bool sequential, uint32_t bytes, unsigned slot, int result) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    char *buffer = buffers + (size_t)slot * bytes;
    switch (operation) {
        case READ:
            io_uring_prep_read(sqe, file, buffer, bytes, position(sequential, bytes));
            break;
        case WRITE:
            io_uring_prep_write(sqe, file, buffer, bytes, position(sequential, bytes));
            break;
        case SYNC:
            if (slots[slot].second) {
                io_uring_prep_fsync(sqe, file, IORING_FSYNC_DATASYNC);
            } else {
                io_uring_prep_write(sqe, file, buffer, bytes, position(sequential, bytes));
            }
            break;
        case OPEN:
            if (slots[slot].second) {
                io_uring_prep_close(sqe, result);
            } else {
                io_uring_prep_openat(sqe, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
            }
            break;
        case STAT:
            io_uring_prep_statx(sqe, AT_FDCWD, path, 0, STATX_BASIC_STATS, &slots[slot].status);
            break;
    }
    io_uring_sqe_set_data64(sqe, slot);
}

static unsigned workers(void) {
    unsigned found = 0;
    FILE *names = popen("cat /proc/$PPID/task/*/comm 2>/dev/null", "r");
    char line[64];
    while (names != NULL && fgets(line, sizeof line, names) != NULL) {
        found += strncmp(line, "iou-wrk-", 8) == 0;
    }
    if (names != NULL) {
        pclose(names);
    }
    return found;
}

static void run(enum operation operation, bool sequential, uint32_t bytes, unsigned depth, double seconds) {
    uint64_t done = 0;
    unsigned in_flight = 0;
    bool two_steps = operation == SYNC || operation == OPEN;
    double begin = now();
    double end = begin + seconds;
    memset(slots, 0, sizeof slots);
    for (unsigned slot = 0; slot < depth; slot++, in_flight++) {
        queue(operation, sequential, bytes, slot, 0);
    }
    bool more = true;
    while (in_flight > 0) {
        if (io_uring_submit_and_wait(&ring, 1) < 0) {
            die("io_uring_submit_and_wait");
        }
        more = more && now() < end;
        struct io_uring_cqe *cqe;
        unsigned head;
        unsigned count = 0;
        io_uring_for_each_cqe(&ring, head, cqe) {
            count++;
            unsigned slot = (unsigned)cqe->user_data;
            if (cqe->res < 0 || ((operation == READ || operation == WRITE) && cqe->res != (int)bytes)) {
                fprintf(stderr, "operation %d: result %d\n", operation, cqe->res);
                exit(1);
            }
            bool half = two_steps && !slots[slot].second;
            slots[slot].second = half;
            done += !half;
            in_flight--;
            if (half || more) {
                queue(operation, sequential, bytes, slot, cqe->res);
                in_flight++;
            }
        }
        io_uring_cq_advance(&ring, count);
    }
    printf("{\"operations\": %llu, \"seconds\": %.6f, \"workers\": %u}\n", (unsigned long long)done, now() - begin,
           workers());
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s FILE BYTES\n", argv[0]);
        return 2;
    }
    path = argv[1];
    file_bytes = strtoull(argv[2], NULL, 10);
    file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        die(path);
    }
    buffers = aligned_alloc(4096, (size_t)MAX_DEPTH * 65536);
    memset(buffers, 'x', (size_t)MAX_DEPTH * 65536);
    struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
    if (io_uring_queue_init_params(512, &ring, &params) < 0) {
        die("io_uring_queue_init_params");
    }
    io_uring_register_ring_fd(&ring);
    printf("ready\n");
    fflush(stdout);
    char name[32];
    char order[32];
    unsigned bytes;
    unsigned depth;
    double seconds;
    while (scanf("%31s %31s %u %u %lf", name, order, &bytes, &depth, &seconds) == 5) {
        enum operation operation = strcmp(name, "read") == 0    ? READ
                                   : strcmp(name, "write") == 0 ? WRITE
                                   : strcmp(name, "sync") == 0  ? SYNC
                                   : strcmp(name, "open") == 0  ? OPEN
                                                                : STAT;
        if (depth > MAX_DEPTH || bytes > 65536) {
            return 2;
        }
        run(operation, strcmp(order, "sequential") == 0, bytes, depth, seconds);
    }
    return 0;
}
