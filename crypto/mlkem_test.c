/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem.h"

#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "crypto/keccak.h"
#include "crypto/sha2.h"
#include "tests/harness.h"

struct keys {
    uint8_t encaps[MLKEM1024_ENCAPS_BYTES];
    uint8_t decaps[MLKEM1024_DECAPS_BYTES];
    uint8_t cipher[MLKEM1024_CIPHER_BYTES];
    uint8_t shared[MLKEM1024_SHARED_BYTES];
};

/* A seed of NIST's vectors, by the self-test of Caliptra's firmware: its words
 * are written with the first byte last. */
static void seed_of(uint8_t bytes[32], const char *hex)
{
    uint8_t big[32];

    hex_bytes(big, sizeof(big), hex);
    for (size_t i = 0; i < sizeof(big); i++) {
        bytes[i] = big[i ^ 3];
    }
}

static void make(struct keys *keys)
{
    uint8_t d[32], z[32], message[32];

    seed_of(d,
            "c430532bfdfd3bf250f0315c23383bba03bf245312fc722389d04dd059bdf020");
    seed_of(z,
            "6c4d060a73abce06a9fc9ce5250264ffef6a325a78b69c1e9d9236bf589ae2af");
    seed_of(message,
            "92cf99812621e13c56080192f9cb119c443ff07c7dfa5caf2a9b0e55821943c7");
    mlkem1024_keygen(d, z, keys->encaps, keys->decaps);
    mlkem1024_encaps(keys->encaps, message, keys->cipher, keys->shared);
}

static void expect_digest(const void *bytes, size_t size, const char *hex)
{
    uint8_t digest[64], expected[64];

    sha512(bytes, size, digest);
    hex_bytes(expected, sizeof(expected), hex);
    EXPECT_BYTES(digest, expected, sizeof(digest));
}

TEST(keys_cipher_and_secret_of_the_known_answer_test_come_out)
{
    struct keys keys;
    uint8_t shared[MLKEM1024_SHARED_BYTES];

    make(&keys);
    expect_digest(
        keys.encaps, sizeof(keys.encaps),
        "230ee181103a4357dc8c770be08be4e8c32b8542301dd44f689597a2ba5b385e"
        "f5d695974cec08d3fd884fde0712da7a50aab225ffbeb282045390500301d6f3");
    expect_digest(
        keys.decaps, sizeof(keys.decaps),
        "b2f51d96a03b8f7ec5368330767591e95bcc688311e4da68b5cdb2d3565ecb91"
        "2de3969bd7b1624374434abeb329263b39a35d027753acd5ca0880e9bd2e3368");
    expect_digest(
        keys.cipher, sizeof(keys.cipher),
        "857d17ac4d0a19c92c8bb4ee8ad1e364df8f7dd9707a9c9784eaa35953f11d80"
        "a49d81a0111256dc3b992e4dadafe862a4c8cb0655b67dd6384e504f8604b753");
    expect_digest(
        keys.shared, sizeof(keys.shared),
        "8a0c171345b885b9e11a7e63026178e8529282faeffa790fa5ab2b2588399494"
        "51fd3214d686bb4976432ec12b40de7e4e68a595260b7e9e5b7a522b4d0f05aa");
    mlkem1024_decaps(keys.decaps, keys.cipher, shared);
    EXPECT_BYTES(shared, keys.shared, sizeof(shared));
}

/* FIPS 203, algorithm 18: the secret is then SHAKE256 of z and ciphertext. */
TEST(a_changed_ciphertext_gives_a_secret_of_its_own)
{
    static const size_t places[] = {0, 700, MLKEM1024_CIPHER_BYTES - 1};
    struct keys keys;

    make(&keys);
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        uint8_t input[32 + MLKEM1024_CIPHER_BYTES], expected[32], shared[32];

        test_case("byte %zu", places[i]);
        keys.cipher[places[i]] ^= 1;
        mlkem1024_decaps(keys.decaps, keys.cipher, shared);
        memcpy(input, keys.decaps + MLKEM1024_DECAPS_BYTES - 32, 32);
        memcpy(input + 32, keys.cipher, MLKEM1024_CIPHER_BYTES);
        shake256(input, sizeof(input), expected, sizeof(expected));
        EXPECT_BYTES(shared, expected, sizeof(shared));
        keys.cipher[places[i]] ^= 1;
    }
}

TEST(secrets_agree_for_many_seeds)
{
    struct keys keys;

    for (unsigned i = 0; i < 30; i++) {
        uint8_t seeds[96], shared[32];

        test_case("seed %u", i);
        shake256(&i, sizeof(i), seeds, sizeof(seeds));
        mlkem1024_keygen(seeds, seeds + 32, keys.encaps, keys.decaps);
        EXPECT(mlkem1024_is_encaps(keys.encaps));
        EXPECT(mlkem1024_is_decaps(keys.decaps));
        mlkem1024_encaps(keys.encaps, seeds + 64, keys.cipher, keys.shared);
        mlkem1024_decaps(keys.decaps, keys.cipher, shared);
        EXPECT_BYTES(shared, keys.shared, sizeof(shared));
    }
}

TEST(keys_that_are_none_are_told)
{
    struct keys keys;

    make(&keys);
    /* The last coefficient becomes 3329. */
    keys.encaps[1534] = (uint8_t)((keys.encaps[1534] & 15) | 1 << 4);
    keys.encaps[1535] = 0xd0;
    EXPECT(!mlkem1024_is_encaps(keys.encaps));
    keys.encaps[1534] = (uint8_t)(keys.encaps[1534] & 15); /* 3328 */
    EXPECT(mlkem1024_is_encaps(keys.encaps));
    keys.decaps[1536] ^= 1;
    EXPECT(!mlkem1024_is_decaps(keys.decaps));
}
