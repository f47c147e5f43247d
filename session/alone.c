/* SPDX-License-Identifier: Apache-2.0 */
/* Running a board that has neither an agent nor a guest of the caller's. */
#include "session/alone.h"

#include <errno.h>
#include <stdio.h>

#include "abi/boot_mcu.h"
#include "session/limits.h"

static bool is_refused(struct cairn_machine *machine, const char *verdict)
{
    uint32_t level;
    return verdict && cairn_line_get(machine, verdict, &level) == 0 &&
           level != SOC_RESET_VERDICT_RELEASED;
}

/* Resets and losses of power are part of the run, and count towards its end. */
static enum cairn_stop run_on(struct session_limits *limits,
                              struct cairn_until until, struct session_cut *cut)
{
    while (session_limits_put(limits, &until)) {
        enum cairn_stop stop = cairn_run(limits->machine, &until);
        bool again = session_cut_again(cut);
        if ((!again && stop != CAIRN_STOP_RESET) ||
            session_is_ending(cut->observer)) {
            return stop;
        }
        if (!again && !session_limits_reset(limits)) {
            return stop;
        }
    }
    return CAIRN_STOP_BUDGET;
}

/* Waiting is the end of most machines, but no application ends so. */
static int judge_idle(struct cairn_machine *machine, const char *verdict,
                      const struct session_limits *limits,
                      struct cairn_error *error)
{
    if (is_refused(machine, verdict)) {
        snprintf(error->text, sizeof(error->text),
                 "the boot MCU released no application core");
        return -EACCES;
    }
    return verdict || cairn_is_stuck(machine)
               ? session_limits_judge(limits, CAIRN_STOP_IDLE, error)
               : 0;
}

int session_alone(struct cairn_machine *machine, const char *verdict,
                  uint64_t instructions, uint64_t virtual_ns,
                  struct session_cut *cut, bool *off, struct cairn_error *error)
{
    struct session_limits limits;
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until),
        .line = verdict,
        .level = SOC_RESET_VERDICT_STOPPED,
    };
    session_limits_begin(&limits, machine, instructions, virtual_ns, false);
    enum cairn_stop stop = run_on(&limits, until, cut);
    *off = stop == CAIRN_STOP_OFF;
    return stop == CAIRN_STOP_IDLE || stop == CAIRN_STOP_LINE
               ? judge_idle(machine, verdict, &limits, error)
               : session_limits_judge(&limits, stop, error);
}
