/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions as exit codes. */
#include "commands/judged.h"

#include "commands/command.h"

int judged_exit(const struct verdict *verdict)
{
    static const int codes[] = {
        [VERDICT_IS_TRUSTED] = COMMAND_DONE,
        [VERDICT_IS_REFUSED] = COMMAND_FAILED,
        [VERDICT_IS_UNDECIDED] = COMMAND_UNDECIDED,
    };

    return codes[verdict_decide(verdict)];
}
