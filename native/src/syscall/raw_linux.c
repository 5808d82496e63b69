/* The raw instruction on Linux: `syscall` on x86-64, `svc 0` on arm64. Calls no function of libc. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "syscall.h"

#if defined(__x86_64__)

/* The kernel clobbers rcx (return address) and r11 (flags): syscall(2), table "Architecture calling conventions". */
static inline int64_t raw__call(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d) {
    int64_t result;
    register int64_t r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static inline int64_t raw__call(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d) {
    register int64_t x8 __asm__("x8") = number;
    register int64_t x0 __asm__("x0") = a;
    register int64_t x1 __asm__("x1") = b;
    register int64_t x2 __asm__("x2") = c;
    register int64_t x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}

#else
#error "no raw system call for this processor"
#endif

static int64_t raw__open(const char *path) {
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    return raw__call(SYS_openat, AT_FDCWD, (int64_t)(intptr_t)path, flags, SYSCALL_FILE_MODE);
}

static int64_t raw__write(int64_t handle, const void *bytes, uint32_t length) {
    return raw__call(SYS_write, handle, (int64_t)(intptr_t)bytes, length, 0);
}

static int64_t raw__close(int64_t handle) {
    return raw__call(SYS_close, handle, 0, 0, 0);
}

static int64_t raw__standard(int which) {
    return which;
}

static int64_t raw__pid(void) {
    return raw__call(SYS_getpid, 0, 0, 0, 0);
}

/* A real entry into the kernel, where libc's clock_gettime reads the vDSO's page instead. */
static int64_t raw__nanos(void) {
    struct timespec now;
    int64_t result = raw__call(SYS_clock_gettime, CLOCK_MONOTONIC, (int64_t)(intptr_t)&now, 0, 0);
    return result < 0 ? result : (int64_t)now.tv_sec * SYSCALL_NANOS_PER_SECOND + now.tv_nsec;
}

const struct torus_syscalls torus_syscalls_raw = {raw__open,     raw__write, raw__close,
                                                  raw__standard, raw__pid,   raw__nanos};
