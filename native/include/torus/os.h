/* What the operating system does at once: the control plane of sockets and blocking file functions. Values or -errno.
 */
#ifndef TORUS_OS_H
#define TORUS_OS_H

#include <stddef.h>
#include <stdint.h>

/* Families, types, levels, option names and sockaddr bytes are Linux's on every platform. */
int torus_socket(int family, int type, int protocol, int nonblocking);
int torus_bind(int fd, const uint8_t *sockaddr, size_t bytes);
int torus_listen(int fd, int backlog);
int torus_set_option(int fd, int level, int name, int value);
int torus_get_option(int fd, int level, int name, int32_t *value);
/* length written into 128 bytes */
int torus_local_address(int fd, uint8_t *sockaddr);
int torus_peer_address(int fd, uint8_t *sockaddr);
int torus_adopt(int fd, int nonblocking);
int torus_close(int fd);

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

/* Paths are absolute UTF-8. */
int torus_file_open(const char *path, int flags, int mode);
int torus_file_read(int fd, void *data, uint32_t bytes, int64_t position);
int torus_file_write(int fd, const void *data, uint32_t bytes, int64_t position);
int torus_file_sync(int fd, int data_only);
int torus_file_truncate(int fd, int64_t bytes);
int torus_file_stat(const char *path, int follow, int64_t *fields);
int torus_file_fstat(int fd, int64_t *fields);
int torus_file_rename(const char *from, const char *to);
int torus_file_unlink(const char *path);
int torus_file_rmdir(const char *path);
int torus_file_mkdir(const char *path, int mode);
/* calls each(name) until it returns non-zero, which is then the result */
int torus_file_list(const char *path, int (*each)(void *context, const char *name), void *context);

#endif
