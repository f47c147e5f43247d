/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA over P-384 by the ECC block. */
#ifndef GUEST_CALIPTRA_ECC_H
#define GUEST_CALIPTRA_ECC_H

#include "abi/caliptra.h"

#include <stdint.h>

/*
 * The block does not say yes or no: it computes the r that the signature ought
 * to have, and the caller compares. Returns 0 or a CALIPTRA_ERROR_DRIVER_ code.
 */
uint32_t ecc_verify(const struct caliptra_ecc_key *key,
                    const uint32_t digest[12],
                    const struct caliptra_ecc_signature *signature,
                    uint32_t r[12]);

#endif
