/*
 * Stands before libc's functions (LD_PRELOAD) and tells standard error of each call that passes them. A call that the
 * tracer sees and this does not has not passed libc.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int between;

static void tell(const char *what) {
    syscall(SYS_write, 2, what, strlen(what));
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (length > 5 && memcmp(bytes, "mark:", 5) == 0) {
        between = memcmp(bytes, "mark: begin", 11) == 0;
        tell("libc write\n");
    }
    return syscall(SYS_write, fd, bytes, length);
}

pid_t getpid(void) {
    if (between) {
        tell("libc getpid\n");
    }
    return (pid_t)syscall(SYS_getpid);
}
