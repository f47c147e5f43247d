/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of SP 800-90A 10.2.1 with names as there: update, instantiate,
 * reseed, generate. */
#include "crypto/ctr_drbg.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/aes.h"

static const uint8_t zeros[CTR_DRBG_SEED_BYTES];

static_assert((int)CTR_DRBG_SEED_BYTES ==
                  (int)AES256_KEY_BYTES + (int)AES_BLOCK_BYTES,
              "a seed is a key and a block");

/* CTR_DRBG_Update, SP 800-90A 10.2.1.2. */
void ctr_drbg_update(struct ctr_drbg *drbg, const uint8_t *additional)
{
    uint8_t fresh[CTR_DRBG_SEED_BYTES];
    const uint8_t *mixed = additional != NULL ? additional : zeros;

    aes256_counter_blocks(drbg->key, drbg->v, fresh,
                          sizeof(fresh) / AES_BLOCK_BYTES);
    for (size_t i = 0; i < sizeof(fresh); i++) {
        fresh[i] ^= mixed[i];
    }
    memcpy(drbg->key, fresh, sizeof(drbg->key));
    memcpy(drbg->v, fresh + sizeof(drbg->key), sizeof(drbg->v));
}

static void take_seed(struct ctr_drbg *drbg, const uint8_t *entropy,
                      const uint8_t *additional)
{
    uint8_t seed[CTR_DRBG_SEED_BYTES];
    const uint8_t *mixed = additional != NULL ? additional : zeros;

    for (size_t i = 0; i < sizeof(seed); i++) {
        seed[i] = entropy[i] ^ mixed[i];
    }
    ctr_drbg_update(drbg, seed);
    drbg->reseed_counter = 1;
}

void ctr_drbg_instantiate(struct ctr_drbg *drbg, const uint8_t *entropy,
                          const uint8_t *additional)
{
    memset(drbg, 0, sizeof(*drbg));
    take_seed(drbg, entropy, additional);
}

void ctr_drbg_reseed(struct ctr_drbg *drbg, const uint8_t *entropy,
                     const uint8_t *additional)
{
    take_seed(drbg, entropy, additional);
}

void ctr_drbg_generate_begin(struct ctr_drbg *drbg, const uint8_t *additional)
{
    if (additional != NULL && memcmp(additional, zeros, sizeof(zeros)) != 0) {
        ctr_drbg_update(drbg, additional);
    }
}

void ctr_drbg_generate_block(struct ctr_drbg *drbg,
                             uint8_t out[CTR_DRBG_BLOCK_BYTES])
{
    aes256_counter_blocks(drbg->key, drbg->v, out, 1);
}

void ctr_drbg_generate_end(struct ctr_drbg *drbg, const uint8_t *additional)
{
    ctr_drbg_update(drbg, additional);
    if (drbg->reseed_counter != UINT32_MAX) {
        drbg->reseed_counter++;
    }
}

void ctr_drbg_generate(struct ctr_drbg *drbg, const uint8_t *additional,
                       uint8_t *out, size_t block_count)
{
    ctr_drbg_generate_begin(drbg, additional);
    aes256_counter_blocks(drbg->key, drbg->v, out, block_count);
    ctr_drbg_generate_end(drbg, additional);
}

void ctr_drbg_uninstantiate(struct ctr_drbg *drbg)
{
    memset(drbg, 0, sizeof(*drbg));
}
