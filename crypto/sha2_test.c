/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sha2.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "crypto/words.h"
#include "tests/harness.h"

static const char message[] =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn";

TEST(one_shot_digests_of_abc_are_those_of_the_standard)
{
    uint8_t expected[64], digest[64];

    hex_bytes(expected, 32,
              "ba7816bf8f01cfea414140de5dae2223"
              "b00361a396177a9cb410ff61f20015ad");
    sha256("abc", 3, digest);
    EXPECT_BYTES(digest, expected, 32);
    hex_bytes(expected, 48,
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
              "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    sha384("abc", 3, digest);
    EXPECT_BYTES(digest, expected, 48);
    hex_bytes(expected, 64,
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
              "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
              "454d4423643ce80e2a9ac94fa54ca49f");
    sha512("abc", 3, digest);
    EXPECT_BYTES(digest, expected, 64);
}

TEST(bytes_in_pieces_have_the_digest_of_all_of_them)
{
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + 3);
    }
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        for (size_t piece = 1; piece <= 130; piece += 43) {
            struct sha256_pieces pieces = {.size_bytes = 0};
            uint8_t digest[32];
            uint8_t expected[32];
            for (size_t at = 0; at < size; at += piece) {
                sha256_add(&pieces, bytes + at,
                           size - at < piece ? size - at : piece);
            }
            sha256_end(&pieces, digest);
            sha256(bytes, size, expected);
            test_case("%zu bytes by %zu", size, piece);
            EXPECT_BYTES(digest, expected, 32);
        }
    }
}

/* Pads message as the engine's user does and runs the blocks. */
static void by_blocks_256(void (*start)(uint32_t *), uint8_t digest[32])
{
    uint8_t padded[128] = {0};
    uint32_t state[8];
    size_t size = sizeof(message) - 1;

    memcpy(padded, message, size);
    padded[size] = 0x80;
    store_be32(padded + 124, (uint32_t)size * 8);
    start(state);
    sha256_block(state, padded);
    sha256_block(state, padded + 64);
    words_to_bytes(digest, state, 8);
}

static void by_blocks_512(uint64_t state[8], uint8_t digest[64])
{
    uint8_t padded[128] = {0};
    size_t size = sizeof(message) - 1;

    memcpy(padded, message, size);
    padded[size] = 0x80;
    store_be32(padded + 124, (uint32_t)size * 8);
    sha512_block(state, padded);
    sha512_digest(state, digest);
}

static void expect_as_libcrypto(const uint8_t *digest, const char *name)
{
    uint8_t expected[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    test_case("%s", name);
    EXPECT(EVP_Digest(message, sizeof(message) - 1, expected, &size,
                      EVP_get_digestbyname(name), NULL) == 1);
    EXPECT_BYTES(digest, expected, size);
}

TEST(every_variant_by_blocks_gives_the_digest_of_libcrypto)
{
    uint8_t digest[64];
    uint64_t state[8];

    by_blocks_256(sha224_start, digest);
    expect_as_libcrypto(digest, "SHA224");
    by_blocks_256(sha256_start, digest);
    expect_as_libcrypto(digest, "SHA256");
    sha384_start(state);
    by_blocks_512(state, digest);
    expect_as_libcrypto(digest, "SHA384");
    sha512_start(state);
    by_blocks_512(state, digest);
    expect_as_libcrypto(digest, "SHA512");
    sha512_t_start(state, 224);
    by_blocks_512(state, digest);
    expect_as_libcrypto(digest, "SHA512-224");
    sha512_t_start(state, 256);
    by_blocks_512(state, digest);
    expect_as_libcrypto(digest, "SHA512-256");
}
