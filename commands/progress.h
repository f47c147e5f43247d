/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that tells how long work goes on, rewritten in place on a terminal;
 * nothing at all in a pipe, or when quiet.
 */
#ifndef COMMANDS_PROGRESS_H
#define COMMANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *out; /* NULL: stay quiet */
    bool shown;
    uint64_t shown_ns;
};

void progress_init(struct progress *progress, FILE *out, bool quiet);
/* Shows the text, at most ten times a second. */
void progress_update(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes the line away: before other output, and at the end. */
void progress_clear(struct progress *progress);

#endif
