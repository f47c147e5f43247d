/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include <string.h>

#include "crypto/hex.h"
#include "tests/harness.h"

/* SP 800-38A, F.2.5 */
static const char cbc_key[] =
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char cbc_iv[] = "000102030405060708090a0b0c0d0e0f";
static const char cbc_plain[] =
    "6bc1bee22e409f96e93d7e117393172a"
    "ae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52ef"
    "f69f2445df4f9b17ad2b417be66c3710";
static const char cbc_cipher[] =
    "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
    "9cfc4e967edb808d679f777bc6702c7d"
    "39f23369a9d9bacfa530e26304231461"
    "b2eb05e2c39be9fcda6c19078c6a9d1b";

TEST(the_block_of_fips_197_c_3_encrypts_and_decrypts)
{
    uint8_t key[32], plain[16], cipher[16], out[16];

    hex_bytes(
        key, sizeof(key),
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    hex_bytes(plain, sizeof(plain), "00112233445566778899aabbccddeeff");
    hex_bytes(cipher, sizeof(cipher), "8ea2b7ca516745bfeafc49904b496089");
    aes256_encrypt(key, plain, out);
    EXPECT_BYTES(out, cipher, 16);
    aes256_decrypt(key, cipher, out);
    EXPECT_BYTES(out, plain, 16);
}

TEST(cbc_vectors_hold_both_ways_and_in_pieces)
{
    uint8_t key[32], iv[16], plain[64], cipher[64], out[64];

    hex_bytes(key, sizeof(key), cbc_key);
    hex_bytes(plain, sizeof(plain), cbc_plain);
    hex_bytes(cipher, sizeof(cipher), cbc_cipher);
    hex_bytes(iv, sizeof(iv), cbc_iv);
    aes256_cbc_encrypt(key, iv, plain, out, 1);
    aes256_cbc_encrypt(key, iv, plain + 16, out + 16, 3);
    EXPECT_BYTES(out, cipher, sizeof(out));
    hex_bytes(iv, sizeof(iv), cbc_iv);
    aes256_cbc_decrypt(key, iv, out, out, 3);
    aes256_cbc_decrypt(key, iv, out + 48, out + 48, 1);
    EXPECT_BYTES(out, plain, sizeof(out));
}

TEST(counter_blocks_count_in_32_bits)
{
    static const uint8_t key[32];
    uint8_t counter[16], expected[16], out[32];

    memset(counter, 0xff, sizeof(counter));
    aes256_counter_blocks(key, counter, out, 2);
    memset(counter + 12, 0, 4);
    aes256_encrypt(key, counter, expected);
    EXPECT_BYTES(out, expected, 16);
    counter[15] = 1;
    aes256_encrypt(key, counter, expected);
    EXPECT_BYTES(out + 16, expected, 16);
}
