/* Which backends this build has. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "torus/backend.h"

const struct torus_backend_ops *torus_backend_named(const char *name) {
    static const struct torus_backend_ops *const backends[] = {
#if defined(__linux__)
        &torus_uring,
        &torus_epoll,
#endif
#if defined(__APPLE__) || defined(TORUS_KQUEUE_EMULATION)
        &torus_kqueue,
#endif
#if defined(_WIN32)
        &torus_iocp,
#endif
        NULL,
    };
    for (size_t i = 0; backends[i] != NULL; i++) {
        if (strcmp(backends[i]->name, name) == 0) {
            return backends[i];
        }
    }
    return NULL;
}

int torus_fail(char *reason, size_t size, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, size, format, arguments);
    va_end(arguments);
    return -code;
}
