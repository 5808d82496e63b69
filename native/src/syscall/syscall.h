/*
 * The same five calls at two levels of abstraction: the raw instruction that enters the operating system, and the
 * system's own library. (The third level, Java's library, is in Java.) Nothing of Torus itself is built on this: it is
 * there to show and to measure what a level costs.
 *
 *            raw, Linux       raw, macOS       raw, Windows (ntdll)  library, POSIX   library, Windows
 *   open     openat           open             NtCreateFile          open             CreateFileW
 *   write    write            write            NtWriteFile           write            WriteFile, WriteConsoleW
 *   close    close            close            NtClose               close            CloseHandle
 *   pid      getpid           getpid           the TEB               getpid           GetCurrentProcessId
 *   nanos    clock_gettime    gettimeofday     NtQueryPerformanceC.  clock_gettime    QueryPerformanceCounter
 *
 * On Windows system call numbers change with every build, so ntdll's functions are the lowest level there is. macOS has
 * no system call for a monotonic clock: the raw level reads the wall clock there.
 */
#ifndef TORUS_SYSCALL_H
#define TORUS_SYSCALL_H

#include <stdint.h>

/* Results are a value or -errno in Linux numbering; a write may be partial, and is never repeated. */
struct torus_syscalls {
    /* Creates or truncates a file for writing; the path is UTF-8 and ends in 0. */
    int64_t (*open)(const char *path);
    int64_t (*write)(int64_t handle, const void *bytes, uint32_t length);
    int64_t (*close)(int64_t handle);
    /* The process's own handle: 1 for standard output, 2 for standard error. */
    int64_t (*standard)(int which);
    int64_t (*pid)(void);
    int64_t (*nanos)(void);
};

extern const struct torus_syscalls torus_syscalls_raw;
extern const struct torus_syscalls torus_syscalls_api;

#define SYSCALL_FILE_MODE 0666
#define SYSCALL_NANOS_PER_SECOND 1000000000

#endif
