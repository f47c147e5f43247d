/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-tests of the blocks with known answers (FIPS 140-3). Each returns 0 or
 * the CALIPTRA_ERROR_KAT_ code of what failed, which is fatal.
 */
#ifndef GUEST_CALIPTRA_KNOWN_ANSWERS_H
#define GUEST_CALIPTRA_KNOWN_ANSWERS_H

#include <stdint.h>

/* By itself: a ROM checks itself with this block before all others. */
uint32_t known_answers_test_sha256(void);
/* SHA-384, the SHA accelerator unless the SoC has it, ECC key generation,
 * signing and verification, HMAC, LMS. */
uint32_t known_answers_test(void);

#endif
