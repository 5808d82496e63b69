/* A test is a program: CHECK() ends it with a message, reaching the end of main() is success. */
#ifndef TORUS_CHECK_H
#define TORUS_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                  \
        }                                                                             \
    } while (0)

#define CHECK_EQUAL(expected, actual)                                                                         \
    do {                                                                                                      \
        int64_t expected_ = (int64_t)(expected);                                                              \
        int64_t actual_ = (int64_t)(actual);                                                                  \
        if (expected_ != actual_) {                                                                           \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, (long long)actual_, \
                    (long long)expected_);                                                                    \
            abort();                                                                                          \
        }                                                                                                     \
    } while (0)

#endif
