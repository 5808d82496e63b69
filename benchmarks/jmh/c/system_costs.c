/*
 * What the processor and the operating system cost a C program, in nanoseconds each, as one line of JSON: what the
 * figures of Java stand beside.
 *
 *   system_costs [SECONDS]      time for each figure, default 0.3; bind it to one processor (taskset), or its switches
 *                               between threads are wake-ups of another processor
 *
 *   call           a function that does nothing, not inlined
 *   vdso_clock     clock_gettime, which reads a page and does not enter the kernel
 *   syscall        getppid: enters the kernel and comes back; less `call`, the two switches of mode
 *   thread_switch  one thread wakes another and sleeps: half of a round trip through two pipes
 *   nop_N          one NOP of io_uring by liburing in batches of N; not there where io_uring cannot be used
 */
#include <liburing.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LOOPS = 1000, ROUND_TRIPS = 100, ENTRIES = 1024, COMPLETIONS = 4096 };

static double seconds_each = 0.3;
static struct io_uring ring;
static int there[2];
static int back[2];

static int64_t nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

__attribute__((noinline)) static void nothing(void) {
    __asm__ volatile("");
}

static void calls(unsigned unused) {
    (void)unused;
    for (int i = 0; i < LOOPS; i++) {
        nothing();
    }
}

static void clocks(unsigned unused) {
    (void)unused;
    for (int i = 0; i < LOOPS; i++) {
        nanos();
    }
}

static void syscalls(unsigned unused) {
    (void)unused;
    for (int i = 0; i < LOOPS; i++) {
        syscall(SYS_getppid);
    }
}

static void pass(int fd, char byte) {
    if (write(fd, &byte, 1) != 1) {
        perror("write");
        exit(1);
    }
}

static char take(int fd) {
    char byte = 0;
    return read(fd, &byte, 1) == 1 ? byte : 0;
}

static void *answer(void *unused) {
    while (take(there[0]) != 0) {
        pass(back[1], 1);
    }
    return unused;
}

static void round_trips(unsigned unused) {
    (void)unused;
    for (int i = 0; i < ROUND_TRIPS; i++) {
        pass(there[1], 1);
        take(back[0]);
    }
}

static void nops(unsigned batch) {
    for (unsigned i = 0; i < batch; i++) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
        io_uring_prep_nop(sqe);
        sqe->user_data = i;
    }
    unsigned done = 0;
    while (done < batch) {
        io_uring_submit_and_wait(&ring, 1);
        struct io_uring_cqe *cqe;
        unsigned head;
        unsigned count = 0;
        io_uring_for_each_cqe(&ring, head, cqe) {
            count++;
        }
        io_uring_cq_advance(&ring, count);
        done += count;
    }
}

/* Runs until the time is over; nanoseconds for one of `each` things that a run does. */
static double measure(void (*run)(unsigned), unsigned argument, unsigned each) {
    int64_t until = nanos() + (int64_t)(seconds_each * 2e8);
    while (nanos() < until) {
        run(argument);
    }
    int64_t began = nanos();
    int64_t now = began;
    int64_t end = began + (int64_t)(seconds_each * 1e9);
    uint64_t done = 0;
    while (now < end) {
        for (int i = 0; i < 16; i++) {
            run(argument);
        }
        done += (uint64_t)each * 16;
        now = nanos();
    }
    return (double)(now - began) / (double)done;
}

static double thread_switch(void) {
    pthread_t thread;
    if (pipe(there) != 0 || pipe(back) != 0 || pthread_create(&thread, NULL, answer, NULL) != 0) {
        perror("thread_switch");
        exit(1);
    }
    double found = measure(round_trips, 0, 2 * ROUND_TRIPS);
    pass(there[1], 0);
    pthread_join(thread, NULL);
    return found;
}

/* As the backend opens it. */
static int open_ring(void) {
    struct io_uring_params parameters = {
        .flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        .cq_entries = COMPLETIONS,
    };
    int result = io_uring_queue_init_params(ENTRIES, &ring, &parameters);
    if (result == 0) {
        io_uring_register_ring_fd(&ring);
    }
    return result;
}

int main(int count, char **arguments) {
    if (count > 1) {
        seconds_each = atof(arguments[1]);
    }
    printf("{\"call\": %.2f", measure(calls, 0, LOOPS));
    printf(", \"vdso_clock\": %.2f", measure(clocks, 0, LOOPS));
    printf(", \"syscall\": %.1f", measure(syscalls, 0, LOOPS));
    printf(", \"thread_switch\": %.0f", thread_switch());
    if (open_ring() == 0) {
        static const unsigned batches[] = {1, 8, 64, 512};
        for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
            printf(", \"nop_%u\": %.2f", batches[i], measure(nops, batches[i], batches[i]));
        }
        io_uring_queue_exit(&ring);
    }
    printf("}\n");
    return 0;
}
