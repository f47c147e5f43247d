/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/harness.h"

/* clang-format off */
static const struct {
    const char *key;
    const char *data;
    const char *tag;
} rfc4231[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec6"
     "82aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
     "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
     "3e8a69b7783c25851933ab6290af6ca77a9981480850009c"
     "c5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb"},
};
/* clang-format on */

TEST(rfc_4231_vectors_hold)
{
    for (size_t i = 0; i < ARRAY_SIZE(rfc4231); i++) {
        uint8_t key[64], data[64], expected[48], tag[48];
        size_t key_size = hex_bytes(key, sizeof(key), rfc4231[i].key);
        size_t data_size = hex_bytes(data, sizeof(data), rfc4231[i].data);

        test_case("case %zu", i + 1);
        hex_bytes(expected, sizeof(expected), rfc4231[i].tag);
        hmac384(key, key_size, data, data_size, tag);
        EXPECT_BYTES(tag, expected, sizeof(tag));
    }
}

TEST(every_length_of_key_and_message_gives_the_tag_of_libcrypto)
{
    uint8_t input[300];

    for (size_t i = 0; i < sizeof(input); i++) {
        input[i] = (uint8_t)(i * 7 + 1);
    }
    for (size_t size = 0; size < sizeof(input); size++) {
        uint8_t tag[48], expected[48];
        test_case("%zu bytes", size);
        HMAC(EVP_sha384(), input, (int)(size * 5 % 290), input, size, expected,
             NULL);
        hmac384(input, size * 5 % 290, input, size, tag);
        EXPECT_BYTES(tag, expected, sizeof(tag));
    }
}

TEST(an_engine_fed_block_by_block_agrees_and_may_give_a_tag_after_each)
{
    uint8_t key[48], data[128 + 100], block[128] = {0};
    uint8_t expected[48], tag[48];
    uint64_t inner[8];

    memset(key, 0x5a, sizeof(key));
    memset(data, 0x17, sizeof(data));
    HMAC(EVP_sha384(), key, sizeof(key), data, sizeof(data), expected, NULL);
    memcpy(block, data + 128, 100);
    block[100] = 0x80;
    store_be32(block + 124, 8 * (128 + sizeof(data)));
    hmac384_start(inner, key);
    hmac384_block(inner, data);
    hmac384_tag(inner, key, tag);
    hmac384_block(inner, block);
    hmac384_tag(inner, key, tag);
    EXPECT_BYTES(tag, expected, sizeof(tag));
}
