/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HMAC-DRBG of Caliptra's ECC block: SP 800-90A 10.1.2 with SHA-384, an
 * empty personalisation string, 48 bytes of entropy and of nonce, one 48-byte
 * output, drawn again until it lies in [1, limit). With private key and message
 * digest in the places of entropy and nonce it is RFC 6979's k.
 */
#ifndef CRYPTO_HMAC_DRBG_H
#define CRYPTO_HMAC_DRBG_H

#include <stdint.h>

enum { HMAC_DRBG_SIZE = 48 };

struct hmac_drbg {
    uint8_t k[HMAC_DRBG_SIZE];
    uint8_t v[HMAC_DRBG_SIZE];
    uint8_t counter;
};

/* Starts over with entropy and nonce, and draws. limit NULL: no limit. */
void hmac_drbg_init(struct hmac_drbg *drbg,
                    const uint8_t entropy[HMAC_DRBG_SIZE],
                    const uint8_t nonce[HMAC_DRBG_SIZE], const uint8_t *limit,
                    uint8_t out[HMAC_DRBG_SIZE]);
/* Mixes in entropy and nonce under the next counter values, and draws: the
 * hardware's "next" command, which no standard has. */
void hmac_drbg_next(struct hmac_drbg *drbg,
                    const uint8_t entropy[HMAC_DRBG_SIZE],
                    const uint8_t nonce[HMAC_DRBG_SIZE], const uint8_t *limit,
                    uint8_t out[HMAC_DRBG_SIZE]);

#endif
