/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CTR_DRBG with AES-256 (SP 800-90A, 10.2.1), without derivation function, as
 * OpenTitan's CSRNG has it: seed material is 384 bits, full entropy, given by
 * the caller; the counter field is 32 bits long; additional input of zeros
 * counts as none.
 */
#ifndef CRYPTO_CTR_DRBG_H
#define CRYPTO_CTR_DRBG_H

#include <stddef.h>
#include <stdint.h>

enum { CTR_DRBG_SEED_BYTES = 48, CTR_DRBG_BLOCK_BYTES = 16 };

struct ctr_drbg {
    uint8_t key[32];
    uint8_t v[16];
    uint32_t reseed_counter; /* generate requests since (re)seeding, plus 1;
                                0 while not instantiated */
};

/* additional (personalisation, additional input) may be NULL, meaning zeros;
 * otherwise all have CTR_DRBG_SEED_BYTES. */
void ctr_drbg_instantiate(struct ctr_drbg *drbg, const uint8_t *entropy,
                          const uint8_t *additional);
void ctr_drbg_reseed(struct ctr_drbg *drbg, const uint8_t *entropy,
                     const uint8_t *additional);
/* The update command: mixes in without touching the reseed counter. */
void ctr_drbg_update(struct ctr_drbg *drbg, const uint8_t *additional);
/* block_count blocks of 16 bytes. */
void ctr_drbg_generate(struct ctr_drbg *drbg, const uint8_t *additional,
                       uint8_t *out, size_t block_count);
/* A generate request in pieces, for an engine that hands out block by block:
 * begin, any number of blocks, end with the same additional input. */
void ctr_drbg_generate_begin(struct ctr_drbg *drbg, const uint8_t *additional);
void ctr_drbg_generate_block(struct ctr_drbg *drbg,
                             uint8_t out[CTR_DRBG_BLOCK_BYTES]);
void ctr_drbg_generate_end(struct ctr_drbg *drbg, const uint8_t *additional);
void ctr_drbg_uninstantiate(struct ctr_drbg *drbg);

#endif
