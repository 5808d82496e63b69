#include "uring_setup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The oldest Linux with everything that is used here (DEFER_TASKRUN); older ones also have bugs we do not work around.
 */
#define URING_FLOOR_MAJOR 6
#define URING_FLOOR_MINOR 1

/* Least important first: what an older kernel refuses is left out from the front. */
static const struct {
    uint32_t flags;
    const char *name;
} uring__optional[] = {
    {URING_SETUP_NO_SQARRAY, "NO_SQARRAY"},
    {URING_SETUP_DEFER_TASKRUN | URING_SETUP_TASKRUN_FLAG, "DEFER_TASKRUN"},
    {URING_SETUP_SINGLE_ISSUER, "SINGLE_ISSUER"},
    {URING_SETUP_SUBMIT_ALL, "SUBMIT_ALL"},
};
#define URING_OPTIONAL (sizeof uring__optional / sizeof uring__optional[0])

/* The worker pool does these where the ring does not. SEND_ZC is asked for only where it is there. */
#define URING_POOLED (TORUS_OP_BIT(READ) | TORUS_OP_BIT(WRITE) | TORUS_OP_BIT(FSYNC))
#define URING_NEEDED (TORUS_ALL_OPERATIONS & ~(URING_POOLED | TORUS_OP_BIT(SEND_ZC)))

#define URING_FEATURES (URING_FEAT_SINGLE_MMAP | URING_FEAT_NODROP | URING_FEAT_EXT_ARG)

int uring_register(int fd, unsigned opcode, void *argument, unsigned count) {
    long result = syscall(URING_SYS_REGISTER, fd, opcode, argument, count);
    return result < 0 ? -errno : (int)result;
}

/* --- reasons ------------------------------------------------------------------------------------------------------ */

static bool uring__disabled_by_sysctl(void) {
    FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (file == NULL) {
        return false;
    }
    int level = 0;
    int fields = fscanf(file, "%d", &level);
    fclose(file);
    return fields == 1 && level > 0;
}

static int uring__explain(const char *call, int error, char *reason, size_t size) {
    switch (error) {
        case ENOSYS:
            return torus_fail(reason, size, error,
                              "%s: ENOSYS: this kernel was built without io_uring, or a seccomp filter says so", call);
        case EPERM:
            if (uring__disabled_by_sysctl()) {
                return torus_fail(reason, size, error,
                                  "io_uring is switched off by the sysctl kernel.io_uring_disabled");
            }
            return torus_fail(reason, size, error, "%s is not permitted: a seccomp filter, as containers have", call);
        case EACCES:
            return torus_fail(reason, size, error, "%s is not permitted by a security module", call);
        case ENOMEM:
            return torus_fail(reason, size, error, "not enough lockable memory for the rings (ulimit -l)");
        case EMFILE:
        case ENFILE:
            return torus_fail(reason, size, error, "no descriptor left for io_uring (ulimit -n)");
        default:
            return torus_fail(reason, size, error, "%s: %s", call, strerror(error));
    }
}

static int uring__check_kernel(char *reason, size_t size) {
    struct utsname name;
    int major = 0;
    int minor = 0;
    if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
        return torus_fail(reason, size, ENOSYS, "the version of the kernel cannot be found out");
    }
    if (major < URING_FLOOR_MAJOR || (major == URING_FLOOR_MAJOR && minor < URING_FLOOR_MINOR)) {
        return torus_fail(reason, size, ENOSYS, "kernel %d.%d is older than %d.%d", major, minor, URING_FLOOR_MAJOR,
                          URING_FLOOR_MINOR);
    }
    return 0;
}

/* --- names of operations -------------------------------------------------------------------------------------------*/

static const char *uring__operation_name(unsigned opcode) {
    switch (opcode) {
#define URING_NAME(name, code, uses, flags, ioprio, op_flags, result, errors) \
    case (code):                                                              \
        return #name;
        TORUS_OPERATIONS(URING_NAME)
#undef URING_NAME
        default:
            return "?";
    }
}

/* Appends the names of a set, each after a space. */
static void uring__append_names(uint64_t operations, char *text, size_t size) {
    for (unsigned opcode = 0; opcode < 64; opcode++) {
        size_t used = strlen(text);
        if ((operations >> opcode & 1) != 0 && used < size) {
            snprintf(text + used, size - used, " %s", uring__operation_name(opcode));
        }
    }
}

/* --- setting up --------------------------------------------------------------------------------------------------- */

/* Returns the descriptor and leaves what was accepted in `params`, or -errno. */
static int uring__setup(const struct torus_config *config, struct uring_params *params) {
    uint32_t flags = URING_SETUP_CQSIZE | URING_SETUP_CLAMP | URING_SETUP_R_DISABLED;
    for (size_t i = 0; i < URING_OPTIONAL; i++) {
        flags |= uring__optional[i].flags;
    }
    for (size_t given_up = 0;; given_up++) {
        memset(params, 0, sizeof *params);
        params->flags = flags;
        params->cq_entries = config->cq_entries;
        long fd = syscall(URING_SYS_SETUP, config->sq_entries, params);
        if (fd >= 0) {
            return (int)fd;
        }
        if (errno != EINVAL || given_up == URING_OPTIONAL) {
            return -errno;
        }
        flags &= ~uring__optional[given_up].flags;
    }
}

static int uring__probe(struct uring_setup *setup, char *reason, size_t size) {
    struct uring_probe probe;
    memset(&probe, 0, sizeof probe);
    int result = uring_register(setup->fd, URING_REGISTER_PROBE, &probe, URING_PROBE_OPS);
    if (result < 0) {
        return uring__explain("io_uring_register", -result, reason, size);
    }
    setup->operations = 0;
    for (unsigned i = 0; i < probe.ops_length && i < URING_PROBE_OPS; i++) {
        if ((probe.ops[i].flags & URING_OP_SUPPORTED) != 0 && probe.ops[i].op < 64) {
            setup->operations |= UINT64_C(1) << probe.ops[i].op;
        }
    }
    setup->operations &= TORUS_ALL_OPERATIONS;
    uint64_t missing = URING_NEEDED & ~setup->operations;
    if (missing != 0) {
        char names[128] = "";
        uring__append_names(missing, names, sizeof names);
        return torus_fail(reason, size, ENOSYS, "this io_uring lacks%s", names);
    }
    return 0;
}

int uring_set_up(const struct torus_config *config, struct uring_setup *out, char *reason, size_t size) {
    int result = uring__check_kernel(reason, size);
    if (result < 0) {
        return result;
    }
    memset(out, 0, sizeof *out);
    out->fd = uring__setup(config, &out->params);
    if (out->fd < 0) {
        return uring__explain("io_uring_setup", -out->fd, reason, size);
    }
    if ((out->params.features & URING_FEATURES) != URING_FEATURES) {
        result = torus_fail(reason, size, ENOSYS, "this io_uring lacks SINGLE_MMAP, NODROP or EXT_ARG");
    } else {
        result = uring__probe(out, reason, size);
    }
    if (result < 0) {
        close(out->fd);
    }
    return result;
}

int uring_try(char *reason, size_t size) {
    struct torus_config smallest = {2, 4};
    struct uring_setup setup;
    int result = uring_set_up(&smallest, &setup, reason, size);
    if (result < 0) {
        return result;
    }
    result = uring_register(setup.fd, URING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (result < 0) {
        result = uring__explain("io_uring_register", -result, reason, size);
    } else if (syscall(URING_SYS_ENTER, setup.fd, 0, 0, 0, NULL, 0) < 0) {
        result = uring__explain("io_uring_enter", errno, reason, size);
    }
    close(setup.fd);
    return result < 0 ? result : 0;
}

void uring_describe_setup(const struct uring_setup *setup, char *text, size_t size) {
    for (size_t i = 0; i < URING_OPTIONAL; i++) {
        size_t used = strlen(text);
        bool on = (setup->params.flags & uring__optional[i].flags) == uring__optional[i].flags;
        snprintf(text + used, size - used, ", %s%s", on ? "" : "no ", uring__optional[i].name);
    }
    uint64_t pooled = URING_POOLED & ~setup->operations;
    size_t used = strlen(text);
    if (pooled != 0) {
        snprintf(text + used, size - used, ", by the worker pool:");
        uring__append_names(pooled, text, size);
    }
}
