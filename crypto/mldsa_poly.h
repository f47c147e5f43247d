/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of ML-DSA (FIPS 204): polynomials of 256 coefficients modulo q,
 * their transform, sampling and packing. Internal to crypto/mldsa.
 */
#ifndef CRYPTO_MLDSA_POLY_H
#define CRYPTO_MLDSA_POLY_H

#include <stdbool.h>
#include <stdint.h>

enum { MLDSA_N = 256, MLDSA_Q = 8380417 };

/* Coefficients from 0 to q - 1. */
struct mldsa_poly {
    uint32_t at[MLDSA_N];
};

/* The value nearest to zero of a coefficient. */
int32_t mldsa_centred(uint32_t coefficient);
uint32_t mldsa_norm(const struct mldsa_poly *poly);

void mldsa_add(struct mldsa_poly *to, const struct mldsa_poly *from);
void mldsa_subtract(struct mldsa_poly *to, const struct mldsa_poly *from);
/* Algorithms 41, 42 and 45; the last adds the product. */
void mldsa_ntt(struct mldsa_poly *poly);
void mldsa_inverse_ntt(struct mldsa_poly *poly);
void mldsa_multiply_add(struct mldsa_poly *to, const struct mldsa_poly *a,
                        const struct mldsa_poly *b);

/* Algorithm 30: an entry of the matrix, in the transformed domain. */
void mldsa_sample_uniform(struct mldsa_poly *poly, const uint8_t seed[32],
                          unsigned row, unsigned column);
/* Algorithm 31, eta = 2. */
void mldsa_sample_short(struct mldsa_poly *poly, const uint8_t seed[64],
                        unsigned nonce);
/* Algorithm 34's entry, gamma1 = 2^19. */
void mldsa_sample_mask(struct mldsa_poly *poly, const uint8_t seed[64],
                       unsigned nonce);
/* Algorithm 29: 60 coefficients of plus or minus one. */
void mldsa_sample_challenge(struct mldsa_poly *poly, const uint8_t seed[64]);

/* Algorithms 16 and 18: width bits a coefficient. */
void mldsa_pack(uint8_t *bytes, const struct mldsa_poly *poly, unsigned width);
void mldsa_unpack(struct mldsa_poly *poly, const uint8_t *bytes,
                  unsigned width);
/* Algorithms 17 and 19: as top - coefficient. */
void mldsa_pack_below(uint8_t *bytes, const struct mldsa_poly *poly,
                      unsigned width, uint32_t top);
void mldsa_unpack_below(struct mldsa_poly *poly, const uint8_t *bytes,
                        unsigned width, uint32_t top);

/* Algorithm 36, gamma2 = (q - 1) / 32: the high part, and the low in *low. */
uint32_t mldsa_decompose(uint32_t coefficient, int32_t *low);

#endif
