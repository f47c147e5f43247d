/* SPDX-License-Identifier: Apache-2.0 */
/* How far a run may go, and what is said when it has come there or stands. */
#ifndef SESSION_LIMITS_H
#define SESSION_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "include/cairn/cairn.h"

/* From where the run began on, resets and losses of power included. */
struct session_limits {
    struct cairn_machine *machine;
    uint64_t instructions; /* of --max-instructions; 0: no limit */
    uint64_t end;          /* the same, of the machine's life */
    uint64_t time_ns;      /* of --max-time, or of a guest that waits and
                              retires nothing; 0: no limit */
    uint64_t end_ns;
    const char *raises; /* the option that raises that */
    uint64_t resets; /* so far: a guest may ask for one each few instructions */
    uint64_t resets_max;
};

/* virtual_ns is the time of --max-time, or 0. */
void session_limits_begin(struct session_limits *limits,
                          struct cairn_machine *machine, uint64_t instructions,
                          uint64_t virtual_ns, bool watched);
/* Puts what is left into *until; false: nothing is. */
bool session_limits_put(const struct session_limits *limits,
                        struct cairn_until *until);
/* The limit of time was reached. */
bool session_limits_is_late(const struct session_limits *limits);
/* The guest asked for a reset: does it, unless there were too many. Then false,
 * and session_limits_judge says so of CAIRN_STOP_RESET. */
bool session_limits_reset(struct session_limits *limits);
/* Why cairn_run came back, when that is the end: -ETIMEDOUT after a limit,
 * -EDEADLK of a machine that stands still, -EOPNOTSUPP of one that met
 * something unmodelled; 0 of other reasons. */
int session_limits_judge(const struct session_limits *limits,
                         enum cairn_stop stop, struct cairn_error *error);

/* A limit of the host's time (--timeout). */
struct session_timeout {
    uint64_t end_ns; /* by host_time_ns(); 0: there is none */
    bool over;       /* it was reached, and ended the run */
};

void session_timeout_begin(struct session_timeout *timeout, uint64_t host_ns);
/* Looks at the host's clock. */
bool session_timeout_is_over(struct session_timeout *timeout);
/* -ETIMEDOUT, with the reason, of a run that it ended. */
int session_timeout_judge(const struct cairn_machine *machine, uint64_t host_ns,
                          struct cairn_error *error);

#endif
