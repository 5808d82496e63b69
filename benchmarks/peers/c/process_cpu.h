/* CPU time of another process, all of its living threads. */
#ifndef PEERS_PROCESS_CPU_H
#define PEERS_PROCESS_CPU_H

#include <stdint.h>

struct process_cpu {
    uint64_t total_ns;     /* exact, by the scheduler; threads that have ended are not in it */
    uint64_t user_ticks;   /* by /proc/PID/stat: the split between user and system */
    uint64_t system_ticks; /* in clock ticks of 10 ms */
    uint64_t switches_voluntary;
};

/* 0, or -1 when the process is not there. */
int process_cpu_read(int pid, struct process_cpu *out);

#endif
