/* SPDX-License-Identifier: Apache-2.0 */
/* A run without an agent and without a guest's console. */
#ifndef SESSION_ALONE_H
#define SESSION_ALONE_H

#include <stdbool.h>
#include <stdint.h>

#include "include/cairn/cairn.h"
#include "session/power_cut.h"

/* Until all cores wait, the boot MCU stops, or a limit (session_limits_begin).
 * verdict is the line on which the boot MCU reports the boot, or NULL: there is
 * none. *off: the guest turned the machine off. As cairn_agent_run. */
int session_alone(struct cairn_machine *machine, const char *verdict,
                  uint64_t instructions, uint64_t virtual_ns,
                  struct session_cut *cut, bool *off,
                  struct cairn_error *error);

#endif
