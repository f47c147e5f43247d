/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA over P-384 by the ECC block. */
#ifndef GUEST_CALIPTRA_ECC_H
#define GUEST_CALIPTRA_ECC_H

#include "abi/caliptra_image.h"

#include <stdint.h>

/*
 * The block does not say yes or no: it computes the r that the signature ought
 * to have, and the caller compares. Returns 0 or a CALIPTRA_ERROR_DRIVER_ code.
 */
uint32_t ecc_verify(const struct caliptra_ecc_key *key,
                    const uint32_t digest[12],
                    const struct caliptra_ecc_signature *signature,
                    uint32_t r[12]);

/*
 * A key pair from the seed in a slot of the key vault, with the private key
 * into another, good for signing only. Signs with it once, to see that the two
 * belong together. Returns 0 or a CALIPTRA_ERROR_DRIVER_ code.
 */
uint32_t ecc_generate(unsigned seed_slot, unsigned key_slot,
                      struct caliptra_ecc_key *key);

/* Signs with the private key in a slot and verifies with the public key: a
 * fault in between must not publish a signature that gives the key away. */
uint32_t ecc_sign(unsigned key_slot, const struct caliptra_ecc_key *key,
                  const uint32_t digest[12],
                  struct caliptra_ecc_signature *signature);

/* Both with keys in the open, for tests of the block. */
uint32_t ecc_generate_words(const uint32_t seed[12], uint32_t private_key[12],
                            struct caliptra_ecc_key *key);
uint32_t ecc_sign_words(const uint32_t private_key[12],
                        const uint32_t digest[12],
                        struct caliptra_ecc_signature *signature);

#endif
