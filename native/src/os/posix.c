/* The system calls that are the same on Linux and macOS but for the numbers of errors. */
#include "posix.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "os.h"

int os_error(void) {
    return -os_errno(errno);
}

void os_unmap(void *memory, size_t bytes) {
    munmap(memory, bytes);
}

void *os_lines(size_t bytes) {
    void *memory = aligned_alloc(OS_CACHE_LINE, bytes);
    return memory == NULL ? NULL : memset(memory, 0, bytes);
}

int64_t os_monotonic_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int os_peek(int fd) {
    char byte;
    return os_recv(fd, &byte, sizeof byte, TORUS_MSG_PEEK);
}

int os_shutdown(int fd, uint32_t how) {
    return shutdown(fd, (int)how) < 0 ? os_error() : 0;
}

int os_close(int fd) {
    /* The descriptor is closed even if a signal interrupted that. */
    return close(fd) < 0 && errno != EINTR ? os_error() : 0;
}

int posix_set_nonblocking(int fd, bool nonblocking) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) {
        return os_error();
    }
    int wanted = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return wanted != flags && fcntl(fd, F_SETFL, wanted) < 0 ? os_error() : 0;
}

int os_listen(int fd, int backlog) {
    return listen(fd, backlog) < 0 ? os_error() : 0;
}
