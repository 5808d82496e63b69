/* From a submission entry to an operation. */
#ifndef TORUS_DECODE_H
#define TORUS_DECODE_H

#include "pending.h"

/* Checks an entry against the operation table and turns it into an operation; 0 or -EINVAL. */
int torus_operation_decode(const struct torus_sqe *sqe, struct torus_op *out);

#endif
