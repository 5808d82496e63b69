/* Windows: what a port makes harder than a poller: numbers used again at once, closing under a call, packets of
 * warnings. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <string.h>

#include "driver.h"
#include "torus/errno.h"

#define FLAG_CREATE 0x40
#define FLAG_READ_WRITE 2
#define ROUNDS 200

static uint64_t address(const void *memory) {
    return (uint64_t)(uintptr_t)memory;
}

static void poll_in(struct driver *driver, int fd, uint64_t user_data) {
    driver_entry(driver, TORUS_OP_POLL_ADD, fd, user_data)->op_flags = TORUS_POLLIN;
}

/* Each of `first` to `last` ends once, in any order, with -ECANCELED. */
static void expect_all_cancelled(struct driver *driver, uint64_t first, uint64_t last) {
    uint64_t seen = 0;
    for (uint64_t i = first; i <= last; i++) {
        struct torus_cqe cqe = driver_next(driver);
        CHECK(cqe.user_data >= first && cqe.user_data <= last && (seen >> cqe.user_data & 1) == 0);
        CHECK_EQUAL(-TORUS_ECANCELED, cqe.res);
        seen |= UINT64_C(1) << cqe.user_data;
    }
    driver_expect_nothing(driver);
}

/* --- numbers that are used again ---------------------------------------------------------------------------------- */

struct churn {
    struct torus_backend *backend;
    char path[MAX_PATH];
    volatile LONG stop;
    LONG opened;
};

static DWORD WINAPI churn__run(void *context) {
    struct churn *churn = context;
    while (InterlockedCompareExchange(&churn->stop, 0, 0) == 0) {
        int fd = torus_file_open(churn->backend, churn->path, FLAG_READ_WRITE | FLAG_CREATE, 0600);
        CHECK(fd >= 0);
        CHECK_EQUAL(0, torus_file_close(churn->backend, fd));
        InterlockedIncrement(&churn->opened);
    }
    return 0;
}

/* Connections are closed under their operations while a thread opens and closes files: it gets their numbers. */
static void numbers(struct driver *driver) {
    struct churn churn = {.backend = driver->backend};
    char folder[MAX_PATH - 32];
    CHECK(GetTempPathA(sizeof folder, folder) > 0);
    snprintf(churn.path, sizeof churn.path, "%storus-churn-%lu", folder, GetCurrentProcessId());
    HANDLE thread = CreateThread(NULL, 0, churn__run, &churn, 0, NULL);
    CHECK(thread != NULL);
    char *memory = driver_memory(driver, 64);
    for (int round = 0; round < ROUNDS; round++) {
        int owned;
        int peer;
        driver_pair(driver, &owned, &peer);
        driver_recv(driver, owned, memory, 8, 2);
        poll_in(driver, owned, 3);
        driver_expect_nothing(driver);
        if (round % 2 == 0) {
            CHECK_EQUAL(0, torus_close(driver->backend, owned));
            expect_all_cancelled(driver, 2, 3);
        } else {
            driver_cancel(driver, 2, 4);
            driver_expect(driver, 2, -TORUS_ECANCELED, 0);
            driver_expect(driver, 4, 0, 0);
            driver_cancel(driver, 3, 4);
            driver_expect(driver, 3, -TORUS_ECANCELED, 0);
            driver_expect(driver, 4, 0, 0);
            driver_entry(driver, TORUS_OP_CLOSE, owned, 5);
            driver_expect(driver, 5, 0, 0);
        }
        CHECK_EQUAL(-TORUS_EBADF, torus_close(driver->backend, owned) == 0 ? 0 : -TORUS_EBADF);
        closesocket((SOCKET)peer);
    }
    InterlockedExchange(&churn.stop, 1);
    CHECK_EQUAL(WAIT_OBJECT_0, WaitForSingleObject(thread, INFINITE));
    CloseHandle(thread);
    CHECK(churn.opened > 0);
    CHECK_EQUAL(0, torus_file_unlink(churn.path));
}

/* --- accepting ---------------------------------------------------------------------------------------------------- */

/* More connections than calls are posted, before and after arming; then the end, by cancelling and by closing. */
static void accepting(struct driver *driver) {
    for (int round = 0; round < 20; round++) {
        uint16_t port;
        int peers[30];
        int accepted = 0;
        int listener = driver_listen(driver, &port);
        for (int i = 0; i < 30; i++) {
            peers[i] = i < 15 ? driver_dial(port) : -1;
        }
        driver_accept(driver, listener, true, 1);
        for (int i = 15; i < 30; i++) {
            peers[i] = driver_dial(port);
        }
        while (accepted < 30) {
            struct torus_cqe cqe = driver_next(driver);
            CHECK_EQUAL(1, cqe.user_data);
            CHECK(cqe.res > 0 && (cqe.flags & TORUS_CQE_F_MORE) != 0);
            CHECK_EQUAL(0, torus_close(driver->backend, cqe.res));
            accepted++;
        }
        if (round % 2 == 0) {
            driver_cancel(driver, 1, 2);
            driver_expect(driver, 1, -TORUS_ECANCELED, 0);
            driver_expect(driver, 2, 0, 0);
            CHECK_EQUAL(0, torus_close(driver->backend, listener));
        } else {
            CHECK_EQUAL(0, torus_close(driver->backend, listener));
            driver_expect(driver, 1, -TORUS_ECANCELED, 0);
        }
        driver_expect_nothing(driver);
        for (int i = 0; i < 30; i++) {
            closesocket((SOCKET)peers[i]);
        }
    }
}

/* --- datagrams ---------------------------------------------------------------------------------------------------- */

static int datagram_socket(struct driver *driver, struct sockaddr_in *bound) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage address_of;
    int fd = torus_socket(driver->backend, TORUS_AF_INET, TORUS_SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(0, torus_bind(fd, &any, sizeof any));
    CHECK_EQUAL(sizeof any, torus_local_address(fd, &address_of));
    memcpy(bound, &address_of, sizeof *bound);
    return fd;
}

/* One that is cut off is a warning, whose packet comes once whether it waited or not; waiting for one with provided
 * buffers takes none away. */
static void datagrams(struct driver *driver) {
    struct sockaddr_in to;
    int fd = datagram_socket(driver, &to);
    SOCKET peer = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(peer != INVALID_SOCKET);
    char *memory = driver_memory(driver, 256);
    struct torus_msghdr *header = (struct torus_msghdr *)(void *)memory;
    struct torus_iovec *part = (struct torus_iovec *)(void *)(memory + 64);
    const struct sockaddr *where = (const struct sockaddr *)&to;
    for (int round = 0; round < ROUNDS; round++) {
        *part = (struct torus_iovec){.base = address(memory + 128), .len = 4};
        *header = (struct torus_msghdr){.iov = address(part), .iovlen = 1};
        struct torus_sqe *entry;
        if (round % 2 == 0) {
            CHECK_EQUAL(10, sendto(peer, "0123456789", 10, 0, where, sizeof to));
        }
        entry = driver_entry(driver, TORUS_OP_RECVMSG, fd, 1);
        entry->addr = address(header);
        entry->len = 1;
        if (round % 2 != 0) {
            driver_expect_nothing(driver);
            CHECK_EQUAL(10, sendto(peer, "0123456789", 10, 0, where, sizeof to));
        }
        driver_expect(driver, 1, 4, 0);
        CHECK((header->flags & TORUS_MSG_TRUNC) != 0);
        driver_expect_nothing(driver);
    }
    struct driver_group group;
    driver_group_open(driver, &group, 1, 4, 64);
    for (int round = 0; round < ROUNDS; round++) {
        driver_recv_group(driver, fd, 1, false, 2);
        driver_expect_nothing(driver);
        CHECK_EQUAL(3, sendto(peer, "abc", 3, 0, where, sizeof to));
        struct torus_cqe cqe = driver_next(driver);
        CHECK_EQUAL(2, cqe.user_data);
        CHECK_EQUAL(3, cqe.res);
        CHECK((cqe.flags & TORUS_CQE_F_BUFFER) != 0);
        driver_group_give(&group, (uint16_t)(cqe.flags >> TORUS_CQE_BUFFER_SHIFT));
    }
    CHECK_EQUAL(0, driver->backend->ops->unregister_buffers(driver->backend, 1));
    CHECK_EQUAL(0, torus_close(driver->backend, fd));
    closesocket(peer);
}

/* --- Unix domain sockets ------------------------------------------------------------------------------------------ */

struct unix_address {
    uint16_t family;
    char path[108];
};

/* Windows has them since 10, Wine 8 has not and says so. */
static void unix_domain(struct driver *driver) {
    int listener = torus_socket(driver->backend, TORUS_AF_UNIX, TORUS_SOCK_STREAM, 0);
    if (GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL && listener < 0) {
        CHECK_EQUAL(-TORUS_EAFNOSUPPORT, listener);
        return;
    }
    CHECK(listener >= 0);
    struct unix_address *where = driver_memory(driver, sizeof *where);
    char *memory = driver_memory(driver, 64);
    char folder[64];
    CHECK(GetTempPathA(sizeof folder, folder) > 0);
    where->family = TORUS_AF_UNIX;
    snprintf(where->path, sizeof where->path, "%storus-%lu", folder, GetCurrentProcessId());
    int client = torus_socket(driver->backend, TORUS_AF_UNIX, TORUS_SOCK_STREAM, 0);
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_CONNECT, client, 1);
    entry->addr = address(where);
    entry->off = sizeof *where;
    driver_expect(driver, 1, -TORUS_ENOENT, 0);
    CHECK_EQUAL(0, torus_bind(listener, where, sizeof *where));
    CHECK_EQUAL(0, torus_listen(listener, 4));
    driver_accept(driver, listener, false, 2);
    driver_expect_nothing(driver);
    entry = driver_entry(driver, TORUS_OP_CONNECT, client, 3);
    entry->addr = address(where);
    entry->off = sizeof *where;
    int accepted = -1;
    for (int i = 0; i < 2; i++) {
        struct torus_cqe cqe = driver_next(driver);
        CHECK(cqe.res >= 0);
        accepted = cqe.user_data == 2 ? cqe.res : accepted;
    }
    driver_send(driver, client, memcpy(memory, "over", 4), 4, 4);
    driver_expect(driver, 4, 4, 0);
    driver_recv(driver, accepted, memory + 32, 8, 5);
    driver_expect(driver, 5, 4, 0);
    CHECK(memcmp(memory + 32, "over", 4) == 0);
    CHECK_EQUAL(0, torus_close(driver->backend, client));
    driver_recv(driver, accepted, memory + 32, 8, 6);
    driver_expect(driver, 6, 0, 0);
    CHECK_EQUAL(0, torus_close(driver->backend, accepted));
    CHECK_EQUAL(0, torus_close(driver->backend, listener));
    CHECK_EQUAL(0, torus_file_unlink(where->path));
}

/* --- the port ----------------------------------------------------------------------------------------------------- */

/* Any number of wake-ups before the port is asked is one packet; none is lost. */
static void wakeups(struct driver *driver) {
    const struct torus_backend_ops *ops = driver->backend->ops;
    uint64_t before = ops->counter(driver->backend, TORUS_COUNT_WAKEUPS);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 10; i++) {
            ops->wakeup(driver->backend);
        }
        driver_enter(driver, 1, DRIVER_PATIENCE);
    }
    CHECK_EQUAL(ROUNDS, ops->counter(driver->backend, TORUS_COUNT_WAKEUPS) - before);
}

/* A ring that is closed under its calls waits for them: their memory can be freed afterwards. */
static void closing(void) {
    for (int round = 0; round < 20; round++) {
        struct driver driver;
        uint16_t port;
        int owned[4];
        int peers[4];
        driver_open(&driver, "iocp", 64, 256);
        int listener = driver_listen(&driver, &port);
        char *memory = driver_memory(&driver, 4096);
        for (int i = 0; i < 4; i++) {
            driver_pair(&driver, &owned[i], &peers[i]);
            driver_recv(&driver, owned[i], memory + 64 * i, 64, 10);
            poll_in(&driver, owned[i], 11);
        }
        driver_accept(&driver, listener, round % 2 == 0, 12);
        driver_expect_nothing(&driver);
        driver_close(&driver);
        for (int i = 0; i < 4; i++) {
            closesocket((SOCKET)peers[i]);
            closesocket((SOCKET)owned[i]);
        }
        closesocket((SOCKET)listener);
    }
}

int main(void) {
    struct driver driver;
    driver_open(&driver, "iocp", 64, 256);
    numbers(&driver);
    accepting(&driver);
    datagrams(&driver);
    unix_domain(&driver);
    wakeups(&driver);
    driver_close(&driver);
    closing();
    return 0;
}
