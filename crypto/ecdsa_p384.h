/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA over P-384 for host tools, on libcrypto's big numbers: signing with the
 * deterministic nonce of RFC 6979 (SHA-384), which the packaged OpenSSL does
 * not offer, so that a pack of the same input gives the same bytes. Numbers
 * are 48 bytes, big-endian.
 */
#ifndef CRYPTO_ECDSA_P384_H
#define CRYPTO_ECDSA_P384_H

#include <stdint.h>

#include "crypto/p384.h"

struct ecdsa_p384_key {
    uint8_t d[P384_SIZE];
    uint8_t x[P384_SIZE];
    uint8_t y[P384_SIZE];
};

struct ecdsa_p384_signature {
    uint8_t r[P384_SIZE];
    uint8_t s[P384_SIZE];
};

/* Fills x and y from d. -ERANGE when d is not in [1, n-1]. */
int ecdsa_p384_derive_public(struct ecdsa_p384_key *key);
/* Turns 56 bytes of entropy into a private key (FIPS 186-4, B.4.1) and fills
 * in the public one. */
int ecdsa_p384_from_entropy(struct ecdsa_p384_key *key,
                            const uint8_t entropy[56]);

/* digest is SHA-384 of the message. Returns 0, or -ERANGE for a bad key. */
int ecdsa_p384_sign(const struct ecdsa_p384_key *key,
                    const uint8_t digest[P384_SIZE],
                    struct ecdsa_p384_signature *signature);

/*
 * Returns 0 when the signature holds, -EBADMSG when it does not, -ERANGE when
 * r or s is outside [1, n-1], else -EINVAL when x, y is not on the curve.
 */
int ecdsa_p384_verify(const uint8_t x[P384_SIZE], const uint8_t y[P384_SIZE],
                      const uint8_t digest[P384_SIZE],
                      const struct ecdsa_p384_signature *signature);

#endif
