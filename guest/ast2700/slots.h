/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flash image of the boot flash is booted. A flash with update metadata
 * has two banks and a recovery bank, laid out as board trust's
 * (abi/flash_image.h), and capsules for them; else there is one image.
 */
#ifndef GUEST_AST2700_SLOTS_H
#define GUEST_AST2700_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/bootmcu/images.h"

enum { SLOT_ALONE = 4 }; /* no bank: the only image */

/* Lets all of the flash be read, and written, in whatever address mode an
 * operating system left the chip before a warm reset. */
void slots_open_flash(void);

/* Applies a capsule that waits, counts a boot on trial, and opens the bank that
 * is to boot; has_header: behind an FMC header. */
refusal slots_open(struct bank *bank, unsigned *slot, bool *has_header);

/* All that the bank holds is authorised: ends trials that need no acceptance,
 * and raises the floor. */
void slots_booted(unsigned slot, uint32_t version);

/* The bank is refused: resets the SoC for the next one, or stops if there is
 * none. */
_Noreturn void slots_refused(unsigned slot, refusal why);

/* Has a watchdog reset all of the SoC. */
_Noreturn void slots_reset_soc(void);

#endif
