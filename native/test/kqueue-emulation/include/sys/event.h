/*
 * <sys/event.h> of the test double: the names, fields and macros that kqueue(2) of macOS and FreeBSD document, with
 * numbers of the double's own. Code under test must take them from here, as from any system's header.
 */
#ifndef TORUS_KQUEUE_EMULATION_EVENT_H
#define TORUS_KQUEUE_EMULATION_EVENT_H

#include <stdint.h>
#include <time.h>
#include <unistd.h>

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void *udata;
};

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_) \
    do {                                                               \
        struct kevent *set_ = (event);                                 \
        set_->ident = (uintptr_t)(ident_);                             \
        set_->filter = (filter_);                                      \
        set_->flags = (uint16_t)(flags_);                              \
        set_->fflags = (fflags_);                                      \
        set_->data = (data_);                                          \
        set_->udata = (udata_);                                        \
    } while (0)

/* Filters. */
#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_TIMER (-3)
#define EVFILT_USER (-4)

/* Actions. */
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008

/* Flags. */
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080
#define EV_OOBAND 0x2000

/* What comes back. */
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

/* fflags of EVFILT_USER: how the lower 24 bits of the given ones change the stored ones. */
#define NOTE_FFNOP 0x00000000u
#define NOTE_FFAND 0x40000000u
#define NOTE_FFOR 0x80000000u
#define NOTE_FFCOPY 0xc0000000u
#define NOTE_FFCTRLMASK 0xc0000000u
#define NOTE_FFLAGSMASK 0x00ffffffu
#define NOTE_TRIGGER 0x01000000u

/* fflags of EVFILT_TIMER: the unit, milliseconds unless said. */
#define NOTE_SECONDS 0x1u
#define NOTE_USECONDS 0x2u
#define NOTE_NSECONDS 0x4u

int kqueue(void);
int kevent(int queue, const struct kevent *changes, int changes_count, struct kevent *events, int events_count,
           const struct timespec *timeout);

/* A kqueue is closed like any descriptor; the double has to know of it. */
int kqueue_emulation_close(int fd);
#define close(fd) kqueue_emulation_close(fd)

#endif
