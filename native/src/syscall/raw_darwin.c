/*
 * The raw instruction on macOS: `syscall` on x86-64 (class 2, BSD, in the upper byte of the number), `svc 0x80` on
 * arm64. An error is told by the carry flag. Apple does not promise that the numbers stay (they have since 10.0).
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/time.h>

#include "../os/darwin.h"
#include "syscall.h"

/* bsd/kern/syscalls.master of xnu; headers for cross builds come without sys/syscall.h. */
#define RAW_WRITE 4
#define RAW_OPEN 5
#define RAW_CLOSE 6
#define RAW_GETPID 20
#define RAW_GETTIMEOFDAY 116
#if __has_include(<sys/syscall.h>)
#include <sys/syscall.h>
_Static_assert(SYS_write == RAW_WRITE && SYS_open == RAW_OPEN && SYS_close == RAW_CLOSE, "SYS_*");
_Static_assert(SYS_getpid == RAW_GETPID && SYS_gettimeofday == RAW_GETTIMEOFDAY, "SYS_*");
#endif

#if defined(__x86_64__)

#define RAW_BSD_CLASS 0x2000000

static inline int64_t raw__call(int64_t number, int64_t a, int64_t b, int64_t c) {
    int64_t result;
    bool failed;
    __asm__ volatile("syscall"
                     : "=a"(result), "=@ccc"(failed)
                     : "a"(number | RAW_BSD_CLASS), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return failed ? -darwin_errno((int)result) : result;
}

#elif defined(__aarch64__)

static inline int64_t raw__call(int64_t number, int64_t a, int64_t b, int64_t c) {
    register int64_t x16 __asm__("x16") = number;
    register int64_t x0 __asm__("x0") = a;
    register int64_t x1 __asm__("x1") = b;
    register int64_t x2 __asm__("x2") = c;
    int64_t failed;
    __asm__ volatile("svc 0x80\n\tcset %1, cs" : "+r"(x0), "=r"(failed), "+r"(x1) : "r"(x16), "r"(x2) : "cc", "memory");
    return failed ? -darwin_errno((int)x0) : x0;
}

#else
#error "no raw system call for this processor"
#endif

static int64_t raw__open(const char *path) {
    return raw__call(RAW_OPEN, (int64_t)(intptr_t)path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, SYSCALL_FILE_MODE);
}

static int64_t raw__write(int64_t handle, const void *bytes, uint32_t length) {
    return raw__call(RAW_WRITE, handle, (int64_t)(intptr_t)bytes, length);
}

static int64_t raw__close(int64_t handle) {
    return raw__call(RAW_CLOSE, handle, 0, 0);
}

static int64_t raw__standard(int which) {
    return which;
}

static int64_t raw__pid(void) {
    return raw__call(RAW_GETPID, 0, 0, 0);
}

static int64_t raw__nanos(void) {
    struct timeval now = {0, 0};
    int64_t result = raw__call(RAW_GETTIMEOFDAY, (int64_t)(intptr_t)&now, 0, 0);
    return result < 0 ? result : ((int64_t)now.tv_sec * 1000000 + now.tv_usec) * 1000;
}

const struct torus_syscalls torus_syscalls_raw = {raw__open,     raw__write, raw__close,
                                                  raw__standard, raw__pid,   raw__nanos};
