/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware calls that the platform answers when no firmware of the machine
 * does: PSCI 1.1 (DEN0022D) and the discovery calls of SMCCC 1.1 (DEN0028).
 */
#ifndef PLATFORM_MACHINE_PSCI_H
#define PLATFORM_MACHINE_PSCI_H

#include "platform/machine/machine.h"

/* core_config.firmware: context is the machine. Answers the conduit that the
 * machine has: HVC without EL2, SMC with it; passes semihosting on. */
enum core_answer psci_call(void *context, struct core *core,
                           enum core_call kind, uint64_t x[8]);

/* Sets a register by its name; for the machine's own use. False when there is
 * none. */
bool psci_set_register(struct core *core, const char *name, uint64_t value);

#endif
