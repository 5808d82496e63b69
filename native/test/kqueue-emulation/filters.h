/* What a filter would say of a descriptor or a timer at this moment. */
#ifndef TORUS_KQUEUE_EMULATION_FILTERS_H
#define TORUS_KQUEUE_EMULATION_FILTERS_H

#include <stdbool.h>

#include "sys/event.h"

/* Whether EVFILT_READ or EVFILT_WRITE is active; then `event` has data, fflags and EV_EOF. `flags`: those of the
 * filter. *error keeps the socket's error, which only can be read once. */
bool filter_look(int fd, int filter, unsigned flags, int *error, struct kevent *event);

/* A timer that goes off every `data` units of `fflags`, or once: its descriptor, -1 and errno. */
int filter_timer(intptr_t data, unsigned fflags, bool once);

#endif
