/*
 * The control plane: plain calls beside the ring. Results are a value or -errno in Linux numbering, sockaddr bytes and
 * option numbers are Linux's. The first half belongs to the owner of the backend; the file functions may block and may
 * be called from any thread.
 */
#ifndef TORUS_CONTROL_H
#define TORUS_CONTROL_H

#include "torus/backend.h"

int torus_socket(struct torus_backend *backend, int family, int type, int protocol);
int torus_bind(int fd, const void *address, uint32_t length);
int torus_listen(int fd, int backlog);
int torus_set_option(int fd, int level, int name, int value);
int torus_get_option(int fd, int level, int name, int *value);
/* Joins or leaves a multicast group, a sockaddr of which the address counts; index 0: the system chooses. */
int torus_membership(int fd, const void *group, uint32_t length, uint32_t interface_index, bool join);

/* Fill `address` (TORUS_SOCKADDR_BYTES) and return its length. */
int torus_local_address(int fd, void *address);
int torus_peer_address(int fd, void *address);

/* Ends of a named pipe of Windows, in the numbers of SocketControl.PIPE_*. */
enum torus_pipe_end { TORUS_PIPE_CLIENT, TORUS_PIPE_SERVER, TORUS_PIPE_FIRST_SERVER };

/*
 * One end of the pipe of that name: a descriptor for CONNECT (the server's end waits for a client, with no address),
 * RECV, SEND and CLOSE, or -errno: ENOENT and EBUSY (no server's end, or none that is free), EADDRINUSE (not the
 * first), EOPNOTSUPP where there are none.
 */
int torus_pipe(struct torus_backend *backend, const char *path, enum torus_pipe_end end);

/*
 * Sends beside the ring what the system takes without waiting, while the ring has no SEND and no SHUTDOWN of that
 * socket: bytes, or -errno; EOPNOTSUPP for what is no socket. Likewise the end of a direction, TORUS_SHUT_*.
 */
int torus_send_now(int fd, uint64_t address, uint32_t length);
int torus_shutdown_now(int fd, uint32_t how);

/* Takes over a descriptor of the operating system. */
int torus_adopt(struct torus_backend *backend, int fd);

/* Gives up a socket without pending operations and without closing it, for another backend to adopt; the descriptor. */
int torus_release(struct torus_backend *backend, int fd);

/* Closes a socket or adopted descriptor at once. */
int torus_close(struct torus_backend *backend, int fd);

/* In the order of BlockingFiles.STAT_*; times in nanoseconds since 1970. */
enum torus_stat_field {
    TORUS_STAT_MODE,
    TORUS_STAT_SIZE,
    TORUS_STAT_MTIME,
    TORUS_STAT_ATIME,
    TORUS_STAT_CTIME,
    TORUS_STAT_INODE,
    TORUS_STAT_DEVICE,
    TORUS_STAT_LINKS,
    TORUS_STAT_UID,
    TORUS_STAT_GID,
    TORUS_STAT_FIELDS
};

/* Paths are UTF-8 and end in 0. Flags: Linux's numbers. Files are always opened close-on-exec. */
int torus_file_open(struct torus_backend *backend, const char *path, int flags, int mode);
int torus_file_close(struct torus_backend *backend, int fd);
int torus_file_read(struct torus_backend *backend, int fd, uint64_t address, uint32_t length, int64_t position);
int torus_file_write(struct torus_backend *backend, int fd, uint64_t address, uint32_t length, int64_t position);
int torus_file_sync(int fd, bool data_only);
int torus_file_truncate(int fd, int64_t length);
int torus_file_stat(const char *path, bool follow_links, int64_t *out);
int torus_file_fstat(int fd, int64_t *out);
int torus_file_rename(const char *from, const char *to);
int torus_file_unlink(const char *path);
int torus_file_rmdir(const char *path);
int torus_file_mkdir(const char *path, int mode);

/* Calls `each` for every name but "." and ".."; it stops and answers what `each` answered if that is not 0. */
int torus_file_list(const char *path, int (*each)(void *context, const char *name, size_t length), void *context);

#endif
