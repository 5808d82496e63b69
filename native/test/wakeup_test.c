/*
 * wakeup_test BACKEND: threads that ask for wake-ups while the owner sleeps without a timeout. A lost one would let it
 * sleep for ever. To be run with the thread sanitizer as well.
 */
#include <pthread.h>

#include "driver.h"

#define THREADS 4
#define EACH 5000

static struct driver driver;
static atomic_int asked;
static atomic_int answered;

/* Asks, and waits for the answer before asking again, so that the owner does sleep in between. */
static void *ask(void *unused) {
    (void)unused;
    for (int i = 0; i < EACH; i++) {
        int mine = atomic_fetch_add(&asked, 1) + 1;
        driver.backend->ops->wakeup(driver.backend);
        while (atomic_load(&answered) < mine) {
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    CHECK_EQUAL(2, argc);
    pthread_t threads[THREADS];
    driver_open(&driver, argv[1], 16, 64);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_create(&threads[i], NULL, ask, NULL));
    }
    while (atomic_load(&answered) < THREADS * EACH) {
        struct torus_cqe cqe;
        driver_enter(&driver, 1, -1);
        while (driver_take(&driver, &cqe)) {
            CHECK_EQUAL(TORUS_USER_DATA_WAKE, cqe.user_data);
            if ((cqe.flags & TORUS_CQE_F_MORE) == 0) {
                struct torus_sqe *entry = driver_entry(&driver, TORUS_OP_NOP, 0, 0);
                CHECK_EQUAL(1, driver.backend->ops->arm_wakeup(driver.backend, entry));
            }
        }
        atomic_store(&answered, atomic_load(&asked));
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_join(threads[i], NULL));
    }
    CHECK_EQUAL(THREADS * EACH, driver.backend->ops->counter(driver.backend, TORUS_COUNT_WAKEUPS));

    /* One that comes while nobody sleeps ends the next sleep, even if a poll is in between. */
    driver.backend->ops->wakeup(driver.backend);
    if (driver.backend->ops->nonblocking) {
        driver_enter(&driver, 0, 0);
    }
    driver_enter(&driver, 1, -1);
    driver_close(&driver);
    return 0;
}
