/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA over P-256 with the deterministic nonce of RFC 6979 (SHA-256), like
 * crypto/ecdsa_p384.h. Numbers are 32 bytes, big-endian. */
#ifndef CRYPTO_ECDSA_P256_H
#define CRYPTO_ECDSA_P256_H

#include <stdint.h>

enum { P256_SIZE = 32 };

/* digest is SHA-256 of the message. Returns 0, or -ERANGE for a d that is not
 * in [1, n-1]. */
int ecdsa_p256_sign(const uint8_t d[P256_SIZE], const uint8_t digest[P256_SIZE],
                    uint8_t r[P256_SIZE], uint8_t s[P256_SIZE]);

#endif
