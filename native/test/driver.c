#include "driver.h"

#if defined(_WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
#include <malloc.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif
#include <string.h>
#include <time.h>

#define PAGE 4096u

/* Memory on a page of its own. */
static void *driver__allocate(size_t bytes) {
#if defined(_WIN32)
    void *memory = _aligned_malloc(bytes, PAGE);
    CHECK(memory != NULL);
#else
    void *memory = NULL;
    CHECK_EQUAL(0, posix_memalign(&memory, PAGE, bytes));
#endif
    return memory;
}

static void driver__free(void *memory) {
#if defined(_WIN32)
    _aligned_free(memory);
#else
    free(memory);
#endif
}

void driver_open(struct driver *driver, const char *backend, uint32_t sq_entries, uint32_t cq_entries) {
    char reason[256] = "";
    const struct torus_backend_ops *ops = torus_backend_named(backend);
    CHECK(ops != NULL);
    if (ops->available(reason, sizeof reason) < 0) {
        printf("skipped: no %s here: %s\n", backend, reason);
        exit(0);
    }
    struct torus_config config = {sq_entries, cq_entries};
    memset(driver, 0, sizeof *driver);
    CHECK_EQUAL(0, ops->open(&config, &driver->backend, reason, sizeof reason));
    ops->layout(driver->backend, &driver->layout);
    unsigned char *sq = driver->layout.sq_ring;
    unsigned char *cq = driver->layout.cq_ring;
    CHECK_EQUAL(-1, driver->layout.sq_array);
    driver->sq_head = (_Atomic uint32_t *)(void *)(sq + driver->layout.sq_head);
    driver->sq_tail = (_Atomic uint32_t *)(void *)(sq + driver->layout.sq_tail);
    driver->cq_head = (_Atomic uint32_t *)(void *)(cq + driver->layout.cq_head);
    driver->cq_tail = (_Atomic uint32_t *)(void *)(cq + driver->layout.cq_tail);
    driver->completions = (struct torus_cqe *)(void *)(cq + driver->layout.cq_entries_offset);
    CHECK_EQUAL(0, ops->enable(driver->backend));
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_NOP, 0, 0);
    if (ops->arm_wakeup(driver->backend, entry) == 0) {
        driver->tail--;
    }
    driver_enter(driver, 0, 0);
}

void driver_close(struct driver *driver) {
    driver->backend->ops->close(driver->backend);
    driver->backend = NULL;
    while (driver->memories > 0) {
        driver__free(driver->memory[--driver->memories]);
    }
}

struct torus_sqe *driver_entry(struct driver *driver, uint8_t opcode, int fd, uint64_t user_data) {
    uint32_t head = atomic_load_explicit(driver->sq_head, memory_order_acquire);
    CHECK(driver->tail - head < driver->layout.sq_entries);
    struct torus_sqe *entry = &driver->layout.entries[driver->tail++ & (driver->layout.sq_entries - 1)];
    memset(entry, 0, sizeof *entry);
    entry->opcode = opcode;
    entry->fd = fd;
    entry->user_data = user_data;
    return entry;
}

void driver_enter(struct driver *driver, uint32_t min_complete, int64_t timeout_ns) {
    struct torus_backend *backend = driver->backend;
    atomic_store_explicit(driver->sq_tail, driver->tail, memory_order_release);
    do {
        uint32_t waiting = driver->tail - driver->published;
        int consumed = backend->ops->enter(backend, waiting, min_complete, timeout_ns);
        CHECK(consumed >= 0);
        CHECK((uint32_t)consumed <= waiting);
        driver->published += (uint32_t)consumed;
    } while (driver->published != driver->tail);
}

bool driver_take(struct driver *driver, struct torus_cqe *out) {
    uint32_t head = atomic_load_explicit(driver->cq_head, memory_order_relaxed);
    if (atomic_load_explicit(driver->cq_tail, memory_order_acquire) == head) {
        return false;
    }
    *out = driver->completions[head & (driver->layout.cq_entries - 1)];
    atomic_store_explicit(driver->cq_head, head + 1, memory_order_release);
    return true;
}

static int64_t driver__now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * DRIVER_SECOND + now.tv_nsec;
}

struct torus_cqe driver_next(struct driver *driver) {
    struct torus_cqe cqe;
    int64_t deadline = driver__now() + DRIVER_PATIENCE;
    for (;;) {
        while (driver_take(driver, &cqe)) {
            if (cqe.user_data != TORUS_USER_DATA_WAKE) {
                return cqe;
            }
        }
        CHECK(driver__now() < deadline);
        driver_enter(driver, 1, DRIVER_SECOND);
    }
}

void driver_expect(struct driver *driver, uint64_t user_data, int32_t res, uint32_t flags) {
    struct torus_cqe cqe = driver_next(driver);
    CHECK_EQUAL(user_data, cqe.user_data);
    CHECK_EQUAL(res, cqe.res);
    /* Only io_uring tells whether more is there. */
    CHECK_EQUAL(flags, cqe.flags & ~TORUS_CQE_F_SOCK_NONEMPTY);
}

void driver_expect_nothing(struct driver *driver) {
    struct torus_cqe cqe;
    driver_enter(driver, 0, 0);
    driver_enter(driver, 0, 0);
    while (driver_take(driver, &cqe)) {
        CHECK_EQUAL(TORUS_USER_DATA_WAKE, cqe.user_data);
    }
}

void *driver_memory(struct driver *driver, size_t bytes) {
    bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    void *memory = driver__allocate(bytes);
    memset(memory, 0, bytes);
    CHECK(driver->memories < DRIVER_MEMORIES);
    driver->memory[driver->memories++] = memory;
    CHECK_EQUAL(0, driver->backend->ops->register_region(driver->backend, (uint64_t)(uintptr_t)memory, bytes));
    return memory;
}

void driver_group_open(struct driver *driver, struct driver_group *group, uint16_t number, uint32_t buffers,
                       uint32_t bytes) {
    *group = (struct driver_group){.buffers = buffers, .bytes = bytes, .number = number};
    group->ring = driver_memory(driver, buffers * sizeof(struct torus_buf));
    group->memory = driver_memory(driver, (size_t)buffers * bytes);
    uint64_t ring = (uint64_t)(uintptr_t)group->ring;
    CHECK_EQUAL(0, driver->backend->ops->register_buffers(driver->backend, number, ring, buffers));
    for (uint32_t i = 0; i < buffers; i++) {
        driver_group_give(group, (uint16_t)i);
    }
}

unsigned char *driver_group_buffer(struct driver_group *group, uint16_t id) {
    return group->memory + (size_t)id * group->bytes;
}

void driver_group_give(struct driver_group *group, uint16_t id) {
    struct torus_buf *slot = &group->ring[group->tail & (group->buffers - 1)];
    slot->addr = (uint64_t)(uintptr_t)driver_group_buffer(group, id);
    slot->len = group->bytes;
    slot->bid = id;
    __atomic_store_n(&group->ring[0].tail, ++group->tail, __ATOMIC_RELEASE);
}

void driver_recv(struct driver *driver, int fd, void *memory, uint32_t bytes, uint64_t user_data) {
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_RECV, fd, user_data);
    entry->addr = (uint64_t)(uintptr_t)memory;
    entry->len = bytes;
}

void driver_recv_group(struct driver *driver, int fd, uint16_t group, bool multishot, uint64_t user_data) {
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_RECV, fd, user_data);
    entry->flags = TORUS_SQE_BUFFER_SELECT;
    entry->ioprio = multishot ? TORUS_RECV_MULTISHOT : 0;
    entry->buf_group = group;
}

void driver_send(struct driver *driver, int fd, const void *memory, uint32_t bytes, uint64_t user_data) {
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_SEND, fd, user_data);
    entry->addr = (uint64_t)(uintptr_t)memory;
    entry->len = bytes;
    entry->op_flags = TORUS_MSG_WAITALL | TORUS_MSG_NOSIGNAL;
}

void driver_accept(struct driver *driver, int fd, bool multishot, uint64_t user_data) {
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_ACCEPT, fd, user_data);
    entry->ioprio = multishot ? TORUS_ACCEPT_MULTISHOT : 0;
    entry->op_flags = TORUS_SOCK_CLOEXEC;
}

void driver_cancel(struct driver *driver, uint64_t target, uint64_t user_data) {
    driver_entry(driver, TORUS_OP_ASYNC_CANCEL, -1, user_data)->addr = target;
}

int driver_listen(struct driver *driver, uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = torus_socket(driver->backend, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(0, torus_bind(fd, &address, sizeof address));
    CHECK_EQUAL(0, torus_listen(fd, 1024));
    struct sockaddr_storage bound;
    CHECK_EQUAL(sizeof address, torus_local_address(fd, &bound));
    *port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
    return fd;
}

int driver_dial(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = (int)socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(0, connect(fd, (struct sockaddr *)&address, sizeof address));
    int on = 1;
    CHECK_EQUAL(0, setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on));
    return fd;
}

void driver_pair(struct driver *driver, int *owned, int *peer) {
    uint16_t port;
    int listener = driver_listen(driver, &port);
    *peer = driver_dial(port);
    driver_accept(driver, listener, false, 1);
    struct torus_cqe cqe = driver_next(driver);
    CHECK(cqe.res >= 0);
    *owned = cqe.res;
    CHECK_EQUAL(0, torus_close(driver->backend, listener));
}
