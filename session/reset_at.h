/* SPDX-License-Identifier: Apache-2.0 */
/* Reset lines that are asserted at places of the run. */
#ifndef SESSION_RESET_AT_H
#define SESSION_RESET_AT_H

#include <stddef.h>

#include "include/cairn/cairn.h"
#include "session/options.h"

/* Before the machine runs, after a snapshot. The errors of cairn_reset_line_at,
 * with the lines that the board has instead. */
int session_reset_at_plan(struct cairn_machine *machine,
                          const struct session_options *options,
                          struct cairn_error *error);
/* After a run that came to code: 0, or -ENOMSG if one of them was never
 * reached. */
int session_reset_at_judge(const struct cairn_machine *machine, int code,
                           struct cairn_error *error);

#endif
