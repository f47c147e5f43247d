/* SPDX-License-Identifier: Apache-2.0 */
/* The first application at the end of a chain of trust: says so and turns the
 * machine off. */
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"

void main(void);

void main(void)
{
    struct smccc off = {{(uint32_t)PSCI_SYSTEM_OFF}};
    uint64_t level;
    __asm__ volatile("mrs %0, CurrentEL" : "=r"(level));
    pl011_text("hello from EL");
    pl011_decimal(level >> 2 & 3);
    pl011_text(", where nothing runs that was not authorised\n");
    smccc_call(&off);
}
