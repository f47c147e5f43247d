/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power is lost in one numbered operation of the board's flash, and the machine
 * is powered on again with what the flash then holds.
 */
#ifndef SESSION_POWER_CUT_H
#define SESSION_POWER_CUT_H

#include <stdbool.h>

#include "include/cairn/cairn.h"
#include "session/observer.h"
#include "session/options.h"

struct session_cut {
    const struct session_observer *observer;
    struct cairn_machine *machine;
    struct session_power_cut plan;
    const char *flash; /* NULL: no cut was asked for */
    bool lost;         /* power, since the last look */
    bool done;
};

/* Before the power is turned on, after a snapshot. flash is the device whose
 * power is cut, or NULL; -ENOENT when it cannot be. */
int session_cut_plan(struct session_cut *cut, struct cairn_machine *machine,
                     const char *flash, struct cairn_error *error);
/* After cairn_run: whether power was lost; then it is on again. */
bool session_cut_again(struct session_cut *cut);
/* After a run that came to code. Tells when power was never lost; then a run
 * that went well has come to -ENOMSG, with the reason. */
int session_cut_judge(const struct session_cut *cut, int code,
                      struct cairn_error *error);

#endif
