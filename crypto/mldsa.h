/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ML-DSA-87 (FIPS 204), pure, with an empty context. Not in constant time: for
 * models of hardware and for development keys.
 */
#ifndef CRYPTO_MLDSA_H
#define CRYPTO_MLDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/keccak.h"

enum {
    MLDSA87_SEED_BYTES = 32,
    MLDSA87_RANDOM_BYTES = 32,
    MLDSA87_PUBLIC_BYTES = 2592,
    MLDSA87_PRIVATE_BYTES = 4896,
    MLDSA87_SIGNATURE_BYTES = 4627,
    MLDSA87_COMMITMENT_BYTES = 64, /* at the start of a signature */
    MLDSA87_MU_BYTES = 64,
};

void mldsa87_keygen(const uint8_t seed[MLDSA87_SEED_BYTES],
                    uint8_t public[MLDSA87_PUBLIC_BYTES],
                    uint8_t private[MLDSA87_PRIVATE_BYTES]);

/* mu, the digest of public key and message that is signed: begin with one of
 * the keys, absorb the message by keccak_absorb, end. */
void mldsa87_begin_private(struct keccak *keccak,
                           const uint8_t private[MLDSA87_PRIVATE_BYTES]);
void mldsa87_begin_public(struct keccak *keccak,
                          const uint8_t public[MLDSA87_PUBLIC_BYTES]);
void mldsa87_end(struct keccak *keccak, uint8_t mu[MLDSA87_MU_BYTES]);

/* random: zeros for the deterministic variant. */
void mldsa87_sign_mu(const uint8_t private[MLDSA87_PRIVATE_BYTES],
                     const uint8_t mu[MLDSA87_MU_BYTES],
                     const uint8_t random[MLDSA87_RANDOM_BYTES],
                     uint8_t signature[MLDSA87_SIGNATURE_BYTES]);
/* The commitment that a good signature would start with. False, and zeros, if
 * the signature is malformed. */
bool mldsa87_commitment(const uint8_t public[MLDSA87_PUBLIC_BYTES],
                        const uint8_t mu[MLDSA87_MU_BYTES],
                        const uint8_t signature[MLDSA87_SIGNATURE_BYTES],
                        uint8_t commitment[MLDSA87_COMMITMENT_BYTES]);

/* A message in one piece. */
void mldsa87_sign(const uint8_t private[MLDSA87_PRIVATE_BYTES],
                  const void *message, size_t size,
                  const uint8_t random[MLDSA87_RANDOM_BYTES],
                  uint8_t signature[MLDSA87_SIGNATURE_BYTES]);
bool mldsa87_verify(const uint8_t public[MLDSA87_PUBLIC_BYTES],
                    const void *message, size_t size,
                    const uint8_t signature[MLDSA87_SIGNATURE_BYTES]);

#endif
