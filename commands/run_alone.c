/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/run_alone.h"

#include <errno.h>
#include <stdio.h>

#include "abi/boot_mcu.h"
#include "host/ending.h"

enum { NS_PER_INSTRUCTION = 100 };

/* What the boot MCU of board trust says became of the boot. */
static const char verdict_line[] = "mcu_reset.verdict";

static bool is_refused(struct cairn_machine *machine)
{
    uint32_t verdict;
    return cairn_line_get(machine, verdict_line, &verdict) == 0 &&
           verdict != BOOT_MCU_VERDICT_RELEASED;
}

/* Resets and losses of power are part of the run, and count towards its end. */
static enum cairn_stop run_on(struct cairn_machine *machine,
                              struct cairn_until until,
                              struct run_power_cut *cut)
{
    const uint64_t end = cairn_instructions(machine, NULL) + until.instructions;
    for (;;) {
        enum cairn_stop stop = cairn_run(machine, &until);
        bool again = run_power_cut_again(cut);
        if ((!again && stop != CAIRN_STOP_RESET) || ending_signal() != 0) {
            return stop;
        }
        if (!again) {
            (void)cairn_reset(machine);
        }
        uint64_t done = cairn_instructions(machine, NULL);
        if (done >= end) {
            return CAIRN_STOP_BUDGET;
        }
        until.instructions = end - done;
    }
}

int run_alone(struct cairn_machine *machine, uint64_t instructions,
              struct run_power_cut *cut, bool *off, struct cairn_error *error)
{
    uint32_t verdict;
    bool judged = cairn_line_get(machine, verdict_line, &verdict) == 0;
    /* Waiting takes time, not instructions, so time has a limit too. */
    const struct cairn_until until = {
        .instructions = instructions,
        .time_ns = cairn_time_ns(machine) + instructions * NS_PER_INSTRUCTION,
        .line = judged ? verdict_line : NULL,
        .level = BOOT_MCU_VERDICT_STOPPED,
    };
    switch (run_on(machine, until, cut)) {
    case CAIRN_STOP_UNMODELLED:
        snprintf(error->text, sizeof(error->text),
                 "something unmodelled was met (strict)");
        return -EPROTO;
    case CAIRN_STOP_TIME:
        snprintf(error->text, sizeof(error->text),
                 "the guest waits: after %.1f s it has not turned the machine "
                 "off",
                 (double)cairn_time_ns(machine) / 1e9);
        return -ETIMEDOUT;
    case CAIRN_STOP_BUDGET:
        snprintf(error->text, sizeof(error->text),
                 "the limit of %llu instructions was reached",
                 (unsigned long long)instructions);
        return -ETIMEDOUT;
    case CAIRN_STOP_OFF:
        *off = true;
        return 0;
    default:
        break;
    }
    if (is_refused(machine)) {
        snprintf(error->text, sizeof(error->text),
                 "the boot MCU released no application core");
        return -EACCES;
    }
    return 0;
}
