/*
 * The readiness engine: makes completions of a system that only tells when something is ready. Each descriptor is
 * registered once, lazily and edge-triggered; an operation is tried first and waits only when it would block.
 */
#ifndef TORUS_ENGINE_H
#define TORUS_ENGINE_H

#include "torus/backend.h"

int engine_open(uint32_t sq_entries, uint32_t cq_entries, struct torus_ring **out, char *why, size_t why_bytes);
void engine_layout(const struct torus_ring *ring, struct torus_layout *out);
int engine_supports(const struct torus_ring *ring, int opcode);
int engine_enable(struct torus_ring *ring);
int engine_arm_wakeup(struct torus_ring *ring, struct torus_sqe *entry);
int engine_enter(struct torus_ring *ring, uint32_t to_submit, uint32_t min_complete, int64_t timeout_ns);
int engine_wakeup(struct torus_ring *ring);
int engine_register_region(struct torus_ring *ring, uint64_t addr, uint64_t bytes);
int engine_unregister_region(struct torus_ring *ring, uint64_t addr);
int engine_register_buffers(struct torus_ring *ring, uint16_t group, uint64_t ring_addr, uint32_t entries);
int engine_unregister_buffers(struct torus_ring *ring, uint16_t group);
int engine_own(struct torus_ring *ring, int fd);
int engine_disown(struct torus_ring *ring, int fd);
uint64_t engine_counter(const struct torus_ring *ring, int counter);
void engine_close(struct torus_ring *ring);

#define ENGINE_BACKEND(backend_name)                                                                              \
    {                                                                                                             \
        .name = (backend_name), .open = engine_open, .layout = engine_layout, .supports = engine_supports,        \
        .enable = engine_enable, .arm_wakeup = engine_arm_wakeup, .enter = engine_enter, .wakeup = engine_wakeup, \
        .register_region = engine_register_region, .unregister_region = engine_unregister_region,                 \
        .register_buffers = engine_register_buffers, .unregister_buffers = engine_unregister_buffers,             \
        .own = engine_own, .disown = engine_disown, .counter = engine_counter, .close = engine_close              \
    }

#endif
