/*
 * A seccomp filter in front of io_uring, as containers have one.
 *
 *   uring_refused                      the test: the backend says why it cannot be used, whichever call is refused
 *   uring_refused CALL ERROR COMMAND…  runs a command behind such a filter; CALL: setup, register or enter;
 *                                      ERROR: a number
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/backend/uring_abi.h"
#include "check.h"
#include "torus/backend.h"

/* For this process and all it starts: the system call answers -error. */
static void forbid(uint32_t number, uint32_t error) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof instructions / sizeof instructions[0], instructions};
    CHECK_EQUAL(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK_EQUAL(0, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static uint32_t number_of(const char *call) {
    return strcmp(call, "setup") == 0      ? URING_SYS_SETUP
           : strcmp(call, "register") == 0 ? URING_SYS_REGISTER
           : strcmp(call, "enter") == 0    ? URING_SYS_ENTER
                                           : 0;
}

static void check_reason(const char *call, int error, const char *because) {
    const struct torus_backend_ops *ops = torus_backend_named("io_uring");
    char reason[256] = "";
    if (ops->available(reason, sizeof reason) < 0) {
        printf("skipped: no io_uring here: %s\n", reason);
        _exit(0);
    }
    forbid(number_of(call), (uint32_t)error);
    CHECK_EQUAL(-error, ops->available(reason, sizeof reason));
    if (strstr(reason, because) == NULL || strstr(reason, call) == NULL) {
        fprintf(stderr, "%s with %d: \"%s\" does not tell \"%s\"\n", call, error, reason, because);
        abort();
    }
    /* The next best one is not touched by it. */
    CHECK_EQUAL(0, torus_backend_named("epoll")->available(reason, sizeof reason));
    _exit(0);
}

static void in_child(const char *call, int error, const char *because) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        check_reason(call, error, because);
    }
    int status = 0;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK_EQUAL(0, status);
}

int main(int argc, char **argv) {
    if (argc == 1) {
        static const char *const calls[] = {"setup", "register", "enter"};
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            in_child(calls[i], EPERM, "seccomp");
            in_child(calls[i], ENOSYS, "seccomp");
            in_child(calls[i], EACCES, "security module");
        }
        return 0;
    }
    if (argc < 4 || number_of(argv[1]) == 0 || atoi(argv[2]) <= 0) {
        fprintf(stderr, "usage: %s [setup|register|enter ERROR COMMAND...]\n", argv[0]);
        return 2;
    }
    forbid(number_of(argv[1]), (uint32_t)atoi(argv[2]));
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 127;
}
