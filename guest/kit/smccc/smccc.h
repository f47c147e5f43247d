/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to firmware (SMC Calling Convention, DEN0028): to a monitor by SMC, to
 * a hypervisor, or to the machine in its place, by HVC. */
#ifndef GUEST_KIT_SMCCC_H
#define GUEST_KIT_SMCCC_H

#include <stdint.h>

enum { SMCCC_REGISTERS = 5 };

/* x0 to x4, in and out. */
struct smccc {
    uint64_t x[SMCCC_REGISTERS];
};

void smccc_smc(struct smccc *registers);
void smccc_hvc(struct smccc *registers);

#endif
