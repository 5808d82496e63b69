/* Sockets beside the ring: what the system call answers, and the backend told of new and closed descriptors. */
#include "torus/control.h"

#include <errno.h>

#include "os.h"
#include "torus/errno.h"

/* Tells the backend; a descriptor it does not take is closed if it is `ours`. */
static int control__attach(struct torus_backend *backend, int fd, bool ours) {
    int result = backend->ops->attach(backend, fd, TORUS_KIND_SOCKET);
    if (result < 0 && ours) {
        os_close(fd);
    }
    return result;
}

int torus_socket(struct torus_backend *backend, int family, int type, int protocol) {
    int fd = os_socket(family, type, protocol, backend->ops->nonblocking);
    return fd < 0 ? fd : control__attach(backend, fd, true);
}

int torus_bind(int fd, const void *address, uint32_t length) {
    return os_bind(fd, address, length);
}

int torus_listen(int fd, int backlog) {
    return os_listen(fd, backlog);
}

int torus_set_option(int fd, int level, int name, int value) {
    return os_set_option(fd, level, name, value);
}

int torus_get_option(int fd, int level, int name, int *value) {
    return os_get_option(fd, level, name, value);
}

int torus_membership(int fd, const void *group, uint32_t length, uint32_t interface_index, bool join) {
    return os_membership(fd, group, length, interface_index, join);
}

int torus_local_address(int fd, void *address) {
    return os_address(fd, false, address);
}

int torus_peer_address(int fd, void *address) {
    return os_address(fd, true, address);
}

/* A named pipe of Windows is written by its ring alone. */
static int control__beside(int result) {
    return result == -TORUS_ENOTSOCK ? -TORUS_EOPNOTSUPP : result;
}

int torus_send_now(int fd, uint64_t address, uint32_t length) {
    return control__beside(os_send(fd, (const void *)(uintptr_t)address, length, 0, NULL, 0));
}

int torus_shutdown_now(int fd, uint32_t how) {
    return how > TORUS_SHUT_RDWR ? -EINVAL : control__beside(os_shutdown(fd, how));
}

int torus_adopt(struct torus_backend *backend, int fd) {
    if (fd < 0) {
        return -EBADF;
    }
    int result = os_set_nonblocking(fd, backend->ops->nonblocking);
    return result < 0 ? result : control__attach(backend, fd, false);
}

int torus_release(struct torus_backend *backend, int fd) {
    int result = backend->ops->detach(backend, fd, TORUS_KIND_SOCKET);
    return result < 0 ? result : fd;
}

#if !defined(_WIN32)
int torus_pipe(struct torus_backend *backend, const char *path, enum torus_pipe_end end) {
    (void)backend;
    (void)path;
    (void)end;
    return -TORUS_EOPNOTSUPP;
}
#endif

int torus_close(struct torus_backend *backend, int fd) {
    int result = backend->ops->detach(backend, fd, TORUS_KIND_SOCKET);
    return result < 0 ? result : os_close(fd);
}
