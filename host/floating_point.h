/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's floating point as arithmetic of guests needs it: rounding to
 * nearest, subnormal numbers kept, no exception raised. The caller may have set
 * it otherwise, for the thread. Any thread.
 */
#ifndef HOST_FLOATING_POINT_H
#define HOST_FLOATING_POINT_H

#include <stdint.h>

struct floating_point {
    uint64_t modes[8]; /* the host's own */
};

/* Keeps the modes and flags in force, for floating_point_end to restore. */
void floating_point_begin(struct floating_point *caller);
void floating_point_end(const struct floating_point *caller);

#endif
