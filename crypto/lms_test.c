/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/lms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "crypto/lms_vectors.h"
#include "tests/harness.h"

enum { KEY_ROOM = 64, MESSAGE_ROOM = 256, SIGNATURE_ROOM = 2048 };

struct sample {
    uint8_t key[KEY_ROOM];
    uint8_t message[MESSAGE_ROOM];
    uint8_t signature[SIGNATURE_ROOM];
    size_t key_size;
    size_t message_size;
    size_t signature_size;
};

static void take_sample(struct sample *sample, const struct lms_vector *vector)
{
    test_case("%s", vector->origin);
    sample->key_size = hex_bytes(sample->key, KEY_ROOM, vector->public_key);
    sample->message_size =
        hex_bytes(sample->message, MESSAGE_ROOM, vector->message);
    sample->signature_size =
        hex_bytes(sample->signature, SIGNATURE_ROOM, vector->signature);
}

static int verify(const struct sample *sample)
{
    return lms_verify(sample->key, sample->key_size, sample->message,
                      sample->message_size, sample->signature,
                      sample->signature_size);
}

TEST(published_signatures_verify)
{
    for (size_t i = 0; i < ARRAY_SIZE(lms_vectors); i++) {
        struct sample sample;
        take_sample(&sample, &lms_vectors[i]);
        EXPECT_EQ(verify(&sample), 0);
    }
}

TEST(a_bit_flipped_anywhere_in_a_signature_is_found)
{
    for (size_t i = 0; i < ARRAY_SIZE(lms_vectors); i++) {
        struct sample sample;
        take_sample(&sample, &lms_vectors[i]);
        for (size_t at = 0; at < sample.signature_size; at += 7) {
            sample.signature[at] ^= (uint8_t)(1u << at % 8);
            EXPECT(verify(&sample) != 0);
            sample.signature[at] ^= (uint8_t)(1u << at % 8);
        }
        sample.message[0] ^= 1;
        EXPECT_EQ(verify(&sample), -EBADMSG);
    }
}

TEST(malformed_keys_and_signatures_are_told_from_wrong_ones)
{
    struct sample good;
    take_sample(&good, &lms_vectors[0]);
    for (size_t size = 0; size < good.signature_size; size++) {
        struct sample cut = good;
        cut.signature_size = size;
        EXPECT_EQ(verify(&cut), -EINVAL);
    }
    for (size_t size = 0; size < good.key_size; size++) {
        struct sample cut = good;
        cut.key_size = size;
        EXPECT_EQ(verify(&cut), -EINVAL);
    }
    struct sample bad = good;
    bad.signature[0] = 1; /* a leaf that the tree does not have */
    EXPECT_EQ(verify(&bad), -EINVAL);
    bad = good;
    bad.key[3] = 12; /* n = 24 with a one-time type of n = 32 */
    EXPECT_EQ(verify(&bad), -EINVAL);
}

FIXTURE(struct lms_private_key, key, lms_fini)

/* draft-fluhrer-lms-more-parm-sets, section 4.1: SHA-256/192, H5, W8. */
TEST_BEGINS(keys_derived_from_a_published_seed_have_the_published_root, key)
{
    uint8_t id[LMS_ID_SIZE];
    uint8_t seed[24];
    uint8_t expected[24];
    hex_bytes(id, sizeof(id), "202122232425262728292a2b2c2d2e2f");
    hex_bytes(seed, sizeof(seed),
              "000102030405060708090a0b0c0d0e0f1011121314151617");
    hex_bytes(expected, sizeof(expected),
              "2c571450aed99cfb4f4ac285da14882796618314508b12d2");
    REQUIRE(lms_generate(key, 10, 8, id, seed, NULL, NULL) == 0);
    uint8_t public_key[LMS_PUBLIC_KEY_MAX];
    lms_public_key(key, public_key);
    EXPECT_BYTES(public_key + 24, expected, sizeof(expected));
}

static void sign_and_verify(uint32_t lms_type, uint32_t ots_type)
{
    test_case("LMS type %u, LMOTS type %u", lms_type, ots_type);
    uint8_t id[LMS_ID_SIZE] = {1, 2, 3};
    uint8_t seed[LMS_N_MAX] = {4, 5, 6};
    OWNED(lms_fini) struct lms_private_key key = {0};
    REQUIRE(lms_generate(&key, lms_type, ots_type, id, seed, NULL, NULL) == 0);
    uint8_t public_key[LMS_PUBLIC_KEY_MAX];
    lms_public_key(&key, public_key);
    size_t size = lms_signature_size(&key.parameters);
    uint8_t *signature = calloc(1, size);
    uint32_t leaves = (uint32_t)1 << key.parameters.height;
    for (uint32_t leaf = 0; leaf < leaves; leaf += leaves / 8 - 1) {
        EXPECT_EQ(lms_sign(&key, leaf, "message", 7, signature), 0);
        size_t key_size = lms_public_key_size(&key.parameters);
        EXPECT_EQ(
            lms_verify(public_key, key_size, "message", 7, signature, size), 0);
        EXPECT_EQ(
            lms_verify(public_key, key_size, "massage", 7, signature, size),
            -EBADMSG);
    }
    EXPECT_EQ(lms_sign(&key, leaves, "message", 7, signature), -ERANGE);
    free(signature);
}

TEST(signatures_of_every_one_time_type_verify)
{
    for (uint32_t ots = 1; ots <= 8; ots++) {
        sign_and_verify(ots <= 4 ? LMS_SHA256_M32_H5 : LMS_SHA256_M24_H5, ots);
    }
}

/* Height 10: the top of the tree is kept, subtrees are recomputed. */
TEST(signatures_join_the_kept_top_and_a_recomputed_subtree)
{
    sign_and_verify(LMS_SHA256_M24_H5 + 1, LMOTS_SHA256_N24_W4);
}

TEST_BEGINS(a_stored_tree_is_restored_only_with_its_seed, key)
{
    uint8_t id[LMS_ID_SIZE] = {1};
    uint8_t seed[24] = {2};
    struct lms_private_key again;
    uint32_t type = LMS_SHA256_M24_H5 + 1;
    REQUIRE(lms_generate(key, type, LMOTS_SHA256_N24_W4, id, seed, NULL,
                         NULL) == 0);
    EXPECT_EQ(
        lms_restore(&again, type, LMOTS_SHA256_N24_W4, id, seed, key->top), 0);
    uint8_t expected[1252 + 8 + 10 * 24];
    uint8_t actual[sizeof(expected)];
    lms_sign(key, 1000, "m", 1, expected);
    lms_sign(&again, 1000, "m", 1, actual);
    EXPECT_BYTES(actual, expected, sizeof(expected));
    lms_fini(&again);

    seed[5] = 1;
    EXPECT_EQ(
        lms_restore(&again, type, LMOTS_SHA256_N24_W4, id, seed, key->top),
        -EBADMSG);
    seed[5] = 0;
    key->top[24] ^= 1; /* the root */
    EXPECT_EQ(
        lms_restore(&again, type, LMOTS_SHA256_N24_W4, id, seed, key->top),
        -EBADMSG);
}

TEST(unknown_types_are_refused)
{
    static const uint32_t pairs[][2] = {
        {4,  1},
        {15, 5},
        {5,  0},
        {10, 9},
        {5,  5},
        {10, 4},
        {0,  0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        struct lms_parameters p;
        EXPECT_EQ(lms_parameters(pairs[i][0], pairs[i][1], &p), -EINVAL);
    }
}
