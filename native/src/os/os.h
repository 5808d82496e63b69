/*
 * The system calls of the emulating backends and of the control plane, one file per system. Results are a value or
 * -errno in Linux numbering; flags, levels, names and sockaddr bytes are Linux's. EINTR never comes out.
 */
#ifndef TORUS_OS_H
#define TORUS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "torus/ring.h"

/* Zeroed pages that a forked child does not get, or NULL. */
void *os_map(size_t bytes);
void os_unmap(void *memory, size_t bytes);

/* Zeroed memory that starts with a cache line, for free(); NULL: none left. `bytes` is a multiple of a cache line. */
#define OS_CACHE_LINE 64u
void *os_lines(size_t bytes);

int64_t os_monotonic_nanos(void);

/* Room for the iovec array of one message. */
#define OS_IOVECS_MAX 1024u

/* -errno of the last failure. */
int os_error(void);
/* An error number of the system in Linux's numbering. */
int os_errno(int native);

int os_socket(int family, int type, int protocol, bool nonblocking);
int os_accept(int fd);
int os_connect(int fd, const void *address, uint32_t length);
/* How a connection attempt that was under way has ended: 0 or -errno; -EINPROGRESS if it has not. */
int os_connect_result(int fd);
/* `flags` are TORUS_MSG_*; a peer that has gone is never a signal. Without a destination `length` is 0. */
#if defined(__linux__)
#include "linux_hot.h"
#else
int os_recv(int fd, void *memory, uint32_t bytes, uint32_t flags);
int os_send(int fd, const void *memory, uint32_t bytes, uint32_t flags, const void *address, uint32_t length);
#endif
int os_recvmsg(int fd, struct torus_msghdr *message, uint32_t flags);
int os_sendmsg(int fd, const struct torus_msghdr *message, uint32_t flags);
int os_shutdown(int fd, uint32_t how);
int os_close(int fd);
/* Whether a receive on a socket would find something: bytes, 0 at the end of a stream, or -errno. */
int os_peek(int fd);
/* What is ready now, of `mask`. */
int os_poll(int fd, uint32_t mask);
int os_set_nonblocking(int fd, bool nonblocking);

/* Of a socket or anything else: a stream, and one where a receive that fills less than its buffer has emptied the
 * queue. */
enum os_stream { OS_NO_STREAM, OS_STREAM, OS_TCP };
enum os_stream os_stream_kind(int fd);

int os_bind(int fd, const void *address, uint32_t length);
int os_listen(int fd, int backlog);
int os_set_option(int fd, int level, int name, int value);
int os_get_option(int fd, int level, int name, int *value);
/* Joins a multicast group (a sockaddr) on an interface, or leaves it; index 0 lets the system choose. */
int os_membership(int fd, const void *group, uint32_t length, uint32_t interface_index, bool join);
/* `peer`: the other end's. Fill TORUS_SOCKADDR_BYTES, return the length. */
int os_address(int fd, bool peer, void *address);

#endif
