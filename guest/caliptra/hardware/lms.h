/* SPDX-License-Identifier: Apache-2.0 */
/* LMS signatures (RFC 8554, SHA-256/192, H15, W4) over the SHA-256 block. */
#ifndef GUEST_CALIPTRA_LMS_H
#define GUEST_CALIPTRA_LMS_H

#include "abi/caliptra_image.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The root that the signature of a SHA-384 digest leads to, for the caller to
 * compare with that of the key. With chains_in_hardware the block iterates the
 * Winternitz chains itself. Returns 0 or a CALIPTRA_ERROR_DRIVER_ code.
 */
uint32_t lms_root(const struct caliptra_lms_key *key,
                  const struct caliptra_lms_signature *signature,
                  const uint32_t digest[12], bool chains_in_hardware,
                  uint8_t root[CALIPTRA_LMS_N]);

#endif
