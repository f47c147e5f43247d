/* SPDX-License-Identifier: Apache-2.0 */
/* Which bank of the boot flash to boot (Arm DEN0118, abi/fwu.h). */
#ifndef GUEST_BOOTMCU_METADATA_H
#define GUEST_BOOTMCU_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/fwu.h"

enum { METADATA_RECOVERY = 2, METADATA_NO_BANK = 3 };

/* Reads the first good copy of the update metadata. False: neither is good. */
bool metadata_read(struct fwu_metadata *metadata);

/*
 * The bank to boot when those in tried (a bit each) failed: the active one,
 * else an accepted one, else a valid one, the previous before others; then
 * METADATA_RECOVERY, then METADATA_NO_BANK. metadata may be NULL.
 */
unsigned metadata_choose(const struct fwu_metadata *metadata, uint32_t tried);

#endif
