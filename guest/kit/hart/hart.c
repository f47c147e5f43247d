/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions behind hart.h. */
#include "guest/kit/hart/hart.h"

#include "guest/kit/csr/csr.h"

void hart_wake_by(uint32_t interrupts)
{
    CSR_WRITE(mie, interrupts);
}

void hart_wait(void)
{
    __asm__ volatile("wfi");
}
