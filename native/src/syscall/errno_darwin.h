/* macOS's error numbers as Linux's, for the few errors of these calls that differ: sys/errno.h of both. */
#ifndef TORUS_SYSCALL_ERRNO_DARWIN_H
#define TORUS_SYSCALL_ERRNO_DARWIN_H

#include <errno.h>
#include <stdint.h>

static inline int64_t syscall_linux_errno(int64_t code) {
    switch (code) {
        case EAGAIN:
            return 11;
        case ENAMETOOLONG:
            return 36;
        case ELOOP:
            return 40;
        case EDQUOT:
            return 122;
        default:
            return code; /* up to ERANGE, 34, the two are the same but for EAGAIN's and EDEADLK's exchange */
    }
}

#endif
