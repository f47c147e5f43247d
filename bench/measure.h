/* SPDX-License-Identifier: Apache-2.0 */
/* Programs run as children, one at a time, and what they cost. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct cost {
    bool good; /* it ended with status 0 */
    double cpu_s;
    double wall_s;
    double peak_mib; /* resident */
};

/* Runs argv[0], found through PATH, with LD_LIBRARY_PATH if libraries is not
 * empty; what it prints goes to output. */
struct cost measure(const char *const argv[], const char *libraries,
                    struct buffer *output);
/* Whether guests are to be interpreted: CAIRN_BENCH_INTERPRETED is set. */
bool measure_interpreted(void);
/* This process and its children stay on one processor, the last. */
void measure_on_one_processor(void);

double median(const double *values, size_t count);

#endif
