/* control_test BACKEND: sockets beside the ring, and files. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver.h"

static struct driver d;

static void sockets(void) {
    struct torus_backend *b = d.backend;
    CHECK_EQUAL(-EAFNOSUPPORT, torus_socket(b, 250, TORUS_SOCK_STREAM, 0));
    int fd = torus_socket(b, TORUS_AF_INET, TORUS_SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(b->ops->nonblocking, (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    int value = -7;
    CHECK_EQUAL(0, torus_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
    CHECK_EQUAL(0, torus_get_option(fd, SOL_SOCKET, SO_REUSEADDR, &value));
    CHECK_EQUAL(1, value);
    CHECK_EQUAL(0, torus_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1));
    CHECK_EQUAL(0, torus_get_option(fd, IPPROTO_TCP, TCP_NODELAY, &value));
    CHECK_EQUAL(1, value);
    CHECK_EQUAL(0, torus_get_option(fd, SOL_SOCKET, SO_LINGER, &value));
    CHECK_EQUAL(-1, value);
    CHECK_EQUAL(0, torus_set_option(fd, SOL_SOCKET, SO_LINGER, 5));
    CHECK_EQUAL(0, torus_get_option(fd, SOL_SOCKET, SO_LINGER, &value));
    CHECK_EQUAL(5, value);
    CHECK_EQUAL(0, torus_set_option(fd, SOL_SOCKET, SO_LINGER, -1));
    CHECK_EQUAL(0, torus_get_option(fd, SOL_SOCKET, SO_LINGER, &value));
    CHECK_EQUAL(-1, value);
    CHECK_EQUAL(-ENOPROTOOPT, torus_set_option(fd, SOL_SOCKET, 9999, 1));
    struct sockaddr_storage address;
    CHECK_EQUAL(-ENOTCONN, torus_peer_address(fd, &address));
    CHECK_EQUAL(0, torus_close(b, fd));
    CHECK_EQUAL(-EBADF, torus_listen(fd, 1));
    if (b->ops->nonblocking) { /* io_uring leaves it to the kernel */
        CHECK_EQUAL(-EBADF, torus_close(b, fd));
        CHECK_EQUAL(-EBADF, torus_close(b, 0)); /* open, but not ours */
    }
    CHECK_EQUAL(-EBADF, torus_close(b, -1));
}

static void groups(void) {
    struct torus_backend *b = d.backend;
    int fd = torus_socket(b, TORUS_AF_INET, TORUS_SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    struct sockaddr_in group = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr("239.255.77.2")};
    if (getenv("TORUS_EMULATED_BY_QEMU") != NULL) {
        /* qemu-user 7.2 does not pass these options on (linux-user/syscall.c, do_setsockopt). */
        CHECK_EQUAL(-ENOPROTOOPT, torus_set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, 1));
        CHECK_EQUAL(-ENOPROTOOPT, torus_membership(fd, &group, sizeof group, 1, true));
        CHECK_EQUAL(0, torus_close(b, fd));
        return;
    }
    CHECK_EQUAL(0, torus_set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, 1));
    CHECK_EQUAL(-ENODEV, torus_membership(fd, &group, sizeof group, 1 << 20, true));
    CHECK_EQUAL(-EADDRNOTAVAIL, torus_membership(fd, &group, sizeof group, 1, false));
    CHECK_EQUAL(0, torus_membership(fd, &group, sizeof group, 1, true));
    CHECK_EQUAL(-EADDRINUSE, torus_membership(fd, &group, sizeof group, 1, true));
    CHECK_EQUAL(0, torus_membership(fd, &group, sizeof group, 1, false));
    CHECK_EQUAL(-EINVAL, torus_membership(fd, &group, 4096, 1, true));
    group.sin_addr.s_addr = inet_addr("127.0.0.1");
    CHECK_EQUAL(-EINVAL, torus_membership(fd, &group, sizeof group, 1, true));
    CHECK_EQUAL(0, torus_close(b, fd));
}

static void adopting(void) {
    int pair[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    CHECK_EQUAL(-EBADF, torus_adopt(d.backend, -1));
    CHECK_EQUAL(-EBADF, torus_adopt(d.backend, 1 << 20));
    CHECK_EQUAL(pair[0], torus_adopt(d.backend, pair[0]));
    if (d.backend->ops->nonblocking) {
        CHECK_EQUAL(-EEXIST, torus_adopt(d.backend, pair[0]));
        CHECK((fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0);
    }
    unsigned char *memory = driver_memory(&d, 64);
    driver_recv(&d, pair[0], memory, 64, 1);
    CHECK_EQUAL(5, send(pair[1], "hello", 5, 0));
    driver_expect(&d, 1, 5, 0);
    CHECK_EQUAL(0, torus_close(d.backend, pair[0]));
    close(pair[1]);
}

/* Beside the ring, until the system takes no more. */
static void sending_now(void) {
    int pair[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
    unsigned char *memory = driver_memory(&d, 4096);
    memcpy(memory, "hello", 5);
    CHECK_EQUAL(5, torus_send_now(pair[0], (uint64_t)(uintptr_t)memory, 5));
    char got[8];
    CHECK_EQUAL(5, read(pair[1], got, sizeof got));
    CHECK_EQUAL(0, memcmp("hello", got, 5));
    int result;
    while ((result = torus_send_now(pair[0], (uint64_t)(uintptr_t)memory, 4096)) > 0) {
    }
    CHECK_EQUAL(-EAGAIN, result);
    CHECK_EQUAL(-EINVAL, torus_shutdown_now(pair[0], 3));
    CHECK_EQUAL(0, torus_shutdown_now(pair[0], TORUS_SHUT_WR));
    CHECK_EQUAL(-EPIPE, torus_send_now(pair[0], (uint64_t)(uintptr_t)memory, 5));
    close(pair[0]);
    close(pair[1]);
    CHECK_EQUAL(-EBADF, torus_send_now(-1, (uint64_t)(uintptr_t)memory, 5));
    CHECK_EQUAL(-EBADF, torus_shutdown_now(-1, TORUS_SHUT_WR));
}

/* A path of sun_path's full length has no 0 at its end. */
static void local_addresses(const char *folder) {
    struct sockaddr_un name = {.sun_family = AF_UNIX}, found;
    CHECK(snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", folder) < (int)sizeof name.sun_path);
    uint32_t length = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name.sun_path) + 1);
    int fd = torus_socket(d.backend, TORUS_AF_UNIX, TORUS_SOCK_STREAM, 0);
    CHECK_EQUAL(0, torus_bind(fd, &name, length));
    unsigned char address[TORUS_SOCKADDR_BYTES];
    CHECK_EQUAL(length, torus_local_address(fd, address));
    memcpy(&found, address, sizeof found);
    CHECK(strcmp(name.sun_path, found.sun_path) == 0);
    CHECK_EQUAL(0, torus_close(d.backend, fd));
    CHECK_EQUAL(0, torus_file_unlink(name.sun_path));
}

struct names {
    int count;
    bool file, folder;
};

static int collect(void *context, const char *name, size_t length) {
    struct names *names = context;
    CHECK_EQUAL(strlen(name), length);
    names->count++;
    names->file |= strcmp(name, "file") == 0;
    names->folder |= strcmp(name, "folder") == 0;
    return 0;
}

static int stop(void *context, const char *name, size_t length) {
    (void)context, (void)name, (void)length;
    return -EOVERFLOW;
}

static void folders(const char *folder) {
    char file[256], inner[256], other[256];
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(inner, sizeof inner, "%s/folder", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    CHECK_EQUAL(0, torus_file_mkdir(inner, 0700));
    CHECK_EQUAL(-EEXIST, torus_file_mkdir(inner, 0700));
    struct names names = {0};
    CHECK_EQUAL(0, torus_file_list(folder, collect, &names));
    CHECK_EQUAL(2, names.count);
    CHECK(names.file && names.folder);
    CHECK_EQUAL(-EOVERFLOW, torus_file_list(folder, stop, NULL));
    CHECK_EQUAL(-ENOENT, torus_file_list(other, collect, &names));
    CHECK_EQUAL(-ENOTDIR, torus_file_list(file, collect, &names));
    CHECK_EQUAL(0, torus_file_rename(file, other));
    CHECK_EQUAL(-ENOENT, torus_file_unlink(file));
    CHECK_EQUAL(0, symlink(other, file));
    int64_t status[TORUS_STAT_FIELDS];
    CHECK_EQUAL(0, torus_file_stat(file, true, status));
    CHECK(S_ISREG(status[TORUS_STAT_MODE]));
    CHECK_EQUAL(0, torus_file_stat(file, false, status));
    CHECK(S_ISLNK(status[TORUS_STAT_MODE]));
    CHECK_EQUAL(0, torus_file_unlink(file));
    CHECK_EQUAL(0, torus_file_unlink(other));
    CHECK_EQUAL(-ENOTDIR, torus_file_rmdir("/dev/null"));
    CHECK_EQUAL(0, torus_file_rmdir(inner));
}

static void files(const char *folder) {
    char path[256];
    char memory[16];
    uint64_t address = (uint64_t)(uintptr_t)memory;
    int64_t status[TORUS_STAT_FIELDS];
    snprintf(path, sizeof path, "%s/file", folder);
    CHECK_EQUAL(-ENOENT, torus_file_open(d.backend, path, 0, 0));
    CHECK_EQUAL(-EINVAL, torus_file_open(d.backend, path, 3, 0));
    CHECK_EQUAL(-EINVAL, torus_file_open(d.backend, path, 0x10000000, 0));
    int fd = torus_file_open(d.backend, path, 2 | 0x40 | 0x80, 0640);
    CHECK(fd >= 0);
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(-EEXIST, torus_file_open(d.backend, path, 2 | 0x40 | 0x80, 0640));
    memcpy(memory, "0123456789", 10);
    CHECK_EQUAL(10, torus_file_write(d.backend, fd, address, 10, -1));
    CHECK_EQUAL(4, torus_file_write(d.backend, fd, address, 4, 8));
    CHECK_EQUAL(0, torus_file_sync(fd, true));
    CHECK_EQUAL(0, torus_file_sync(fd, false));
    CHECK_EQUAL(12, torus_file_read(d.backend, fd, address, 16, 0));
    CHECK(memcmp(memory, "012345670123", 12) == 0);
    CHECK_EQUAL(2, torus_file_read(d.backend, fd, address, 16, -1)); /* at the file's own position */
    CHECK_EQUAL(0, torus_file_read(d.backend, fd, address, 16, -1));
    CHECK_EQUAL(0, torus_file_truncate(fd, 5));
    CHECK_EQUAL(0, torus_file_fstat(fd, status));
    CHECK_EQUAL(5, status[TORUS_STAT_SIZE]);
    CHECK_EQUAL(0640, status[TORUS_STAT_MODE] & 0777);
    CHECK_EQUAL(1, status[TORUS_STAT_LINKS]);
    CHECK(status[TORUS_STAT_MTIME] > INT64_C(1600000000) * DRIVER_SECOND);
    CHECK_EQUAL(0, torus_file_close(d.backend, fd));
    if (d.backend->ops->nonblocking) {
        CHECK_EQUAL(-EBADF, torus_file_close(d.backend, fd));
    }
    CHECK_EQUAL(-EBADF, torus_file_read(d.backend, fd, address, 1, 0));
    fd = torus_file_open(d.backend, path, 1 | 0x400, 0);
    CHECK_EQUAL(2, torus_file_write(d.backend, fd, address, 2, -1));
    CHECK_EQUAL(0, torus_file_fstat(fd, status));
    CHECK_EQUAL(7, status[TORUS_STAT_SIZE]);
    driver_entry(&d, TORUS_OP_CLOSE, fd, 5); /* files may be closed by the ring too */
    driver_expect(&d, 5, 0, 0);
    CHECK_EQUAL(-EBADF, torus_file_fstat(fd, status));
}

int main(int argc, char **argv) {
    CHECK_EQUAL(2, argc);
    umask(0);
    const char *temporary = getenv("TMPDIR");
    char folder[100];
    snprintf(folder, sizeof folder, "%s/torus-control-XXXXXX", temporary == NULL ? "/tmp" : temporary);
    CHECK(mkdtemp(folder) != NULL);
    driver_open(&d, argv[1], 16, 64);
    sockets();
    groups();
    adopting();
    sending_now();
    local_addresses(folder);
    files(folder);
    folders(folder);
    driver_close(&d);
    CHECK_EQUAL(0, rmdir(folder));
    return 0;
}
