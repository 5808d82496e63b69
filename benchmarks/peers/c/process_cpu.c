#include "process_cpu.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static int read_file(const char *path, char *into, size_t size) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return -1;
    }
    size_t length = fread(into, 1, size - 1, file);
    into[length] = '\0';
    fclose(file);
    return 0;
}

static void add_task(int pid, const char *task, struct process_cpu *out) {
    char path[320];
    char text[4096];
    unsigned long long running;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task);
    if (read_file(path, text, sizeof text) == 0 && sscanf(text, "%llu", &running) == 1) {
        out->total_ns += running;
    }
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, task);
    if (read_file(path, text, sizeof text) == 0) {
        const char *line = strstr(text, "\nvoluntary_ctxt_switches:");
        unsigned long long switches;
        if (line != NULL && sscanf(line, "\nvoluntary_ctxt_switches: %llu", &switches) == 1) {
            out->switches_voluntary += switches;
        }
    }
}

int process_cpu_read(int pid, struct process_cpu *out) {
    memset(out, 0, sizeof *out);
    char path[64];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_file(path, text, sizeof text) != 0) {
        return -1;
    }
    /* The name may hold anything, blanks and parentheses too: fields are counted from its last parenthesis. */
    const char *after_name = strrchr(text, ')');
    unsigned long long user;
    unsigned long long system;
    if (after_name == NULL ||
        sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2) {
        return -1;
    }
    out->user_ticks = user;
    out->system_ticks = system;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL) {
        return -1;
    }
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        if (entry->d_name[0] != '.') {
            add_task(pid, entry->d_name, out);
        }
    }
    closedir(tasks);
    return 0;
}
