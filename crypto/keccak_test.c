/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keccak.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const struct {
    const char *name;
    uint32_t rate;
    enum keccak_suffix suffix;
    size_t size;
} functions[] = {
    {"SHA3-224", 144,           KECCAK_SHA3,  28 },
    {"SHA3-256", 136,           KECCAK_SHA3,  32 },
    {"SHA3-384", 104,           KECCAK_SHA3,  48 },
    {"SHA3-512", 72,            KECCAK_SHA3,  64 },
    {"SHAKE128", SHAKE128_RATE, KECCAK_SHAKE, 500},
    {"SHAKE256", SHAKE256_RATE, KECCAK_SHAKE, 500},
};

static void openssl_digest(const char *name, const void *bytes, size_t size,
                           uint8_t *digest, size_t digest_size)
{
    EVP_MD *type = EVP_MD_fetch(NULL, name, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned length = (unsigned)digest_size;

    REQUIRE(type != NULL && context != NULL);
    EXPECT(EVP_DigestInit_ex2(context, type, NULL));
    EXPECT(EVP_DigestUpdate(context, bytes, size));
    EXPECT(digest_size > 64 ? EVP_DigestFinalXOF(context, digest, digest_size)
                            : EVP_DigestFinal_ex(context, digest, &length));
    EVP_MD_CTX_free(context);
    EVP_MD_free(type);
}

TEST(all_functions_agree_with_openssl_at_every_length_and_split)
{
    uint8_t message[420];

    for (size_t i = 0; i < sizeof(message); i++) {
        message[i] = (uint8_t)(i * 31 + i / 7);
    }
    for (size_t f = 0; f < ARRAY_SIZE(functions); f++) {
        for (size_t size = 0; size <= sizeof(message); size++) {
            uint8_t digest[500], expected[500];
            struct keccak keccak;
            size_t split = size * 5 / 9;

            test_case("%s of %zu bytes", functions[f].name, size);
            openssl_digest(functions[f].name, message, size, expected,
                           functions[f].size);
            keccak_start(&keccak, functions[f].rate);
            keccak_absorb(&keccak, message, split);
            keccak_absorb(&keccak, message + split, size - split);
            keccak_finish(&keccak, functions[f].suffix);
            keccak_squeeze(&keccak, digest, 3);
            keccak_squeeze(&keccak, digest + 3, functions[f].size - 3);
            EXPECT_BYTES(digest, expected, functions[f].size);
        }
    }
}

TEST(shake256_in_one_call_is_the_same)
{
    uint8_t digest[200], expected[200];

    shake256("abc", 3, digest, sizeof(digest));
    openssl_digest("SHAKE256", "abc", 3, expected, sizeof(expected));
    EXPECT_BYTES(digest, expected, sizeof(digest));
}
