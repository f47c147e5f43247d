/* SPDX-License-Identifier: Apache-2.0 */
/* Programs run as children, one at a time, and what they cost. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buffer.h"

struct cost {
    bool good; /* it ended with status 0 */
    double cpu_s;
    double wall_s;
    /* For measure_between; 0 if a line did not come. CPU time is the child's
     * own, not that of its children. */
    double between_s;
    double between_cpu_s;
    double peak_mib; /* resident */
};

/* Runs argv[0], found through PATH, with LD_LIBRARY_PATH if libraries is not
 * empty; what it prints goes to output. */
struct cost measure(const char *const argv[], const char *libraries,
                    struct buffer *output);
/* The same, with the times between the ends of two lines that it prints:
 * one that starts with begin, and a later one with end. It is ended after so
 * many seconds, and not `good` then; 0: never. */
struct cost measure_between(const char *const argv[], const char *libraries,
                            struct buffer *output, const char *begin,
                            const char *end, double limit_s);
/* A text to wait for, behind the one of the line before, and the keys that
 * answer it, or NULL. */
struct measure_line {
    const char *text;
    const char *keys;
};
/* Runs argv[0] until it has printed the last text, and ends it there; a line
 * without text ends the lines. `good` is that all came within so many seconds.
 */
struct cost measure_talk(const char *const argv[], const char *libraries,
                         const struct measure_line *lines, double limit_s);
/* A whole line, without its end, so many seconds after the start. */
typedef void measure_heard(void *context, const char *line, double at_s);
/* Runs argv[0] until it has printed the text, and ends it there. `good` is that
 * the text came within so many seconds; each line before it is told, and the
 * one with it. */
struct cost measure_lines(const char *const argv[], const char *libraries,
                          const char *text, double limit_s,
                          measure_heard *heard, void *context);
/* True if guests are to be interpreted: CAIRN_BENCH_INTERPRETED is set. */
bool measure_interpreted(void);
/* This process and its children stay on one processor, the last. */
void measure_on_one_processor(void);

/* Seconds of a clock. */
double measure_now_s(clockid_t clock);
double median(const double *values, size_t count);

#endif
