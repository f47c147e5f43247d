/* SPDX-License-Identifier: Apache-2.0 */
/* K and V of SP 800-90A 10.1.2, turned by HMAC-SHA-384. */
#include "crypto/hmac_drbg.h"

#include <stdbool.h>
#include <string.h>

#include "crypto/hmac.h"

/* V = HMAC_K(V) */
static void turn_v(struct hmac_drbg *drbg)
{
    uint8_t tag[HMAC_DRBG_SIZE];

    hmac384(drbg->k, sizeof(drbg->k), drbg->v, sizeof(drbg->v), tag);
    memcpy(drbg->v, tag, sizeof(tag));
}

/* K = HMAC_K(V || counter || entropy || nonce), V = HMAC_K(V) */
static void mix(struct hmac_drbg *drbg, const uint8_t *entropy,
                const uint8_t *nonce)
{
    uint8_t input[3 * HMAC_DRBG_SIZE + 1];
    uint8_t tag[HMAC_DRBG_SIZE];

    memcpy(input, drbg->v, HMAC_DRBG_SIZE);
    input[HMAC_DRBG_SIZE] = drbg->counter;
    memcpy(&input[HMAC_DRBG_SIZE + 1], entropy, HMAC_DRBG_SIZE);
    memcpy(&input[2 * HMAC_DRBG_SIZE + 1], nonce, HMAC_DRBG_SIZE);
    hmac384(drbg->k, sizeof(drbg->k), input, sizeof(input), tag);
    memcpy(drbg->k, tag, sizeof(tag));
    turn_v(drbg);
}

static bool in_limit(const uint8_t value[HMAC_DRBG_SIZE], const uint8_t *limit)
{
    static const uint8_t zero[HMAC_DRBG_SIZE];

    return memcmp(value, zero, HMAC_DRBG_SIZE) != 0 &&
           (limit == NULL || memcmp(value, limit, HMAC_DRBG_SIZE) < 0);
}

/* K = HMAC_K(V || 0), V = HMAC_K(V): RFC 6979, 3.2 h */
static void refuse(struct hmac_drbg *drbg)
{
    uint8_t input[HMAC_DRBG_SIZE + 1] = {0};
    uint8_t tag[HMAC_DRBG_SIZE];

    memcpy(input, drbg->v, HMAC_DRBG_SIZE);
    hmac384(drbg->k, sizeof(drbg->k), input, sizeof(input), tag);
    memcpy(drbg->k, tag, sizeof(tag));
    turn_v(drbg);
}

static void draw(struct hmac_drbg *drbg, const uint8_t *limit, uint8_t *out)
{
    turn_v(drbg);
    while (!in_limit(drbg->v, limit)) {
        refuse(drbg);
        turn_v(drbg);
    }
    memcpy(out, drbg->v, HMAC_DRBG_SIZE);
}

void hmac_drbg_init(struct hmac_drbg *drbg,
                    const uint8_t entropy[HMAC_DRBG_SIZE],
                    const uint8_t nonce[HMAC_DRBG_SIZE], const uint8_t *limit,
                    uint8_t out[HMAC_DRBG_SIZE])
{
    memset(drbg->k, 0, sizeof(drbg->k));
    memset(drbg->v, 1, sizeof(drbg->v));
    drbg->counter = 0;
    mix(drbg, entropy, nonce);
    drbg->counter++;
    mix(drbg, entropy, nonce);
    draw(drbg, limit, out);
}

void hmac_drbg_next(struct hmac_drbg *drbg,
                    const uint8_t entropy[HMAC_DRBG_SIZE],
                    const uint8_t nonce[HMAC_DRBG_SIZE], const uint8_t *limit,
                    uint8_t out[HMAC_DRBG_SIZE])
{
    drbg->counter++;
    mix(drbg, entropy, nonce);
    drbg->counter++;
    mix(drbg, entropy, nonce);
    draw(drbg, limit, out);
}
