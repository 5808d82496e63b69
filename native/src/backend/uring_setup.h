/* Setting up an io_uring: which flags and operations this kernel has, and why there is none. */
#ifndef TORUS_URING_SETUP_H
#define TORUS_URING_SETUP_H

#include <stddef.h>
#include <stdint.h>

#include "torus/backend.h"
#include "uring_abi.h"

/* A ring that has been set up and not yet enabled. */
struct uring_setup {
    int fd;
    struct uring_params params; /* flags: those that were accepted */
    uint64_t operations;        /* bit n: this kernel has opcode n; only those of the ABI */
};

/* io_uring_register: a value >= 0 or -errno. */
int uring_register(int fd, unsigned opcode, void *argument, unsigned count);

/* 0, or -errno and a sentence in `reason`. Leaves nothing open when it fails. */
int uring_set_up(const struct torus_config *config, struct uring_setup *out, char *reason, size_t size);

/* Whether a ring can be set up, enabled and entered here; 0, or -errno and a sentence in `reason`. */
int uring_try(char *reason, size_t size);

/* What of the optional flags was accepted and which operations are missing, appended to `text`. */
void uring_describe_setup(const struct uring_setup *setup, char *text, size_t size);

/* Threads that the operating system has now for what the rings of that thread cannot do at once (io-wq). */
uint64_t uring_workers(int owner_thread);

#endif
