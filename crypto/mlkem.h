/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ML-KEM-1024 (FIPS 203), the deterministic interfaces: seeds and messages are
 * the caller's. Not in constant time: for models of hardware.
 */
#ifndef CRYPTO_MLKEM_H
#define CRYPTO_MLKEM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MLKEM1024_SEED_BYTES = 32, /* each of the two, d and z */
    MLKEM1024_MESSAGE_BYTES = 32,
    MLKEM1024_SHARED_BYTES = 32,
    MLKEM1024_ENCAPS_BYTES = 1568, /* the public key */
    MLKEM1024_DECAPS_BYTES = 3168, /* the private one, with the public */
    MLKEM1024_CIPHER_BYTES = 1568,
};

/* Algorithm 16. */
void mlkem1024_keygen(const uint8_t d[MLKEM1024_SEED_BYTES],
                      const uint8_t z[MLKEM1024_SEED_BYTES],
                      uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                      uint8_t decaps[MLKEM1024_DECAPS_BYTES]);
/* 7.2 and 7.3: whether a key is valid. The results of the functions below are
 * unspecified for other keys. */
bool mlkem1024_is_encaps(const uint8_t encaps[MLKEM1024_ENCAPS_BYTES]);
bool mlkem1024_is_decaps(const uint8_t decaps[MLKEM1024_DECAPS_BYTES]);
/* Algorithm 17. */
void mlkem1024_encaps(const uint8_t encaps[MLKEM1024_ENCAPS_BYTES],
                      const uint8_t message[MLKEM1024_MESSAGE_BYTES],
                      uint8_t cipher[MLKEM1024_CIPHER_BYTES],
                      uint8_t shared[MLKEM1024_SHARED_BYTES]);
/* Algorithm 18. An invalid ciphertext gives a pseudorandom key (implicit
 * rejection). */
void mlkem1024_decaps(const uint8_t decaps[MLKEM1024_DECAPS_BYTES],
                      const uint8_t cipher[MLKEM1024_CIPHER_BYTES],
                      uint8_t shared[MLKEM1024_SHARED_BYTES]);

#endif
