/*
 * Receiving and sending on Linux, inline down to the system call instruction.
 *
 * After a system call the processor mispredicts the returns of all functions around it, 10 to 20 ns each, and the C
 * library's recv and send are also points where a thread can be cancelled: two atomic operations each in a program with
 * several threads. Both are a large part of what a message costs outside of the kernel.
 */
#ifndef TORUS_LINUX_HOT_H
#define TORUS_LINUX_HOT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "torus/ring.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OS_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OS_SANITIZED 1
#endif

/* A system call with six arguments: its result or -errno. */
static inline long os_system_call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__) && !defined(OS_SANITIZED)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__) && !defined(OS_SANITIZED)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
    return x0;
#else
    long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
#endif
}

/* Sanitizers learn of memory that the kernel writes through the library's functions. */
static inline int os_recv(int fd, void *memory, uint32_t bytes, uint32_t flags) {
    long result;
    do {
#if defined(OS_SANITIZED)
        result = recv(fd, memory, bytes, (int)flags | MSG_DONTWAIT);
        result = result < 0 ? -errno : result;
#else
        result = os_system_call(SYS_recvfrom, fd, (long)memory, bytes, (long)(flags | MSG_DONTWAIT), 0, 0);
#endif
    } while (result == -EINTR);
    return (int)result;
}

static inline int os_send(int fd, const void *memory, uint32_t bytes, uint32_t flags, const void *address,
                          uint32_t length) {
    uint32_t all = (flags & ~TORUS_MSG_WAITALL) | MSG_NOSIGNAL | MSG_DONTWAIT;
    address = length == 0 ? NULL : address;
    long result;
    do {
#if defined(OS_SANITIZED)
        result = sendto(fd, memory, bytes, (int)all, address, length);
        result = result < 0 ? -errno : result;
#else
        result = os_system_call(SYS_sendto, fd, (long)memory, bytes, (long)all, (long)address, length);
#endif
    } while (result == -EINTR);
    return (int)result;
}

#endif
