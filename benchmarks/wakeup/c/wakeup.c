/*
 * A loop in C that another thread wakes by an eventfd: the least that a wake-up costs. Reads one command per line and
 * answers one line of JSON; see ../wakeup.py for both.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_ROUNDS 1000000

static int event;
static atomic_ullong sent_at;
static atomic_ullong posted;
static atomic_ullong taken;
static uint64_t wakeups;
static uint64_t latencies[MAX_ROUNDS];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The loop: waits, takes everything that was posted, and notes how long the first of it was under way. */
static void *loop(void *unused) {
    (void)unused;
    int epoll = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN};
    struct epoll_event found;
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted);
    for (;;) {
        epoll_wait(epoll, &found, 1, -1);
        uint64_t count;
        if (read(event, &count, sizeof count) == sizeof count) {
            uint64_t at = now();
            uint64_t first = atomic_load(&taken);
            if (first < MAX_ROUNDS) {
                latencies[first] = at - atomic_load(&sent_at);
            }
            atomic_fetch_add(&taken, count);
        }
    }
    return NULL;
}

static void post(void) {
    uint64_t one = 1;
    atomic_fetch_add(&posted, 1);
    if (write(event, &one, sizeof one) != sizeof one) {
        abort();
    }
    wakeups++;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* `size` posts at once, then a gap in which the loop falls asleep; `rounds` times. */
static void run(unsigned rounds, unsigned size, unsigned gap_us) {
    static uint64_t first_of_round[MAX_ROUNDS];
    atomic_store(&posted, 0);
    atomic_store(&taken, 0);
    wakeups = 0;
    uint64_t begin = now();
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t before = atomic_load(&taken);
        atomic_store(&sent_at, now());
        for (unsigned n = 0; n < size; n++) {
            post();
        }
        while (atomic_load(&taken) < (uint64_t)(i + 1) * size) {
        }
        first_of_round[i] = before < MAX_ROUNDS ? latencies[before] : 0;
        uint64_t until = now() + gap_us * 1000u;
        while (now() < until) {
        }
    }
    double seconds = (double)(now() - begin) / 1e9;
    qsort(first_of_round, rounds, sizeof first_of_round[0], ascending);
    printf(
        "{\"p50_ns\": %llu, \"p90_ns\": %llu, \"p99_ns\": %llu, \"wakeups\": %llu, \"posts\": %llu, \"seconds\": "
        "%.6f}\n",
        (unsigned long long)first_of_round[rounds / 2], (unsigned long long)first_of_round[rounds * 9 / 10],
        (unsigned long long)first_of_round[rounds * 99 / 100], (unsigned long long)wakeups,
        (unsigned long long)rounds * size, seconds);
    fflush(stdout);
}

int main(void) {
    event = eventfd(0, EFD_CLOEXEC);
    pthread_t thread;
    if (event < 0 || pthread_create(&thread, NULL, loop, NULL) != 0) {
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    unsigned rounds;
    unsigned size;
    unsigned gap;
    while (scanf("%u %u %u", &rounds, &size, &gap) == 3) {
        if (rounds == 0 || size == 0 || (uint64_t)rounds * size > MAX_ROUNDS) {
            return 2;
        }
        run(rounds, size, gap);
    }
    return 0;
}
