/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ctr_drbg.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/harness.h"

TEST(the_first_cavs_vector_without_derivation_function_holds)
{
    struct ctr_drbg drbg;
    uint8_t entropy[48], expected[64], out[64];

    /* CAVS 14.3, AES-256 no df, no prediction resistance, COUNT = 0 */
    hex_bytes(entropy, sizeof(entropy),
              "df5d73faa468649edda33b5cca79b0b05600419ccb7a879d"
              "dfec9db32ee494e5531b51de16a30f769262474c73bec010");
    hex_bytes(expected, sizeof(expected),
              "d1c07cd95af8a7f11012c84ce48bb8cb87189e99d40fccb1"
              "771c619bdf82ab2280b1dc2f2581f39164f7ac0c510494b3"
              "a43c41b7db17514c87b107ae793e01c5");
    ctr_drbg_instantiate(&drbg, entropy, NULL);
    EXPECT_EQ(drbg.reseed_counter, 1);
    ctr_drbg_generate(&drbg, NULL, out, 4);
    ctr_drbg_generate(&drbg, NULL, out, 4);
    EXPECT_BYTES(out, expected, sizeof(out));
    EXPECT_EQ(drbg.reseed_counter, 3);
}

/* libcrypto's generator, seeded from a source of known bytes. */
struct oracle {
    EVP_RAND_CTX *source;
    EVP_RAND_CTX *drbg;
};

static void oracle_feed(struct oracle *oracle, uint8_t entropy[48])
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(
                               OSSL_RAND_PARAM_TEST_ENTROPY, entropy, 48),
                           OSSL_PARAM_construct_end()};
    EVP_RAND_CTX_set_params(oracle->source, params);
}

static bool oracle_init(struct oracle *oracle, uint8_t entropy[48],
                        const uint8_t personalisation[48])
{
    char cipher[] = "AES-256-CTR";
    int use_df = 0;
    unsigned strength = 256;
    OSSL_PARAM source_params[] = {
        OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
        OSSL_PARAM_construct_end()};
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_DRBG_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_int(OSSL_DRBG_PARAM_USE_DF, &use_df),
        OSSL_PARAM_construct_end()};
    EVP_RAND *test = EVP_RAND_fetch(NULL, "TEST-RAND", NULL);
    EVP_RAND *ctr = EVP_RAND_fetch(NULL, "CTR-DRBG", NULL);

    oracle->source = EVP_RAND_CTX_new(test, NULL);
    EVP_RAND_CTX_set_params(oracle->source, source_params);
    oracle_feed(oracle, entropy);
    EVP_RAND_instantiate(oracle->source, 256, 0, NULL, 0, NULL);
    oracle->drbg = EVP_RAND_CTX_new(ctr, oracle->source);
    EVP_RAND_free(test);
    EVP_RAND_free(ctr);
    return EVP_RAND_instantiate(oracle->drbg, 256, 0, personalisation, 48,
                                params) == 1;
}

static void oracle_fini(struct oracle *oracle)
{
    EVP_RAND_CTX_free(oracle->drbg);
    EVP_RAND_CTX_free(oracle->source);
}

TEST(instantiate_reseed_and_generate_with_inputs_agree_with_libcrypto)
{
    OWNED(oracle_fini) struct oracle oracle = {0};
    struct ctr_drbg drbg;
    uint8_t entropy[48], more[48], input[48], out[48], expected[48];

    for (unsigned i = 0; i < 48; i++) {
        entropy[i] = (uint8_t)(i * 5 + 3);
        more[i] = (uint8_t)(i * 11 + 1);
        input[i] = (uint8_t)(i * 3 + 7);
    }
    REQUIRE(oracle_init(&oracle, entropy, input));
    ctr_drbg_instantiate(&drbg, entropy, input);
    EXPECT(EVP_RAND_generate(oracle.drbg, expected, 48, 256, 0, more, 48) == 1);
    ctr_drbg_generate(&drbg, more, out, 3);
    EXPECT_BYTES(out, expected, 48);

    oracle_feed(&oracle, more);
    EXPECT(EVP_RAND_reseed(oracle.drbg, 0, NULL, 0, input, 48) == 1);
    ctr_drbg_reseed(&drbg, more, input);
    EXPECT_EQ(drbg.reseed_counter, 1);
    EXPECT(EVP_RAND_generate(oracle.drbg, expected, 48, 256, 0, NULL, 0) == 1);
    ctr_drbg_generate(&drbg, NULL, out, 3);
    EXPECT_BYTES(out, expected, 48);
}

TEST(the_known_answer_of_the_root_of_trusts_driver_holds)
{
    /* Seed and answer are words, the last word of the string first. */
    static const uint32_t seed[12] = {
        0x73bec010, 0x9262474c, 0x16a30f76, 0x531b51de, 0x2ee494e5, 0xdfec9db3,
        0xcb7a879d, 0x5600419c, 0xca79b0b0, 0xdda33b5c, 0xa468649e, 0xdf5d73fa};
    static const uint32_t answer[4] = {0x725eda90, 0xc79b4a14, 0xe43b74ac,
                                       0x9d9a938b};
    struct ctr_drbg drbg;
    uint8_t entropy[48], out[48];

    for (size_t i = 0; i < 12; i++) {
        store_be32(entropy + 4 * i, seed[11 - i]);
    }
    ctr_drbg_instantiate(&drbg, entropy, NULL);
    ctr_drbg_generate(&drbg, NULL, out, 3);
    ctr_drbg_generate(&drbg, NULL, out, 3);
    for (size_t i = 0; i < 4; i++) {
        EXPECT_EQ(load_be32(out + 12 - 4 * i), answer[i]);
    }
}

TEST(a_generate_request_in_pieces_equals_one_in_one)
{
    struct ctr_drbg a, b;
    uint8_t entropy[48] = {9}, input[48] = {1}, whole[48], pieces[48];

    ctr_drbg_instantiate(&a, entropy, NULL);
    b = a;
    ctr_drbg_generate(&a, input, whole, 3);
    ctr_drbg_generate_begin(&b, input);
    for (size_t i = 0; i < 3; i++) {
        ctr_drbg_generate_block(&b, pieces + 16 * i);
    }
    ctr_drbg_generate_end(&b, input);
    EXPECT_BYTES(pieces, whole, 48);
    EXPECT_BYTES(&a, &b, sizeof(a));
    ctr_drbg_uninstantiate(&a);
    EXPECT_EQ(a.reseed_counter, 0);
}

TEST(update_changes_the_state_but_not_the_reseed_counter)
{
    struct ctr_drbg drbg, before;
    uint8_t entropy[48] = {4};

    ctr_drbg_instantiate(&drbg, entropy, NULL);
    before = drbg;
    ctr_drbg_update(&drbg, entropy);
    EXPECT(memcmp(drbg.key, before.key, sizeof(drbg.key)) != 0);
    EXPECT_EQ(drbg.reseed_counter, 1);
}
