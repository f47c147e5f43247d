/* SPDX-License-Identifier: Apache-2.0 */
/* --stats: what the engine did. */
#ifndef COMMANDS_RUN_STATISTICS_H
#define COMMANDS_RUN_STATISTICS_H

#include <stdio.h>

#include "include/cairn/cairn.h"

/* What the compiler did in a run, a line for each figure. */
void run_statistics(const struct cairn_machine *machine, FILE *out);

#endif
