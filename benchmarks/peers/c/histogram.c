#include "histogram.h"

#include <inttypes.h>

static unsigned bucket_of(uint64_t value) {
    if (value >= (UINT64_C(1) << HISTOGRAM_MAX_BITS)) {
        return HISTOGRAM_BUCKETS - 1;
    }
    if (value < (UINT64_C(1) << HISTOGRAM_SUB_BITS)) {
        return (unsigned)value;
    }
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
    return ((shift + 1) << HISTOGRAM_SUB_BITS) + (unsigned)((value >> shift) - (UINT64_C(1) << HISTOGRAM_SUB_BITS));
}

static uint64_t upper_end(unsigned bucket) {
    unsigned row = bucket >> HISTOGRAM_SUB_BITS;
    uint64_t step = bucket & ((1u << HISTOGRAM_SUB_BITS) - 1);
    if (row == 0) {
        return step;
    }
    return ((step + (UINT64_C(1) << HISTOGRAM_SUB_BITS) + 1) << (row - 1)) - 1;
}

void histogram_record(struct histogram *histogram, uint64_t value) {
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    histogram->sum += value;
    if (value > histogram->max) {
        histogram->max = value;
    }
}

uint64_t histogram_quantile(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram->total + 0.5);
    if (wanted == 0) {
        wanted = 1;
    }
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted) {
            uint64_t end = upper_end(i);
            return end < histogram->max ? end : histogram->max;
        }
    }
    return histogram->max;
}

void histogram_print(const struct histogram *histogram, FILE *out) {
    const char *separator = "";
    fputc('[', out);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] != 0) {
            fprintf(out, "%s[%" PRIu64 ",%" PRIu64 "]", separator, upper_end(i), histogram->counts[i]);
            separator = ",";
        }
    }
    fputc(']', out);
}
