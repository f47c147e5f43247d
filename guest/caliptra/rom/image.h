/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision about a firmware bundle in the mailbox: is it what the vendor
 * and the owner signed, and may it run on this device?
 */
#ifndef GUEST_CALIPTRA_IMAGE_H
#define GUEST_CALIPTRA_IMAGE_H

#include "abi/caliptra_image.h"

#include <stdbool.h>
#include <stdint.h>

struct image_verdict {
    uint32_t ecc_index;
    uint32_t lms_index; /* all ones when LMS is not asked for */
    uint32_t owner_key_hash[12];
    bool owner_key_hash_in_fuses;
    uint32_t fmc_effective_svn; /* of the fuses; 0 if roll-back is allowed */
};

/*
 * manifest is a copy of the start of the bundle; the digests are taken over
 * the mailbox SRAM itself. update holds the bundle to the keys and the FMC of
 * the cold boot. Returns 0 or the CALIPTRA_ERROR_ of the first check, in the
 * order of the released ROMs, that fails.
 */
uint32_t image_verify(const struct caliptra_manifest *manifest,
                      uint32_t bundle_size, bool update,
                      struct image_verdict *verdict);

#endif
