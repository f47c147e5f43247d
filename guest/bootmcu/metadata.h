/* SPDX-License-Identifier: Apache-2.0 */
/* Which bank of the boot flash to boot (Arm DEN0118, abi/fwu.h). */
#ifndef GUEST_BOOTMCU_METADATA_H
#define GUEST_BOOTMCU_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/fwu.h"

enum { METADATA_RECOVERY = 2, METADATA_NO_BANK = 3, METADATA_BANKS = 2 };

/* Metadata of one image in two banks, which is what this flash has. */
struct metadata {
    struct fwu_metadata header;
    struct fwu_descriptor descriptor;
    struct fwu_image_entry image;
    struct fwu_bank_entry banks[METADATA_BANKS];
};

/* Reads the first good copy of the update metadata. False: neither is good. */
bool metadata_read(struct metadata *metadata);

/* Writes both copies, one after the other: whenever power goes, one copy is
 * good, the old one or the new one. Sets the checksum. */
void metadata_write(struct metadata *metadata);

/*
 * The bank to boot when those in tried (a bit each) failed: the active one,
 * else an accepted one, else a valid one, the previous before others; then
 * METADATA_RECOVERY, then METADATA_NO_BANK. metadata may be NULL.
 */
unsigned metadata_choose(const struct metadata *metadata, uint32_t tried);

#endif
