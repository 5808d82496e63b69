/* What the blocking file functions of Windows ask of the backend. */
#ifndef TORUS_IOCP_FILES_H
#define TORUS_IOCP_FILES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "torus/backend.h"

/* The position of a known file, NULL if it is not known; any thread. */
_Atomic int64_t *iocp_file_position(struct torus_backend *backend, int fd);

/* The result of a read or write that ended with an error of Win32: 0 at the end of a file or pipe, `bytes` if the
 * message was longer, else -errno. */
int iocp_file_error(uint32_t code, bool writes, uint32_t bytes);

#endif
