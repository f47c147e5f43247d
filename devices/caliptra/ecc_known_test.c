/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/ecc_known.h"

#include <string.h>

#include "tests/harness.h"

static struct p384 *p384;
static struct ecc_known known;

static void make_pair(uint8_t seed, struct ecc_pair *pair)
{
    uint8_t bytes[P384_SIZE] = {seed};
    uint8_t nonce[P384_SIZE] = {0};

    p384_keygen(p384, bytes, nonce, pair->private, pair->x, pair->y);
}

/* A signature of a digest that ends in `last`, with the pair's key. */
static void make_signature(const struct ecc_pair *pair, uint8_t last,
                           struct ecc_signature *signature)
{
    memset(signature, 0, sizeof(*signature));
    signature->digest[P384_SIZE - 1] = last;
    memcpy(signature->x, pair->x, P384_SIZE);
    memcpy(signature->y, pair->y, P384_SIZE);
    REQUIRE(p384_sign(p384, pair->private, signature->digest, signature->r,
                      signature->s) == 0);
    ecc_know_signature(&known, pair->private, signature->digest, signature->r,
                       signature->s);
}

static void begin(void)
{
    p384 = p384_create();
    REQUIRE(p384 != NULL);
    memset(&known, 0, sizeof(known));
}

TEST(what_is_known_is_what_verification_finds)
{
    struct ecc_pair pair;
    struct ecc_signature signature;
    uint8_t computed[P384_SIZE];

    begin();
    for (uint8_t seed = 1; seed < 20; seed++) {
        make_pair(seed, &pair);
        ecc_know_pair(&known, &pair);
        make_signature(&pair, seed, &signature);
        EXPECT(ecc_is_known(&known, &signature));
        EXPECT_EQ(p384_verify(p384, signature.x, signature.y, signature.digest,
                              signature.r, signature.s, computed),
                  0);
        EXPECT_BYTES(computed, signature.r, P384_SIZE);
    }
    p384_destroy(p384);
}

TEST(a_signature_with_any_bit_changed_is_not_known)
{
    struct ecc_pair pair;
    struct ecc_signature signature;
    uint8_t *bytes = (uint8_t *)&signature;

    begin();
    make_pair(1, &pair);
    ecc_know_pair(&known, &pair);
    make_signature(&pair, 1, &signature);
    for (size_t bit = 0; bit < sizeof(signature) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        EXPECT(!ecc_is_known(&known, &signature));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    EXPECT(ecc_is_known(&known, &signature));
    p384_destroy(p384);
}

TEST(keys_of_elsewhere_and_of_long_ago_and_nothing_are_not_known)
{
    struct ecc_pair first, other;
    struct ecc_signature signature = {0};

    begin();
    EXPECT(!ecc_is_known(&known, &signature));
    make_pair(1, &first);
    make_signature(&first, 1, &signature);
    EXPECT(!ecc_is_known(&known, &signature));
    ecc_know_pair(&known, &first);
    for (unsigned i = 0; i < ECC_KNOWN_PAIRS; i++) {
        make_signature(&first, (uint8_t)i, &signature);
        EXPECT(ecc_is_known(&known, &signature));
        make_pair((uint8_t)(2 + i), &other);
        ecc_know_pair(&known, &other);
    }
    make_signature(&first, 9, &signature);
    EXPECT(!ecc_is_known(&known, &signature));
    p384_destroy(p384);
}
