/* What Linux's and macOS's files share. */
#ifndef TORUS_POSIX_H
#define TORUS_POSIX_H

#include <errno.h>
#include <stdbool.h>

/* Repeats an expression that a signal interrupted. */
#define OS_RETRY(result, expression) \
    do {                             \
        (result) = (expression);     \
    } while ((result) < 0 && errno == EINTR)

/* Sets O_NONBLOCK, or takes it away. */
int posix_set_nonblocking(int fd, bool nonblocking);

#endif
