/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers key pairs and signatures that an ECC engine made itself. */
#include "devices/caliptra/ecc_known.h"

#include <string.h>

void ecc_know_pair(struct ecc_known *known, const struct ecc_pair *pair)
{
    known->pairs[known->pair_count++ % ECC_KNOWN_PAIRS] = *pair;
}

/* A pair that is not there has zeros, which are no private key. */
static const struct ecc_pair *find(const struct ecc_known *known,
                                   const uint8_t private[P384_SIZE])
{
    for (unsigned i = 0; i < ECC_KNOWN_PAIRS; i++) {
        if (memcmp(known->pairs[i].private, private, P384_SIZE) == 0) {
            return &known->pairs[i];
        }
    }
    return NULL;
}

void ecc_know_signature(struct ecc_known *known,
                        const uint8_t private[P384_SIZE],
                        const uint8_t digest[P384_SIZE],
                        const uint8_t r[P384_SIZE], const uint8_t s[P384_SIZE])
{
    const struct ecc_pair *pair = find(known, private);

    known->has_last = pair != NULL;
    if (pair != NULL) {
        memcpy(known->last.x, pair->x, P384_SIZE);
        memcpy(known->last.y, pair->y, P384_SIZE);
        memcpy(known->last.digest, digest, P384_SIZE);
        memcpy(known->last.r, r, P384_SIZE);
        memcpy(known->last.s, s, P384_SIZE);
    }
}

bool ecc_is_known(const struct ecc_known *known,
                  const struct ecc_signature *signature)
{
    return known->has_last &&
           memcmp(&known->last, signature, sizeof(*signature)) == 0;
}
