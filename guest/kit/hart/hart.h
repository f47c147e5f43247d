/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A RISC-V hart that sleeps. These are functions, as those of guest/kit/mmio
 * are: a test on the host can put what wakes it behind the same code.
 */
#ifndef GUEST_KIT_HART_H
#define GUEST_KIT_HART_H

#include <stdint.h>

/* The interrupts that end a sleep, by their bits in mie (CSR_MIE_*). */
void hart_wake_by(uint32_t interrupts);

/* Sleeps until one is pending, or not at all. */
void hart_wait(void);

#endif
