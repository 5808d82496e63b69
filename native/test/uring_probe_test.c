/*
 * What the io_uring backend does on a kernel that lacks something: this program's syscall() stands in front of the C
 * library's and refuses setup flags, takes operations out of the probe, or forbids a call.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "../src/backend/uring_abi.h"
#include "driver.h"

#define TEXT 256

/* What the kernel pretends to lack; all zero: nothing. */
static struct {
    uint32_t setup_flags; /* io_uring_setup with one of them: EINVAL */
    uint32_t features;    /* not announced */
    uint64_t operations;  /* not in the probe */
    long forbidden_call;  /* its number; 0 is none of ours */
    int forbidden_error;
    unsigned refused_register; /* io_uring_register with this opcode: EINVAL */
    unsigned setups;           /* calls of io_uring_setup */
} fake;

static long real_syscall(long number, long a, long b, long c, long d, long e, long f) {
    static long (*next)(long, ...);
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "syscall");
        CHECK(symbol != NULL);
        memcpy(&next, &symbol, sizeof next);
    }
    return next(number, a, b, c, d, e, f);
}

static long refuse(int error) {
    errno = error;
    return -1;
}

static void hide_operations(struct uring_probe *probe) {
    for (unsigned i = 0; i < probe->ops_length && i < URING_PROBE_OPS; i++) {
        if (probe->ops[i].op < 64 && (fake.operations >> probe->ops[i].op & 1) != 0) {
            probe->ops[i].flags = 0;
        }
    }
}

long syscall(long number, ...) {
    long a[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(list, long);
    }
    va_end(list);
    if (number == fake.forbidden_call) {
        return refuse(fake.forbidden_error);
    }
    if (number == URING_SYS_SETUP) {
        struct uring_params *params = (struct uring_params *)a[1];
        fake.setups++;
        if ((params->flags & fake.setup_flags) != 0) {
            return refuse(EINVAL);
        }
    }
    if (number == URING_SYS_REGISTER && a[1] == (long)fake.refused_register && fake.refused_register != 0) {
        return refuse(EINVAL);
    }
    long result = real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (number == URING_SYS_SETUP && result >= 0) {
        ((struct uring_params *)a[1])->features &= ~fake.features;
    }
    if (number == URING_SYS_REGISTER && a[1] == URING_REGISTER_PROBE && result >= 0) {
        hide_operations((struct uring_probe *)a[2]);
    }
    return result;
}

static void pretend_nothing(void) {
    memset(&fake, 0, sizeof fake);
}

/* Opens it, sends a few bytes through it, and leaves its description. */
static void must_work(char *description) {
    struct driver driver;
    driver_open(&driver, "io_uring", 8, 32);
    driver.backend->ops->describe(driver.backend, description, TEXT);
    int owned;
    int peer;
    driver_pair(&driver, &owned, &peer);
    char *memory = driver_memory(&driver, 64);
    memcpy(memory, "hello", 5);
    driver_send(&driver, owned, memory, 5, 1);
    driver_expect(&driver, 1, 5, 0);
    driver_recv(&driver, owned, memory, 64, 2);
    CHECK_EQUAL(3, write(peer, "you", 3));
    driver_expect(&driver, 2, 3, 0);
    CHECK(memcmp(memory, "you", 3) == 0);
    /* more than the rings hold, so that entries are taken in order all the way round */
    for (uint64_t i = 10; i < 60; i++) {
        driver_entry(&driver, TORUS_OP_NOP, -1, i);
        driver_expect(&driver, i, 0, 0);
    }
    close(peer);
    driver_close(&driver);
}

static void must_contain(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fprintf(stderr, "\"%s\" does not contain \"%s\"\n", text, part);
        abort();
    }
}

static void must_not_contain(const char *text, const char *part) {
    if (strstr(text, part) != NULL) {
        fprintf(stderr, "\"%s\" contains \"%s\"\n", text, part);
        abort();
    }
}

/* Neither available() nor open() may succeed, and both say why. */
static void must_be_refused(int error, const char *because) {
    const struct torus_backend_ops *ops = torus_backend_named("io_uring");
    char reason[TEXT] = "";
    CHECK_EQUAL(-error, ops->available(reason, sizeof reason));
    must_contain(reason, because);
}

static void open_must_be_refused(int error, const char *because) {
    const struct torus_backend_ops *ops = torus_backend_named("io_uring");
    struct torus_config config = {8, 32};
    struct torus_backend *backend = NULL;
    char reason[TEXT] = "";
    CHECK_EQUAL(-error, ops->open(&config, &backend, reason, sizeof reason));
    must_contain(reason, because);
    CHECK(backend == NULL);
}

/* An older kernel: each flag is unknown together with all that came after it. */
static void older_kernels(void) {
    static const struct {
        uint32_t flags;
        const char *without;
        const char *with;
    } ages[] = {
        {URING_SETUP_NO_SQARRAY, "no NO_SQARRAY", ", DEFER_TASKRUN, SINGLE_ISSUER, SUBMIT_ALL"},
        {URING_SETUP_NO_SQARRAY | URING_SETUP_DEFER_TASKRUN, "no DEFER_TASKRUN", ", SINGLE_ISSUER, SUBMIT_ALL"},
        {URING_SETUP_NO_SQARRAY | URING_SETUP_DEFER_TASKRUN | URING_SETUP_SINGLE_ISSUER, "no SINGLE_ISSUER",
         ", SUBMIT_ALL"},
        {URING_SETUP_NO_SQARRAY | URING_SETUP_DEFER_TASKRUN | URING_SETUP_SINGLE_ISSUER | URING_SETUP_SUBMIT_ALL |
             URING_SETUP_TASKRUN_FLAG,
         "no SUBMIT_ALL", "io_uring"},
    };
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        char text[TEXT] = "";
        pretend_nothing();
        fake.setup_flags = ages[i].flags;
        must_work(text);
        must_contain(text, ages[i].without);
        must_contain(text, ages[i].with);
    }
}

/* One flag alone is refused: what is given up until it works may be more, but it works. */
static void single_flags(void) {
    static const uint32_t flags[] = {URING_SETUP_NO_SQARRAY, URING_SETUP_DEFER_TASKRUN, URING_SETUP_TASKRUN_FLAG,
                                     URING_SETUP_SINGLE_ISSUER, URING_SETUP_SUBMIT_ALL};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        char text[TEXT] = "";
        pretend_nothing();
        fake.setup_flags = flags[i];
        must_work(text);
        CHECK(fake.setups >= 2);
    }
}

/* What is always asked for: no ring then, and the probing ends. */
static void needed_flags(void) {
    static const uint32_t flags[] = {URING_SETUP_CQSIZE, URING_SETUP_CLAMP, URING_SETUP_R_DISABLED};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        pretend_nothing();
        fake.setup_flags = flags[i];
        must_be_refused(EINVAL, "io_uring_setup");
        open_must_be_refused(EINVAL, "io_uring_setup");
        CHECK(fake.setups <= 10);
    }
}

static void missing_features(void) {
    static const uint32_t features[] = {URING_FEAT_SINGLE_MMAP, URING_FEAT_NODROP, URING_FEAT_EXT_ARG};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        pretend_nothing();
        fake.features = features[i];
        must_be_refused(ENOSYS, "lacks SINGLE_MMAP, NODROP or EXT_ARG");
        open_must_be_refused(ENOSYS, "lacks SINGLE_MMAP, NODROP or EXT_ARG");
    }
}

/* The pool does what the ring does not; what it cannot do, the backend cannot be without. */
static void missing_operations(void) {
    char text[TEXT] = "";
    pretend_nothing();
    must_work(text);
    must_not_contain(text, "worker pool");
    fake.operations = TORUS_OP_BIT(FSYNC) | TORUS_OP_BIT(READ) | TORUS_OP_BIT(SEND_ZC);
    must_work(text);
    must_contain(text, "by the worker pool: FSYNC READ");
    must_not_contain(text, "WRITE");

    struct driver driver;
    driver_open(&driver, "io_uring", 8, 32);
    uint64_t operations = driver.backend->ops->operations(driver.backend);
    CHECK_EQUAL(0, operations & fake.operations);
    CHECK((operations & TORUS_OP_BIT(WRITE)) != 0);
    driver_close(&driver);

    fake.operations = TORUS_OP_BIT(ACCEPT) | TORUS_OP_BIT(SHUTDOWN);
    must_be_refused(ENOSYS, "this io_uring lacks ACCEPT SHUTDOWN");
    open_must_be_refused(ENOSYS, "this io_uring lacks ACCEPT SHUTDOWN");
}

/* The ring's own descriptor cannot be registered: it is used as it is. */
static void no_registered_ring(void) {
    char text[TEXT] = "";
    pretend_nothing();
    fake.refused_register = URING_REGISTER_RING_FDS;
    must_work(text);
}

static void forbidden_calls(void) {
    static const struct {
        long number;
        const char *name;
    } calls[] = {
        {URING_SYS_SETUP, "io_uring_setup"},
        {URING_SYS_REGISTER, "io_uring_register"},
        {URING_SYS_ENTER, "io_uring_enter"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        pretend_nothing();
        fake.forbidden_call = calls[i].number;
        fake.forbidden_error = ENOSYS;
        must_be_refused(ENOSYS, calls[i].name);
        fake.forbidden_error = EPERM;
        must_be_refused(EPERM, "");
        fake.forbidden_error = EACCES;
        must_be_refused(EACCES, "security module");
    }
    pretend_nothing();
    fake.forbidden_call = URING_SYS_SETUP;
    fake.forbidden_error = ENOMEM;
    must_be_refused(ENOMEM, "ulimit -l");
    fake.forbidden_error = EMFILE;
    must_be_refused(EMFILE, "ulimit -n");
}

int main(void) {
    char reason[TEXT] = "";
    if (torus_backend_named("io_uring")->available(reason, sizeof reason) < 0) {
        printf("skipped: no io_uring here: %s\n", reason);
        return 0;
    }
    older_kernels();
    single_flags();
    needed_flags();
    missing_features();
    missing_operations();
    no_registered_ring();
    forbidden_calls();
    return 0;
}
