/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from files and back; vectors of RFC 3394 and RFC 5869. */
#include "trust/mcuboot/keys.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/hex.h"
#include "tests/mcuboot_made.h"
#include "trust/mcuboot/encrypt.h"
#include "trust/mcuboot/kdf.h"

TEST(every_type_is_made_and_read_again)
{
    for (unsigned type = 0; type < MCUBOOT_KEY_TYPES; type++) {
        struct mcuboot_key *key = made_key((enum mcuboot_key_type)type);
        enum mcuboot_key_type parsed = MCUBOOT_KEY_TYPES;
        struct buffer pem = {0};
        test_case("%s", mcuboot_key_name((enum mcuboot_key_type)type));
        REQUIRE(key != NULL);
        EXPECT_EQ(key->type, type);
        EXPECT(key->is_private);
        EXPECT_EQ(mcuboot_key_type_parse(mcuboot_key_name(key->type), &parsed),
                  0);
        EXPECT_EQ(parsed, type);
        mcuboot_key_public_pem(key, &pem);
        EXPECT_EQ(pem.size == 0, key->pkey == NULL);
        if (pem.size != 0) {
            struct mcuboot_key *public =
                mcuboot_key_read(pem.bytes, pem.size, NULL, NULL);
            struct buffer one = {0};
            struct buffer other = {0};
            REQUIRE(public != NULL);
            EXPECT(!public->is_private);
            EXPECT_EQ(public->type, type);
            mcuboot_key_public(key, &one);
            mcuboot_key_public(public, &other);
            EXPECT_EQ(one.size, other.size);
            EXPECT_BYTES(one.bytes, other.bytes, one.size);
            buffer_fini(&one);
            buffer_fini(&other);
            mcuboot_key_destroy(public);
        }
        buffer_fini(&pem);
        mcuboot_key_destroy(key);
    }
    enum mcuboot_key_type none;
    EXPECT_EQ(mcuboot_key_type_parse("rsa-1024", &none), -EINVAL);
    EXPECT(mcuboot_key_name(MCUBOOT_KEY_TYPES) == NULL);
    mcuboot_key_destroy(NULL);
}

TEST(a_seed_makes_the_same_key_and_none_another)
{
    for (unsigned type = MCUBOOT_ECDSA_P256; type < MCUBOOT_KEY_TYPES; type++) {
        struct buffer keys[3] = {{0}};
        test_case("%s", mcuboot_key_name((enum mcuboot_key_type)type));
        for (unsigned i = 0; i < 3; i++) {
            EXPECT_EQ(mcuboot_key_generate((enum mcuboot_key_type)type,
                                           i < 2 ? "seed" : NULL, 4, &keys[i],
                                           NULL),
                      0);
        }
        EXPECT_STR(buffer_text(&keys[0]), buffer_text(&keys[1]));
        EXPECT(strcmp(buffer_text(&keys[0]), buffer_text(&keys[2])) != 0);
        for (unsigned i = 0; i < 3; i++) {
            buffer_fini(&keys[i]);
        }
    }
    struct buffer rsa = {0};
    struct error error = {""};
    EXPECT_EQ(mcuboot_key_generate(MCUBOOT_RSA_2048, "seed", 4, &rsa, &error),
              -EINVAL);
    EXPECT_STR(error.text, "an RSA key cannot be derived from a seed");
}

TEST(aes_keys_are_raw_or_in_base64)
{
    static const char raw[] = "0123456789abcdef";
    static const char text[] = "MDEyMzQ1Njc4OWFiY2RlZg==\n";
    static const char long_text[] =
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    struct mcuboot_key *one = mcuboot_key_read(raw, 16, NULL, NULL);
    struct mcuboot_key *other =
        mcuboot_key_read(text, strlen(text), NULL, NULL);
    struct mcuboot_key *large =
        mcuboot_key_read(long_text, strlen(long_text), NULL, NULL);
    EXPECT_EQ(one->type, MCUBOOT_AES_128);
    EXPECT_EQ(other->type, MCUBOOT_AES_128);
    EXPECT_BYTES(one->secret, other->secret, 16);
    EXPECT_EQ(large->type, MCUBOOT_AES_256);
    EXPECT_BYTES(large->secret, "0123456789abcdef0123456789abcdef", 32);
    mcuboot_key_destroy(one);
    mcuboot_key_destroy(other);
    mcuboot_key_destroy(large);
}

TEST(other_keys_are_named)
{
    static const char *const curves[] = {"secp521r1", "secp256k1"};
    struct error error = {""};
    EXPECT(mcuboot_key_read("no key", 6, NULL, &error) == NULL);
    EXPECT_STR(error.text, "no key in PEM");
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
        EVP_PKEY *pkey = EVP_EC_gen(curves[i]);
        struct mcuboot_key wrapped = {.pkey = pkey, .is_private = true};
        struct buffer pem = {0};
        error_clear(&error);
        mcuboot_key_public_pem(&wrapped, &pem);
        EXPECT(mcuboot_key_read(pem.bytes, pem.size, NULL, &error) == NULL);
        EXPECT(strstr(error.text,
                      "bits of type EC, expected RSA of 2048 or "
                      "3072 bits, P-256, P-384") != NULL);
        buffer_fini(&pem);
        EVP_PKEY_free(pkey);
    }
}

TEST(public_keys_are_arrays_in_c)
{
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct buffer text = {0};
    mcuboot_key_print_c(key, false, &text);
    EXPECT(strstr(buffer_text(&text),
                  "const unsigned char ed25519_pub_key[] = {\n"
                  "    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65,\n"
                  "    0x70, 0x03, 0x21, 0x00, ") != NULL);
    EXPECT(strstr(buffer_text(&text),
                  ",\n};\nconst unsigned int ed25519_pub_key_len = 44;\n") !=
           NULL);
    buffer_clear(&text);
    mcuboot_key_print_c(key, true, &text);
    EXPECT(strstr(buffer_text(&text), "ed25519_pub_key_hash_len = 32;\n") !=
           NULL);
    buffer_fini(&text);
    mcuboot_key_destroy(key);
}

TEST(hashes_go_with_keys)
{
    EXPECT_EQ(mcuboot_hash_bits(MCUBOOT_ECDSA_P384), 384);
    EXPECT(mcuboot_hash_fits(MCUBOOT_ED25519, 512));
    EXPECT(mcuboot_hash_fits(MCUBOOT_ED25519, 256));
    EXPECT(!mcuboot_hash_fits(MCUBOOT_ED25519, 384));
    EXPECT(!mcuboot_hash_fits(MCUBOOT_RSA_2048, 512));
    EXPECT_EQ(mcuboot_signature_tlv(MCUBOOT_X25519), 0);
}

/* The zeros that older tools put behind DER are taken, other bytes not. */
TEST(a_padded_ecdsa_signature_holds)
{
    static const uint8_t hash[32] = {1, 2, 3};
    struct mcuboot_key *key = made_key(MCUBOOT_ECDSA_P256);
    struct mcuboot_key *x25519 = made_key(MCUBOOT_X25519);
    struct buffer signature = {0};
    EXPECT_EQ(mcuboot_sign(key, hash, sizeof(hash), &signature, NULL), 0);
    buffer_append_zeros(&signature, 2);
    EXPECT(mcuboot_signature_holds(key, hash, sizeof(hash), signature.bytes,
                                   signature.size));
    signature.bytes[signature.size - 1] = 1;
    EXPECT(!mcuboot_signature_holds(key, hash, sizeof(hash), signature.bytes,
                                    signature.size));
    EXPECT(
        !mcuboot_signature_holds(key, hash, sizeof(hash), signature.bytes, 0));
    EXPECT(!mcuboot_signature_holds(x25519, hash, sizeof(hash), signature.bytes,
                                    signature.size));
    buffer_fini(&signature);
    mcuboot_key_destroy(key);
    mcuboot_key_destroy(x25519);
}

/* A salt must not be the start of a key. */
TEST(derived_bytes_differ_by_label_context_and_key)
{
    static const struct {
        enum mcuboot_key_type type;
        const char *label;
        const char *context;
    } rows[] = {
        {MCUBOOT_ED25519,    "one", "context" },
        {MCUBOOT_ED25519,    "two", "context" },
        {MCUBOOT_ED25519,    "one", "another" },
        {MCUBOOT_ECDSA_P256, "one", "context" },
        {MCUBOOT_ED25519,    "on",  "econtext"},
    };
    uint8_t derived[ARRAY_SIZE(rows)][16];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_key *key = made_key(rows[i].type);
        uint8_t again[16];
        test_case("%zu", i);
        mcuboot_derive(key, rows[i].label, rows[i].context,
                       strlen(rows[i].context), derived[i], sizeof(again));
        mcuboot_derive(key, rows[i].label, rows[i].context,
                       strlen(rows[i].context), again, sizeof(again));
        EXPECT_BYTES(derived[i], again, sizeof(again));
        for (size_t j = 0; j < i; j++) {
            EXPECT(memcmp(derived[i], derived[j], sizeof(again)) != 0);
        }
        mcuboot_key_destroy(key);
    }
}

/* RFC 5869, A.3. */
TEST(hkdf_is_that_of_the_standard)
{
    uint8_t input[22];
    uint8_t out[42];
    uint8_t expected[42];
    memset(input, 0x0b, sizeof(input));
    mcuboot_hkdf("SHA256", input, sizeof(input), "", 0, out, sizeof(out));
    hex_bytes(expected, sizeof(expected),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
              "9d201395faa4b61a96c8");
    EXPECT_BYTES(out, expected, sizeof(out));
}

/* RFC 3394, 4.1 and 4.6. */
TEST(key_wrap_is_that_of_the_standard)
{
    /* clang-format off */
    static const struct {
        const char *kek;
        const char *key;
        const char *wrapped;
    } rows[] = {
        {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
         "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
         "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988"
         "b9b7a02dd21"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t kek[32];
        uint8_t image_key[32];
        uint8_t expected[40];
        uint16_t type = 0;
        struct buffer out = {0};
        size_t size = hex_bytes(kek, sizeof(kek), rows[i].kek);
        hex_bytes(image_key, sizeof(image_key), rows[i].key);
        hex_bytes(expected, sizeof(expected), rows[i].wrapped);
        struct mcuboot_key *key = mcuboot_key_read(kek, size, NULL, NULL);
        struct mcuboot_wrap wrap = {.recipient = key};
        EXPECT_EQ(mcuboot_wrap_key(&wrap, image_key, size, &type, &out, NULL),
                  0);
        EXPECT_EQ(type, MCUBOOT_TLV_ENC_KW);
        EXPECT_EQ(out.size, size + 8);
        EXPECT_BYTES(out.bytes, expected, size + 8);
        buffer_fini(&out);
        mcuboot_key_destroy(key);
    }
}
