/* SPDX-License-Identifier: Apache-2.0 */
/* The first application at the end of a chain of trust: says so and turns the
 * machine off. */
#include "abi/psci.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"
#include "guest/kit/sysreg/sysreg.h"

void main(void);

void main(void)
{
    struct smccc off = {{PSCI_SYSTEM_OFF}};
    print_text(&pl011, "hello from EL");
    print_decimal(&pl011, SYSREG_READ(CurrentEL) >> 2 & 3);
    print_text(&pl011, ", where nothing runs that was not authorised\n");
    smccc_smc(&off);
}
