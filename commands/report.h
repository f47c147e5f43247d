/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ends: what was reached or why not, and the chain behind it. */
#ifndef COMMANDS_REPORT_H
#define COMMANDS_REPORT_H

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "session/session.h"

struct report {
    struct cairn_machine *machine; /* for its events */
    struct cairn_outcome result;
    const char *board;
    const char *firmware; /* where it came from, or NULL */
    const char *evidence; /* the file with it, or NULL */
    struct session_created created[SESSION_CREATED_MAX];
    size_t created_count;
    const char *sandbox; /* what held of it, or why nothing did */
    const char *clock;   /* what --rtc came to, or "" */
    const char *reason;  /* a word of session/reason.def */
    uint64_t guest_status;
    uint64_t time_ns;
    uint64_t instructions;
    uint64_t unmodelled;
    uint64_t state_hash;
};

void report_text(const struct report *report, struct buffer *out);
/* One line. */
void report_json(const struct report *report, struct buffer *out);
/* True if a file's name ends as a report's may: as one of report_forms, or
 * without a suffix. */
bool report_has_form(const char *path);
extern const char report_forms[];
/* In the form that the ending of such a name says. */
void report_for(const struct report *report, const char *path,
                struct buffer *out);

#endif
