/* SPDX-License-Identifier: Apache-2.0 */
/* A run without an agent and without a guest's console. */
#ifndef COMMANDS_RUN_ALONE_H
#define COMMANDS_RUN_ALONE_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/run_power_cut.h"
#include "include/cairn/cairn.h"

/* Until all cores wait, the boot MCU stops, or the limit. *off: the guest
 * turned the machine off. As cairn_agent_run. */
int run_alone(struct cairn_machine *machine, uint64_t instructions,
              struct run_power_cut *cut, bool *off, struct cairn_error *error);

#endif
