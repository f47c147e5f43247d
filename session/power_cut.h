/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --power-cut: power is lost in one numbered operation of the board's flash,
 * and the machine is powered on again with what the flash then holds.
 */
#ifndef SESSION_POWER_CUT_H
#define SESSION_POWER_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/command.h"
#include "commands/run_output.h"
#include "include/cairn/cairn.h"

struct session_power_cut {
    struct run_output *output;
    struct cairn_machine *machine;
    const char *flash; /* NULL: no cut was asked for */
    uint32_t operation;
    uint32_t byte;
    uint32_t seed;
    bool asked;
    bool lost; /* power, since the last look */
    bool done;
};

/* Reads the option; an exit code. */
int session_power_cut_load(struct session_power_cut *cut,
                           const struct arguments *arguments,
                           struct run_output *output);
/* Before the power is turned on, after a snapshot. Fails when the board has no
 * flash. */
int session_power_cut_plan(struct session_power_cut *cut,
                           struct cairn_machine *machine,
                           struct cairn_error *error);
/* After cairn_run: whether power was lost; then it is on again. */
bool session_power_cut_again(struct session_power_cut *cut);
/* Tells when the operation was never reached. */
void session_power_cut_finish(const struct session_power_cut *cut);

#endif
