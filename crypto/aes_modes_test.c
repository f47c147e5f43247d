/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes_modes.h"

#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/harness.h"

static const char key_128[] = "2b7e151628aed2a6abf7158809cf4f3c";
static const char key_192[] =
    "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b";
static const char key_256[] =
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char iv[] = "000102030405060708090a0b0c0d0e0f";
static const char counter[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
static const char plain[] =
    "6bc1bee22e409f96e93d7e117393172a"
    "ae2d8a571e03ac9c9eb76fac45af8e51";

/* SP 800-38A, appendix F: the first two blocks of each. */
static const struct {
    enum aes_mode mode;
    unsigned key_bits;
    const char *key;
    const char *iv;
    const char *cipher;
} cases[] = {
    {AES_ECB, 128, key_128, iv,
     "3ad77bb40d7a3660a89ecaf32466ef97"
     "f5d3d58503b9699de785895a96fdbaaf"},
    {AES_ECB, 192, key_192, iv,
     "bd334f1d6e45f25ff712a214571fa5cc"
     "974104846d0ad3ad7734ecb3ecee4eef"},
    {AES_CBC, 128, key_128, iv,
     "7649abac8119b246cee98e9b12e9197d"
     "5086cb9b507219ee95db113a917678b2"},
    {AES_CBC, 192, key_192, iv,
     "4f021db243bc633d7178183a9fa071e8"
     "b4d9ada9ad7dedf4e5e738763f69145a"},
    {AES_CBC, 256, key_256, iv,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
     "9cfc4e967edb808d679f777bc6702c7d"},
    {AES_CFB, 128, key_128, iv,
     "3b3fd92eb72dad20333449f8e83cfb4a"
     "c8a64537a0b3a93fcde3cdad9f1ce58b"},
    {AES_OFB, 128, key_128, iv,
     "3b3fd92eb72dad20333449f8e83cfb4a"
     "7789508d16918f03f53c52dac54ed825"},
    {AES_CTR, 128, key_128, counter,
     "874d6191b620e3261bef6864990db6ce"
     "9806f66b7970fdff8617187bb9fffdff"},
    {AES_CTR, 256, key_256, counter,
     "601ec313775789a5b7a7f504bbf3d228"
     "f443e3ca4d62b59aca84e990cacaf5c5"},
};

static struct aes_way way_of(size_t number, bool encrypt)
{
    struct aes_way way = {
        .mode = cases[number].mode,
        .encrypt = encrypt,
        .key_bits = cases[number].key_bits,
    };

    hex_bytes(way.key, cases[number].key_bits / 8, cases[number].key);
    hex_bytes(way.iv, sizeof(way.iv), cases[number].iv);
    return way;
}

TEST(the_vectors_of_sp_800_38a_hold_both_ways_and_in_pieces)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t clear[32], secret[32], out[32];
        struct aes_way way = way_of(i, true);

        test_case("case %zu", i);
        hex_bytes(clear, sizeof(clear), plain);
        hex_bytes(secret, sizeof(secret), cases[i].cipher);
        aes_blocks(&way, clear, out, 1);
        aes_blocks(&way, clear + 16, out + 16, 1);
        EXPECT_BYTES(out, secret, 32);
        way = way_of(i, false);
        aes_blocks(&way, out, out, 2); /* in place */
        EXPECT_BYTES(out, clear, 32);
    }
}
