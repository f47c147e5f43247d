/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ends: what was reached or why not, and the chain behind it. */
#ifndef COMMANDS_REPORT_H
#define COMMANDS_REPORT_H

#include "base/buffer.h"
#include "commands/run_output.h"

struct report {
    const char *board;
    const char *firmware; /* where it came from, or NULL */
    bool reached;
    const char *outcome; /* in plain words */
    uint64_t time_ns;
    uint64_t instructions;
    uint64_t unmodelled;
    uint64_t state_hash;
    const struct run_output *output; /* for the events */
};

void report_text(const struct report *report, struct buffer *out);
/* One line. */
void report_json(const struct report *report, struct buffer *out);

#endif
