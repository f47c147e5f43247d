/* SPDX-License-Identifier: Apache-2.0 */
/* --rtc: what a guest's clock of the time of day starts with. The host's time
 * is read once and becomes a date, which reports and snapshots tell, so that
 * the run can be repeated. */
#ifndef SESSION_CLOCK_H
#define SESSION_CLOCK_H

#include "commands/command.h"

enum { SESSION_CLOCK_TEXT = sizeof("2026-11-22T16:40:00Z") };

struct session_clock {
    bool given;
    uint32_t seconds; /* since 1970 */
    char
        text[SESSION_CLOCK_TEXT]; /* the same as a date; "" if none was given */
};

/* Done, or misuse. */
int session_clock_load(struct session_clock *clock,
                       const struct arguments *arguments);

#endif
