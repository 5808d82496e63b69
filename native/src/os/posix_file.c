/* Blocking file functions on Linux: open(2), pread(2), pwrite(2), stat(2) and so on; called by worker threads. */
#define _GNU_SOURCE
#include "torus/os.h"

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int torus_file_open(const char *path, int flags, int mode) {
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC, (mode_t)mode);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int torus_file_read(int fd, void *data, uint32_t bytes, int64_t position) {
    ssize_t count;
    do {
        count = position == -1 ? read(fd, data, bytes) : pread(fd, data, bytes, position);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

/* Goes on after a short write: short is only what an error or a full disk leaves. */
int torus_file_write(int fd, const void *data, uint32_t bytes, int64_t position) {
    uint32_t done = 0;
    while (done < bytes) {
        const char *from = (const char *)data + done;
        size_t left = bytes - done;
        ssize_t count = position == -1 ? write(fd, from, left) : pwrite(fd, from, left, position + done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return done != 0 ? (int)done : count < 0 ? -errno : 0;
        }
        done += (uint32_t)count;
    }
    return (int)done;
}

int torus_file_sync(int fd, int data_only) {
    return (data_only ? fdatasync(fd) : fsync(fd)) < 0 ? -errno : 0;
}

int torus_file_truncate(int fd, int64_t bytes) {
    return ftruncate(fd, bytes) < 0 ? -errno : 0;
}

static int64_t posix__nanos(struct timespec time) {
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int posix__fields(const struct stat *stat, int64_t *fields) {
    fields[TORUS_STAT_MODE] = stat->st_mode;
    fields[TORUS_STAT_SIZE] = stat->st_size;
    fields[TORUS_STAT_MTIME] = posix__nanos(stat->st_mtim);
    fields[TORUS_STAT_ATIME] = posix__nanos(stat->st_atim);
    fields[TORUS_STAT_CTIME] = posix__nanos(stat->st_ctim);
    fields[TORUS_STAT_INODE] = (int64_t)stat->st_ino;
    fields[TORUS_STAT_DEVICE] = (int64_t)stat->st_dev;
    fields[TORUS_STAT_LINKS] = (int64_t)stat->st_nlink;
    fields[TORUS_STAT_UID] = stat->st_uid;
    fields[TORUS_STAT_GID] = stat->st_gid;
    return 0;
}

int torus_file_stat(const char *path, int follow, int64_t *fields) {
    struct stat found;
    int result = follow ? stat(path, &found) : lstat(path, &found);
    return result < 0 ? -errno : posix__fields(&found, fields);
}

int torus_file_fstat(int fd, int64_t *fields) {
    struct stat found;
    return fstat(fd, &found) < 0 ? -errno : posix__fields(&found, fields);
}

int torus_file_rename(const char *from, const char *to) {
    return rename(from, to) < 0 ? -errno : 0;
}

int torus_file_unlink(const char *path) {
    return unlink(path) < 0 ? -errno : 0;
}

int torus_file_rmdir(const char *path) {
    return rmdir(path) < 0 ? -errno : 0;
}

int torus_file_mkdir(const char *path, int mode) {
    return mkdir(path, (mode_t)mode) < 0 ? -errno : 0;
}

int torus_file_list(const char *path, int (*each)(void *context, const char *name), void *context) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return -errno;
    }
    int result = 0;
    const struct dirent *entry;
    errno = 0;
    while (result == 0 && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            result = each(context, entry->d_name);
        }
    }
    if (result == 0 && errno != 0) {
        result = -errno;
    }
    closedir(directory);
    return result;
}

#endif
