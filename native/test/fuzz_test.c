/*
 * fuzz_test BACKEND SEED SECONDS: entries at random, most of them wrong in one place or another: memory that is not
 * known or no longer, descriptors that are closed or foreign, flags nobody knows, buffer rings overwritten, completions
 * not read for a while. With the address sanitizer every access outside of known memory ends the program.
 *
 * Checked all along: an entry ends in exactly one completion without MORE, and none comes that nobody asked for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"

#define REGIONS 8
#define OWNED 24
#define PEERS 24
#define GROUPS 3
#define GROUP_ENTRIES 8u
#define TRACKED (1u << 16)

static struct driver d;
static uint64_t random_state;
static struct {
    unsigned char *memory;
    size_t bytes;
} regions[REGIONS];
static int owned[OWNED];
static int peers[PEERS];
static struct torus_buf *rings[GROUPS];
static uint16_t tails[GROUPS];
static unsigned char *scratch; /* known all the time: message headers, addresses */
static int listener;
static uint16_t port;

/* 0: ended or never asked for, 1: waits */
static unsigned char waits[TRACKED];
static uint64_t next_id = 1;
static uint64_t ended;
static uint64_t waiting;

static uint64_t roll(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static bool chance(uint64_t percent) {
    return roll(100) < percent;
}

/* Mostly within known memory, else at its edges, freed, foreign or nonsense. */
static uint64_t some_address(uint32_t *bytes) {
    *bytes = (uint32_t)roll(200);
    unsigned at = (unsigned)roll(REGIONS);
    uint64_t base = (uint64_t)(uintptr_t)regions[at].memory;
    size_t size = regions[at].bytes;
    switch (roll(10)) {
        case 0:
            return base + size - roll(*bytes + 1); /* over the end */
        case 1:
            return base - 1;
        case 2:
            *bytes = (uint32_t)roll(UINT32_MAX);
            return base;
        case 3:
            return roll(UINT64_MAX);
        default:
            *bytes = (uint32_t)roll(size);
            return base + roll(size - *bytes);
    }
}

static int some_descriptor(void) {
    switch (roll(12)) {
        case 0:
            return (int)roll(1 << 21) - (1 << 20);
        case 1:
            return peers[roll(PEERS)]; /* open, but not the backend's */
        default:
            return owned[roll(OWNED)];
    }
}

static uint64_t track(void) {
    uint64_t id = next_id++;
    CHECK_EQUAL(0, waits[id % TRACKED]);
    waits[id % TRACKED] = 1;
    waiting++;
    return id;
}

/* A message header in known memory, whose parts may be anywhere. */
static uint64_t some_message(void) {
    struct torus_msghdr *header = (struct torus_msghdr *)(void *)(scratch + 64 * roll(8));
    struct torus_iovec *parts = (struct torus_iovec *)(void *)(scratch + 1024 + 128 * roll(8));
    uint32_t bytes;
    for (int i = 0; i < 4; i++) {
        parts[i].base = some_address(&bytes);
        parts[i].len = chance(3) ? roll(UINT64_MAX) : bytes;
    }
    *header = (struct torus_msghdr){.iov = (uint64_t)(uintptr_t)parts, .iovlen = roll(5)};
    if (chance(10)) {
        header->iov = some_address(&bytes);
        header->iovlen = roll(2000);
    }
    if (chance(20)) {
        header->name = some_address(&bytes);
        header->namelen = bytes;
    }
    if (chance(10)) {
        header->control = some_address(&bytes);
        header->controllen = chance(80) ? bytes : roll(UINT64_MAX);
    }
    return (uint64_t)(uintptr_t)header;
}

static void some_address_to_connect_to(struct torus_sqe *entry) {
    struct sockaddr_in *to = (struct sockaddr_in *)(void *)(scratch + 3072);
    *to = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(chance(80) ? port : 1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (chance(80)) {
        entry->addr = (uint64_t)(uintptr_t)to;
        entry->off = sizeof *to;
    } else {
        uint32_t bytes;
        entry->addr = some_address(&bytes);
        entry->off = chance(50) ? bytes : roll(UINT64_MAX);
    }
}

static void submit_one(void) {
    static const uint8_t codes[] = {TORUS_OP_NOP,      TORUS_OP_RECV,    TORUS_OP_RECV,         TORUS_OP_RECV,
                                    TORUS_OP_SEND,     TORUS_OP_SEND,    TORUS_OP_SENDMSG,      TORUS_OP_RECVMSG,
                                    TORUS_OP_ACCEPT,   TORUS_OP_CONNECT, TORUS_OP_POLL_ADD,     TORUS_OP_POLL_ADD,
                                    TORUS_OP_SHUTDOWN, TORUS_OP_CLOSE,   TORUS_OP_ASYNC_CANCEL, TORUS_OP_ASYNC_CANCEL};
    uint8_t opcode = chance(3) ? (uint8_t)roll(256) : codes[roll(sizeof codes)];
    if ((opcode == TORUS_OP_SHUTDOWN || opcode == TORUS_OP_CLOSE) && chance(80)) {
        opcode = TORUS_OP_RECV; /* else nothing lives for long */
    }
    int fd = opcode == TORUS_OP_ACCEPT && chance(90) ? listener : some_descriptor();
    if (fd == listener && (opcode == TORUS_OP_CLOSE || opcode == TORUS_OP_SHUTDOWN)) {
        return;
    }
    struct torus_sqe *entry = driver_entry(&d, opcode, fd, track());
    entry->addr = some_address(&entry->len);
    entry->ioprio = (uint16_t)roll(4);
    if (chance(5)) {
        entry->flags = (uint8_t)roll(256);
        entry->op_flags = (uint32_t)roll(UINT32_MAX);
        entry->ioprio = (uint16_t)roll(65536);
    }
    switch (opcode) {
        case TORUS_OP_RECV:
            if (chance(60)) {
                entry->flags |= TORUS_SQE_BUFFER_SELECT;
                entry->buf_group = (uint16_t)(chance(95) ? roll(GROUPS) : roll(65536));
                entry->len = chance(70) ? 0 : entry->len;
            }
            entry->op_flags |= chance(5) ? TORUS_MSG_PEEK : 0;
            break;
        case TORUS_OP_SEND:
            entry->op_flags |= chance(50) ? TORUS_MSG_WAITALL : 0;
            entry->ioprio = 0;
            if (chance(5)) {
                uint32_t bytes;
                entry->off = some_address(&bytes);
                entry->addr_len = (uint16_t)bytes;
            }
            break;
        case TORUS_OP_SENDMSG:
        case TORUS_OP_RECVMSG:
            entry->ioprio = 0;
            entry->addr = chance(90) ? some_message() : entry->addr;
            entry->op_flags |= chance(30) ? TORUS_MSG_WAITALL : 0;
            break;
        case TORUS_OP_ACCEPT:
            entry->ioprio &= 1;
            break;
        case TORUS_OP_CONNECT:
            entry->ioprio = 0;
            some_address_to_connect_to(entry);
            break;
        case TORUS_OP_POLL_ADD:
            entry->ioprio = 0;
            entry->op_flags = (uint32_t)roll(0x20);
            entry->len = (uint32_t)roll(2);
            break;
        case TORUS_OP_SHUTDOWN:
            entry->ioprio = 0;
            entry->len = (uint32_t)roll(4);
            break;
        case TORUS_OP_ASYNC_CANCEL:
            entry->ioprio = 0;
            entry->addr = next_id - 1 - roll(next_id < 500 ? next_id : 500);
            break;
        default:
            entry->ioprio = chance(90) ? 0 : entry->ioprio;
    }
}

static void overwrite_buffer_ring(unsigned at) {
    struct torus_buf *slot = &rings[at][tails[at] % GROUP_ENTRIES];
    uint32_t bytes;
    slot->addr = some_address(&bytes);
    slot->len = bytes;
    slot->bid = (uint16_t)roll(65536);
    uint16_t tail = chance(97) ? (uint16_t)(tails[at] + 1) : (uint16_t)roll(65536);
    tails[at] = tail;
    __atomic_store_n(&rings[at][0].tail, tail, __ATOMIC_RELEASE);
}

/* Frees a region and makes another: what still waits for it must not touch it. */
static void replace_region(unsigned at) {
    const struct torus_backend_ops *ops = d.backend->ops;
    if (regions[at].memory != NULL) {
        CHECK_EQUAL(0, ops->unregister_region(d.backend, (uint64_t)(uintptr_t)regions[at].memory));
        free(regions[at].memory);
    }
    regions[at].bytes = 64 + roll(4000);
    regions[at].memory = malloc(regions[at].bytes);
    CHECK(regions[at].memory != NULL);
    memset(regions[at].memory, 0, regions[at].bytes);
    CHECK_EQUAL(0, ops->register_region(d.backend, (uint64_t)(uintptr_t)regions[at].memory, regions[at].bytes));
}

static void replace_socket(unsigned at) {
    if (owned[at] >= 0) {
        torus_close(d.backend, owned[at]); /* fails if an entry has closed it: the next may have its number */
        owned[at] = -1;
    }
    if (peers[at] >= 0) {
        close(peers[at]);
        peers[at] = -1;
    }
    int pair[2];
    switch (roll(4)) {
        case 0:
            owned[at] = torus_socket(d.backend, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
            break;
        case 1:
            CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
            owned[at] = torus_adopt(d.backend, pair[0]);
            peers[at] = pair[1];
            break;
        default:
            CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
            owned[at] = torus_adopt(d.backend, pair[0]);
            peers[at] = pair[1];
    }
    CHECK(owned[at] >= 0);
}

static void peer_acts(void) {
    static char bytes[8192];
    int peer = peers[roll(PEERS)];
    if (peer < 0) {
        peer = driver_dial(port);
        CHECK_EQUAL(1, send(peer, bytes, 1, MSG_NOSIGNAL));
        close(peer);
        return;
    }
    if (chance(60)) {
        (void)!send(peer, bytes, roll(sizeof bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
        (void)!recv(peer, bytes, sizeof bytes, MSG_DONTWAIT);
    }
}

static void take_all(void) {
    struct torus_cqe cqe;
    while (driver_take(&d, &cqe)) {
        if (cqe.user_data == TORUS_USER_DATA_WAKE) {
            continue;
        }
        CHECK(cqe.user_data < next_id);
        CHECK_EQUAL(1, waits[cqe.user_data % TRACKED]);
        if ((cqe.flags & TORUS_CQE_F_MORE) == 0) {
            waits[cqe.user_data % TRACKED] = 0;
            waiting--;
            ended++;
        }
    }
}

/* Accepted connections are nobody's here: close all numbers that are not in use elsewhere. */
static void close_accepted(void) {
    for (int fd = 0; fd < 512; fd++) {
        bool used = fd == listener;
        for (int i = 0; i < OWNED; i++) {
            used |= fd == owned[i];
        }
        if (!used) {
            torus_close(d.backend, fd);
        }
    }
}

static void one_step(void) {
    uint64_t what = roll(100);
    if (what < 70) {
        if (waiting < TRACKED / 2) {
            submit_one();
        }
    } else if (what < 80) {
        peer_acts();
    } else if (what < 90) {
        overwrite_buffer_ring((unsigned)roll(GROUPS));
    } else if (what < 93) {
        replace_region((unsigned)roll(REGIONS));
    } else if (what < 96) {
        replace_socket((unsigned)roll(OWNED));
    } else if (what == 99) {
        close_accepted();
    }
    if (d.tail - d.published == d.layout.sq_entries || chance(10)) {
        driver_enter(&d, chance(20) ? 1 : 0, (int64_t)roll(50000));
        if (chance(70)) {
            take_all();
        }
    }
}

/* Cancels what is old, so that the window of tracked numbers never closes over one that still waits. */
static void cancel_old(void) {
    for (uint64_t id = next_id < TRACKED ? 1 : next_id - TRACKED + 1; id < next_id; id++) {
        if (waits[id % TRACKED]) {
            driver_cancel(&d, id, track());
            driver_enter(&d, 0, 0);
            take_all();
            if (waiting == 0) {
                break;
            }
        }
    }
    driver_enter(&d, 0, 0);
    take_all();
}

static void end_everything(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t deadline = now.tv_sec + 60;
    while (waiting > 0) {
        cancel_old();
        clock_gettime(CLOCK_MONOTONIC, &now);
        CHECK(now.tv_sec < deadline);
    }
}

int main(int argc, char **argv) {
    CHECK_EQUAL(4, argc);
    uint64_t seed = strtoull(argv[2], NULL, 10);
    int64_t seconds = strtoll(argv[3], NULL, 10);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seed == 0) {
        seed = (uint64_t)now.tv_nsec + 1;
    }
    printf("seed %" PRIu64 "\n", seed);
    fflush(stdout);
    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    int64_t end = now.tv_sec + seconds;
    driver_open(&d, argv[1], 64, 128);
    listener = driver_listen(&d, &port);
    scratch = driver_memory(&d, 4096);
    for (unsigned i = 0; i < REGIONS; i++) {
        replace_region(i);
    }
    for (unsigned i = 0; i < GROUPS; i++) {
        rings[i] = driver_memory(&d, GROUP_ENTRIES * sizeof(struct torus_buf));
        uint64_t ring = (uint64_t)(uintptr_t)rings[i];
        CHECK_EQUAL(0, d.backend->ops->register_buffers(d.backend, i, ring, GROUP_ENTRIES));
    }
    for (unsigned i = 0; i < OWNED; i++) {
        owned[i] = peers[i] = -1;
        replace_socket(i);
    }
    do {
        for (int i = 0; i < 5000; i++) {
            one_step();
            if (next_id % (TRACKED / 4) == 0) {
                end_everything();
                close_accepted();
            }
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end);
    end_everything();
    driver_expect_nothing(&d);
    printf("%" PRIu64 " entries, each ended once\n", ended);
    driver_close(&d);
    return 0;
}
