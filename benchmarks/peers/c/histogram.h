/* A log-linear histogram in the manner of HdrHistogram: every value is kept to 0.1 %, in fixed memory. */
#ifndef PEERS_HISTOGRAM_H
#define PEERS_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

enum {
    HISTOGRAM_SUB_BITS = 10, /* 1024 linear steps per power of two: three significant digits */
    HISTOGRAM_MAX_BITS = 42, /* values up to 73 minutes in nanoseconds */
    HISTOGRAM_BUCKETS = (HISTOGRAM_MAX_BITS - HISTOGRAM_SUB_BITS + 2) << HISTOGRAM_SUB_BITS
};

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t max;
    uint64_t sum;
};

void histogram_record(struct histogram *histogram, uint64_t value);

/* The upper end of the bucket in which the given share (0 to 1) of all values is reached; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

/* [[upper end, count], ...] of the buckets that are not empty, as JSON. */
void histogram_print(const struct histogram *histogram, FILE *out);

#endif
