/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain as a page for people: one file of HTML that needs nothing but
 * itself and runs no script. On top how it ended, then the stages one below
 * the other, the PCRs, the time line, and every event.
 */
#ifndef TRUST_CHAIN_REPORT_H
#define TRUST_CHAIN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/event.h"

/* What the events do not say. */
struct chain_report {
    const char *board;
    const char *outcome; /* in plain words; NULL: what the events say */
    bool reached;        /* of the outcome */
    uint64_t time_ns;    /* when the run ended */
    uint64_t instructions;
    uint64_t unmodelled;
    uint64_t state_hash;
};

/* The page is well-formed XML too; everything from events is escaped. */
void chain_report_html(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out);

#endif
