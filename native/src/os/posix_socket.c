/* The control plane of sockets on Linux: socket(2), bind(2), listen(2), setsockopt(2) and so on. */
#define _GNU_SOURCE
#include "torus/os.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKADDR_BYTES 128

int torus_socket(int family, int type, int protocol, int nonblocking) {
    int flags = SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
    int fd = socket(family, type | flags, protocol);
    return fd < 0 ? -errno : fd;
}

/* A copy, because the bytes need not be aligned for a sockaddr. */
int torus_bind(int fd, const uint8_t *sockaddr, size_t bytes) {
    struct sockaddr_storage address;
    if (bytes > sizeof address) {
        return -EINVAL;
    }
    memset(&address, 0, sizeof address);
    memcpy(&address, sockaddr, bytes);
    return bind(fd, (const struct sockaddr *)&address, (socklen_t)bytes) < 0 ? -errno : 0;
}

int torus_listen(int fd, int backlog) {
    return listen(fd, backlog) < 0 ? -errno : 0;
}

int torus_set_option(int fd, int level, int name, int value) {
    if (level == SOL_SOCKET && name == SO_LINGER) {
        struct linger linger = {.l_onoff = value >= 0, .l_linger = value >= 0 ? value : 0};
        return setsockopt(fd, level, name, &linger, sizeof linger) < 0 ? -errno : 0;
    }
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

int torus_get_option(int fd, int level, int name, int32_t *value) {
    struct linger linger = {0, 0};
    int is_linger = level == SOL_SOCKET && name == SO_LINGER;
    int number = 0;
    socklen_t bytes = is_linger ? sizeof linger : sizeof number;
    if (getsockopt(fd, level, name, is_linger ? (void *)&linger : (void *)&number, &bytes) < 0) {
        return -errno;
    }
    *value = is_linger ? (linger.l_onoff ? linger.l_linger : -1) : number;
    return 0;
}

int torus_local_address(int fd, uint8_t *sockaddr) {
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &bytes) < 0) {
        return -errno;
    }
    memcpy(sockaddr, &address, bytes < SOCKADDR_BYTES ? bytes : SOCKADDR_BYTES);
    return (int)bytes;
}

int torus_peer_address(int fd, uint8_t *sockaddr) {
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &bytes) < 0) {
        return -errno;
    }
    memcpy(sockaddr, &address, bytes < SOCKADDR_BYTES ? bytes : SOCKADDR_BYTES);
    return (int)bytes;
}

int torus_adopt(int fd, int nonblocking) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) {
        return -errno;
    }
    flags = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) < 0 ? -errno : fd;
}

/* After EINTR the descriptor is closed all the same: trying again could close another thread's. */
int torus_close(int fd) {
    return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

#endif
