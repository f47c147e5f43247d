/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa.h"

#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "crypto/sha2.h"
#include "tests/harness.h"

struct keys {
    uint8_t public[MLDSA87_PUBLIC_BYTES];
    uint8_t private[MLDSA87_PRIVATE_BYTES];
    uint8_t signature[MLDSA87_SIGNATURE_BYTES + 1];
};

static const uint8_t zeros[MLDSA87_RANDOM_BYTES];

/* SHA-512 of what the standard's reference makes of a seed and a message, as
 * the self-test of Caliptra's firmware has them; its words are written with
 * the first byte last. */
static void words_to_little_endian(uint8_t *bytes, const char *hex, size_t size)
{
    uint8_t big[64];

    hex_bytes(big, size, hex);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = big[i ^ 3];
    }
}

static void expect_digest(const void *bytes, size_t size, const char *hex)
{
    uint8_t digest[64], expected[64];

    sha512(bytes, size, digest);
    hex_bytes(expected, sizeof(expected), hex);
    EXPECT_BYTES(digest, expected, sizeof(digest));
}

TEST(keys_and_signature_of_the_known_answer_test_come_out)
{
    struct keys keys = {.signature = {0}};
    uint8_t seed[32], message[64];

    words_to_little_endian(
        seed,
        "0a00409327d15f67121d0737d5e4ce3f28fe43a2d4f06807858a76469cf85c2d", 32);
    words_to_little_endian(
        message,
        "78fb03e722ed1fc4f2a5e2449600e6160d298750179a0dd9b503d306bc2ac6d4"
        "735f11ee23f6c548358498db04f50a80fb169e3c1c6cd56ed41baaf3d418f5c8",
        64);
    mldsa87_keygen(seed, keys.public, keys.private);
    expect_digest(
        keys.public, MLDSA87_PUBLIC_BYTES,
        "156d7184ed6113a41944255a3ffd5aa13273e7a73d8b5febf695df65351a7476"
        "b74d6d96e89279600d188fdab7adaa9a431308edf9544ec35fe96fa4d012c3a8");
    expect_digest(
        keys.private, MLDSA87_PRIVATE_BYTES,
        "535af06c07e8522621991715b1db1b313bffe2d36ac688bf960fe7dfda987e1a"
        "779b947180983ac845a293ec70269c4aeb947158be85be08407308353b4700ef");
    mldsa87_sign(keys.private, message, sizeof(message), zeros, keys.signature);
    expect_digest(
        keys.signature, MLDSA87_SIGNATURE_BYTES + 1,
        "2cc91683f3f3677020082e6006351dbe459019bbf99c95f4f34a6562f712686d"
        "e85df11e324c79546e4ff08c5a0285891c5ee7018d490941b805a33751746789");
    EXPECT(
        mldsa87_verify(keys.public, message, sizeof(message), keys.signature));
}

TEST(messages_of_all_sizes_verify_and_changed_ones_do_not)
{
    struct keys keys;
    uint8_t message[200];

    memset(message, 0x44, sizeof(message));
    for (uint8_t i = 0; i < 5; i++) {
        size_t size = (size_t)i * 50;
        uint8_t seed[32] = {i}, random[32] = {1, i};

        test_case("%zu bytes", size);
        mldsa87_keygen(seed, keys.public, keys.private);
        mldsa87_sign(keys.private, message, size, random, keys.signature);
        EXPECT(mldsa87_verify(keys.public, message, size, keys.signature));
        if (size != 0) {
            message[size - 1] ^= 0x10;
            EXPECT(!mldsa87_verify(keys.public, message, size, keys.signature));
            message[size - 1] ^= 0x10;
        }
    }
}

TEST(a_flipped_bit_anywhere_in_a_signature_or_key_is_refused)
{
    struct keys keys;
    uint8_t seed[32] = {9};

    mldsa87_keygen(seed, keys.public, keys.private);
    mldsa87_sign(keys.private, "message", 7, zeros, keys.signature);
    for (size_t at = 0; at < MLDSA87_SIGNATURE_BYTES; at += 61) {
        test_case("signature byte %zu", at);
        keys.signature[at] ^= 1;
        EXPECT(!mldsa87_verify(keys.public, "message", 7, keys.signature));
        keys.signature[at] ^= 1;
    }
    for (size_t at = 0; at < MLDSA87_PUBLIC_BYTES; at += 127) {
        test_case("key byte %zu", at);
        keys.public[at] ^= 1;
        EXPECT(!mldsa87_verify(keys.public, "message", 7, keys.signature));
        keys.public[at] ^= 1;
    }
    EXPECT(mldsa87_verify(keys.public, "message", 7, keys.signature));
}

TEST(malformed_signatures_have_no_commitment)
{
    struct keys keys;
    uint8_t commitment[64], mu[64] = {0}, seed[32] = {9};
    uint8_t *hints = keys.signature + MLDSA87_SIGNATURE_BYTES - 83;

    mldsa87_keygen(seed, keys.public, keys.private);
    mldsa87_sign_mu(keys.private, mu, zeros, keys.signature);
    EXPECT(mldsa87_commitment(keys.public, mu, keys.signature, commitment));
    EXPECT_BYTES(commitment, keys.signature, sizeof(commitment));

    hints[75 + 7] = 76; /* more hints than there may be */
    EXPECT(!mldsa87_commitment(keys.public, mu, keys.signature, commitment));
    mldsa87_sign_mu(keys.private, mu, zeros, keys.signature);
    hints[75]++; /* a row whose hints do not rise */
    hints[hints[75] - 1] = 0;
    EXPECT(!mldsa87_commitment(keys.public, mu, keys.signature, commitment));
    memset(keys.signature + 64, 0, 640); /* z out of range */
    EXPECT(!mldsa87_commitment(keys.public, mu, keys.signature, commitment));
    for (size_t i = 0; i < sizeof(commitment); i++) {
        EXPECT_EQ(commitment[i], 0);
    }
}
