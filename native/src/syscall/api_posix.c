/* The system's library: libc of Linux and macOS. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "../os/os.h"
#include "syscall.h"

static int64_t api__result(int64_t result) {
    return result < 0 ? os_error() : result;
}

static int64_t api__open(const char *path) {
    return api__result(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, SYSCALL_FILE_MODE));
}

static int64_t api__write(int64_t handle, const void *bytes, uint32_t length) {
    return api__result(write((int)handle, bytes, length));
}

static int64_t api__close(int64_t handle) {
    return api__result(close((int)handle));
}

static int64_t api__standard(int which) {
    return which;
}

static int64_t api__pid(void) {
    return getpid();
}

static int64_t api__nanos(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return os_error();
    }
    return (int64_t)now.tv_sec * SYSCALL_NANOS_PER_SECOND + now.tv_nsec;
}

const struct torus_syscalls torus_syscalls_api = {api__open,     api__write, api__close,
                                                  api__standard, api__pid,   api__nanos};
