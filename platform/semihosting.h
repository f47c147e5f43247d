/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm semihosting (version 3.0) for bare-metal programs: console output and the
 * end of the run. Files of the host are not given away: opening one fails.
 */
#ifndef PLATFORM_SEMIHOSTING_H
#define PLATFORM_SEMIHOSTING_H

#include "platform/machine.h"

/* The operation is in x[0], its argument in x[1]; the answer goes to x[0]. */
void semihosting_call(struct cairn_machine *machine, struct core *core,
                      uint64_t x[8]);

#endif
