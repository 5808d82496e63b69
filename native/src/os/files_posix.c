/* Blocking file functions for worker threads, on any POSIX system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os.h"
#include "posix.h"
#include "torus/control.h"

/* Linux's numbers, as in BlockingFiles.O_*. */
#define FILE_ACCESS 3
#define FILE_CREAT 0x40
#define FILE_EXCL 0x80
#define FILE_TRUNC 0x200
#define FILE_APPEND 0x400

#define NANOS_PER_SECOND INT64_C(1000000000)

#if defined(__APPLE__)
#define FILE_MTIME st_mtimespec
#define FILE_ATIME st_atimespec
#define FILE_CTIME st_ctimespec
#else
#define FILE_MTIME st_mtim
#define FILE_ATIME st_atim
#define FILE_CTIME st_ctim
#endif

static int file__flags(int flags) {
    static const int access[] = {O_RDONLY, O_WRONLY, O_RDWR};
    if ((flags & ~(FILE_ACCESS | FILE_CREAT | FILE_EXCL | FILE_TRUNC | FILE_APPEND)) != 0 ||
        (flags & FILE_ACCESS) == FILE_ACCESS) {
        return -1;
    }
    return access[flags & FILE_ACCESS] | O_CLOEXEC | ((flags & FILE_CREAT) != 0 ? O_CREAT : 0) |
           ((flags & FILE_EXCL) != 0 ? O_EXCL : 0) | ((flags & FILE_TRUNC) != 0 ? O_TRUNC : 0) |
           ((flags & FILE_APPEND) != 0 ? O_APPEND : 0);
}

int torus_file_open(struct torus_backend *backend, const char *path, int flags, int mode) {
    int native = file__flags(flags);
    if (native < 0) {
        return -EINVAL;
    }
    int fd;
    OS_RETRY(fd, open(path, native, (mode_t)mode));
    if (fd < 0) {
        return os_error();
    }
    int result = backend->ops->attach(backend, fd, TORUS_KIND_FILE);
    if (result < 0) {
        close(fd);
    }
    return result;
}

int torus_file_close(struct torus_backend *backend, int fd) {
    int result = backend->ops->detach(backend, fd, TORUS_KIND_FILE);
    return result < 0 ? result : os_close(fd);
}

int torus_file_read(struct torus_backend *backend, int fd, uint64_t address, uint32_t length, int64_t position) {
    (void)backend; /* the system keeps the position */
    void *memory = (void *)(uintptr_t)address;
    ssize_t result;
    OS_RETRY(result, position == -1 ? read(fd, memory, length) : pread(fd, memory, length, (off_t)position));
    return result < 0 ? os_error() : (int)result;
}

int torus_file_write(struct torus_backend *backend, int fd, uint64_t address, uint32_t length, int64_t position) {
    (void)backend;
    const void *memory = (const void *)(uintptr_t)address;
    ssize_t result;
    OS_RETRY(result, position == -1 ? write(fd, memory, length) : pwrite(fd, memory, length, (off_t)position));
    return result < 0 ? os_error() : (int)result;
}

int torus_file_sync(int fd, bool data_only) {
    int result;
#if defined(__APPLE__)
    /* fsync leaves the data in the drive's cache there. */
    (void)data_only;
    OS_RETRY(result, fcntl(fd, F_FULLFSYNC));
    if (result < 0 && (errno == ENOTSUP || errno == EINVAL || errno == ENOTTY)) {
        OS_RETRY(result, fsync(fd)); /* not every file system has it; a failure to write is not asked for twice */
    }
#else
    OS_RETRY(result, data_only ? fdatasync(fd) : fsync(fd));
#endif
    return result < 0 ? os_error() : 0;
}

int torus_file_truncate(int fd, int64_t length) {
    int result;
    OS_RETRY(result, ftruncate(fd, (off_t)length));
    return result < 0 ? os_error() : 0;
}

static int64_t file__nanos(struct timespec time) {
    return (int64_t)time.tv_sec * NANOS_PER_SECOND + time.tv_nsec;
}

static int file__stat(int result, const struct stat *status, int64_t *out) {
    if (result < 0) {
        return os_error();
    }
    out[TORUS_STAT_MODE] = status->st_mode;
    out[TORUS_STAT_SIZE] = status->st_size;
    out[TORUS_STAT_MTIME] = file__nanos(status->FILE_MTIME);
    out[TORUS_STAT_ATIME] = file__nanos(status->FILE_ATIME);
    out[TORUS_STAT_CTIME] = file__nanos(status->FILE_CTIME);
    out[TORUS_STAT_INODE] = (int64_t)status->st_ino;
    out[TORUS_STAT_DEVICE] = (int64_t)status->st_dev;
    out[TORUS_STAT_LINKS] = (int64_t)status->st_nlink;
    out[TORUS_STAT_UID] = status->st_uid;
    out[TORUS_STAT_GID] = status->st_gid;
    return 0;
}

int torus_file_stat(const char *path, bool follow_links, int64_t *out) {
    struct stat status;
    int result = follow_links ? stat(path, &status) : lstat(path, &status);
    return file__stat(result, &status, out);
}

int torus_file_fstat(int fd, int64_t *out) {
    struct stat status;
    return file__stat(fstat(fd, &status), &status, out);
}

int torus_file_rename(const char *from, const char *to) {
    return rename(from, to) < 0 ? os_error() : 0;
}

int torus_file_unlink(const char *path) {
    return unlink(path) < 0 ? os_error() : 0;
}

int torus_file_rmdir(const char *path) {
    return rmdir(path) < 0 ? os_error() : 0;
}

int torus_file_mkdir(const char *path, int mode) {
    return mkdir(path, (mode_t)mode) < 0 ? os_error() : 0;
}

int torus_file_list(const char *path, int (*each)(void *context, const char *name, size_t length), void *context) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return os_error();
    }
    int result = 0;
    while (result == 0) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            result = errno != 0 ? os_error() : 0;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            result = each(context, entry->d_name, strlen(entry->d_name));
        }
    }
    closedir(directory);
    return result;
}
