/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that the root of trust's client (caliptra.c) needs of the SoC
 * around it: each SoC with such a boot controller has a soc.c.
 */
#ifndef GUEST_BOOTMCU_SOC_H
#define GUEST_BOOTMCU_SOC_H

#include <stdint.h>

/* Where this processor sees what the core has at 0x30020000. */
extern const uint32_t soc_caliptra;

/* Resets the root of trust from power-on, and lets it out. */
void soc_caliptra_power_on(void);
/* Lets it out of a warm reset. */
void soc_caliptra_release(void);

/* A word of abi/update_report.h, and the version that it is about. */
void soc_report(uint32_t word, uint32_t version);
/* A word of the fuse array, which begins with the core's fuse registers. */
uint32_t soc_fuse(unsigned word);
/* Burns bits of a word: ones stay ones. */
void soc_burn_fuses(unsigned word, uint32_t bits);
/* Hides the secrets among them up to the next reset. */
void soc_lock_secrets(void);

#endif
