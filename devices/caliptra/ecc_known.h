/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results that an ECC engine has computed: firmware checks each signature that
 * it has just made, with a key that it has just made, and a check is the
 * dearest of the three. That a signature by a pair's private key over a digest
 * is valid for its public key need not be computed. No part of a machine's
 * state: what is not known here is computed, with the same result.
 */
#ifndef DEVICES_CALIPTRA_ECC_KNOWN_H
#define DEVICES_CALIPTRA_ECC_KNOWN_H

#include "crypto/p384.h"

enum { ECC_KNOWN_PAIRS = 4 };

struct ecc_pair {
    uint8_t private[P384_SIZE];
    uint8_t x[P384_SIZE], y[P384_SIZE];
};

struct ecc_signature {
    uint8_t x[P384_SIZE], y[P384_SIZE];
    uint8_t digest[P384_SIZE];
    uint8_t r[P384_SIZE], s[P384_SIZE];
};

/* Zeros at first. */
struct ecc_known {
    struct ecc_pair pairs[ECC_KNOWN_PAIRS];
    unsigned pair_count; /* ever; the last ones are kept */
    struct ecc_signature last;
    bool has_last;
};

/* p384_keygen made the pair. */
void ecc_know_pair(struct ecc_known *known, const struct ecc_pair *pair);
/* p384_sign made r and s with a private key, of a known pair or not. */
void ecc_know_signature(struct ecc_known *known,
                        const uint8_t private[P384_SIZE],
                        const uint8_t digest[P384_SIZE],
                        const uint8_t r[P384_SIZE], const uint8_t s[P384_SIZE]);
/* True if p384_verify would find r. */
bool ecc_is_known(const struct ecc_known *known,
                  const struct ecc_signature *signature);

#endif
