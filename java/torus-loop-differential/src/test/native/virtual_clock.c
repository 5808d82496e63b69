/*
 * A clock for Node that goes on only when Node waits or says so: LD_PRELOAD. What takes no time takes none, so that the order of
 * timers does not depend on how busy the machine is. Linux; Node and libuv themselves are untouched.
 *
 * - clock_gettime of the monotonic clocks answers the virtual clock. libuv reads the coarse one for its loop and nothing else does;
 *   clock_getres says that it is fine enough.
 * - Every poll takes a millisecond. One that finds nothing ready and may wait makes the clock jump to the end of its wait, counted
 *   from libuv's last reading, instead of waiting.
 * - umask is how a program speaks to the clock: umask(n) spends n milliseconds; umask(REQUESTS + n) says that n requests are with
 *   the thread pool, and then a poll waits for real; umask(GRACE + n) lets idle polls look n milliseconds longer, for sockets.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { REQUESTS = 0x100000, GRACE = 0x200000, ARGUMENT = 0xfffff };

/* A request that takes longer is not coming: the program is left out then. */
enum { PATIENCE_MS = 5000 };

#define MILLI INT64_C(1000000)
#define START (INT64_C(1000000) * MILLI)

static _Atomic int64_t clock_ns = START;
static int64_t loop_read_ns = START;
static int requests;
static int grace_ms;

static int is_main_thread(void) {
  return syscall(SYS_gettid) == getpid();
}

static int real_clock_gettime(clockid_t id, struct timespec *time) {
  return (int)syscall(SYS_clock_gettime, id, time);
}

int clock_gettime(clockid_t id, struct timespec *time) {
  int64_t now;

  if (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_COARSE && id != CLOCK_MONOTONIC_RAW) {
    return real_clock_gettime(id, time);
  }
  now = atomic_load(&clock_ns);
  if (id == CLOCK_MONOTONIC_COARSE && is_main_thread()) {
    loop_read_ns = now;
  }
  time->tv_sec = now / (1000 * MILLI);
  time->tv_nsec = now % (1000 * MILLI);
  return 0;
}

int clock_getres(clockid_t id, struct timespec *resolution) {
  (void)id;
  resolution->tv_sec = 0;
  resolution->tv_nsec = 1;
  return 0;
}

mode_t umask(mode_t mask) {
  int argument = (int)(mask & ARGUMENT);

  if (mask & GRACE) {
    grace_ms = argument;
  } else if (mask & REQUESTS) {
    requests = argument;
  } else {
    atomic_fetch_add(&clock_ns, argument * MILLI);
  }
  return 022;
}

static int poll_for_real(int epfd, struct epoll_event *events, int max, int timeout, const sigset_t *mask) {
  return (int)syscall(SYS_epoll_pwait, epfd, events, max, timeout, mask, (size_t)8);
}

int epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout, const sigset_t *mask) {
  int64_t now;
  int64_t end;
  int ready;

  if (!is_main_thread()) {
    return poll_for_real(epfd, events, max, timeout, mask);
  }
  ready = poll_for_real(epfd, events, max, requests > 0 ? PATIENCE_MS : timeout > 0 ? grace_ms : timeout, mask);
  now = atomic_load(&clock_ns);
  end = now + MILLI;
  if (ready == 0 && timeout > 0 && loop_read_ns + timeout * MILLI > end) {
    end = loop_read_ns + timeout * MILLI;
  }
  atomic_store(&clock_ns, end);
  return ready;
}

int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout) {
  return epoll_pwait(epfd, events, max, timeout, NULL);
}
