#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uring_setup.h"

#define COMM_BYTES 16

/* The kernel names the threads that work for the rings of a thread after it (io_uring/io-wq.c). */
uint64_t uring_workers(int owner_thread) {
    char wanted[COMM_BYTES + 16];
    snprintf(wanted, sizeof wanted, "iou-wrk-%d\n", owner_thread);
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) {
        return 0;
    }
    uint64_t found = 0;
    struct dirent *task;
    while ((task = readdir(tasks)) != NULL) {
        char path[300];
        char name[sizeof wanted] = "";
        snprintf(path, sizeof path, "%s/comm", task->d_name);
        int fd = openat(dirfd(tasks), path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            continue; /* "." and "..", or it has just ended */
        }
        ssize_t length = read(fd, name, sizeof name - 1);
        close(fd);
        found += length > 0 && strcmp(name, wanted) == 0;
    }
    closedir(tasks);
    return found;
}
