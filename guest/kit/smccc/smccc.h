/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to a monitor (SMC Calling Convention, DEN0028). */
#ifndef GUEST_KIT_SMCCC_H
#define GUEST_KIT_SMCCC_H

#include <stdint.h>

enum { SMCCC_REGISTERS = 5, PSCI_SYSTEM_OFF = (int)0x84000008 };

/* x0 to x4, in and out. */
struct smccc {
    uint64_t x[SMCCC_REGISTERS];
};

void smccc_call(struct smccc *registers);

#endif
