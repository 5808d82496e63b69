#include "handles.h"

#include <errno.h>
#include <stdlib.h>

#include "../os/os.h"

int torus_handles_open(struct torus_handles *handles) {
    handles->chunks = calloc(TORUS_HANDLE_CHUNKS, sizeof *handles->chunks);
    return handles->chunks == NULL ? -ENOMEM : 0;
}

void torus_handles_close(struct torus_handles *handles) {
    for (uint32_t i = 0; i < TORUS_HANDLE_CHUNKS; i++) {
        free(atomic_load_explicit(&handles->chunks[i], memory_order_relaxed));
    }
    free(handles->chunks);
    handles->chunks = NULL;
}

struct torus_handle *torus_handles_make(struct torus_handles *handles, int fd) {
    struct torus_handle *handle = torus_handles_find(handles, fd);
    uint32_t chunk = (uint32_t)fd / TORUS_HANDLE_CHUNK;
    if (handle != NULL || chunk >= TORUS_HANDLE_CHUNKS) {
        return handle;
    }
    struct torus_handle *slots = os_lines(TORUS_HANDLE_CHUNK * sizeof *slots);
    if (slots == NULL) {
        return NULL;
    }
    struct torus_handle *expected = NULL;
    /* A worker that opens a file may race with the owner: one of the two chunks wins. */
    if (!atomic_compare_exchange_strong_explicit(&handles->chunks[chunk], &expected, slots, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        free(slots);
        slots = expected;
    }
    return &slots[(uint32_t)fd % TORUS_HANDLE_CHUNK];
}
